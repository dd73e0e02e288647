import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../../lib/words.ts";
import { isWithin } from "../clouds/shared/ipv4.ts";
import type { HostAddress } from "../command/hosts.ts";
import type { TailnetRequest } from "../command/user-data.ts";
import { type ClusterNode, clusterNodes } from "./clusters.ts";
import type { Interruption } from "./interruption.ts";
import { Machine } from "./machine.ts";
import type { MachineSpec, TailnetGrant } from "./spec.ts";
import { Switchboard } from "./switchboard.ts";
import type { Accept, Address, Wires } from "./wires.ts";
import type { World } from "./world.ts";

export interface MachinesArgs {
  /** One whose clock runs by itself. */
  readonly world: World;
  readonly wires: Wires;
  /**
   * Networks that the machine running the program is in. In `tailnet` it also reaches what machines offer as routes.
   * Absent: `public`.
   */
  readonly runner?: readonly string[];
  /** A real API server: what port 6443 of a machine leads to while a k3s server runs there. Absent: nothing. */
  readonly api?: () => Address;
  /** Seconds of the world's clock from power on until SSH answers. Absent: 20. */
  readonly bootSeconds?: number;
  /** Seconds of ours after which a command over SSH is ended. Absent: 300. */
  readonly limitSeconds?: number;
  /** The tailnet's answer to the machine of that name. @throws when it refuses. Absent: it takes everybody. */
  readonly joinTailnet?: (request: TailnetRequest, machine: string) => TailnetGrant;
  /** What befalls a command over SSH on the machine of that name. Absent: nothing ever does. */
  readonly interrupt?: (machine: string, script: string) => Interruption | undefined;
  /** A Node is in a cluster's API since just now. */
  readonly onNodeJoined?: (node: ClusterNode) => Promise<void> | void;
  /** It is no longer. */
  readonly onNodeLeft?: (node: ClusterNode) => Promise<void> | void;
}

/** An address that no machine has: a load balancer's. */
export interface Forward {
  readonly address: HostAddress;
  readonly port: number;
  /** Where a connection goes now; undefined: nobody takes it. */
  to(): Address | undefined;
}

/** The simulated machines that exist, and who reaches whom. */
export class Machines {
  readonly world: World;
  readonly #args: MachinesArgs;
  readonly #machines = new Map<string, Machine>();
  readonly #switchboard: Switchboard;
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #failures: string[] = [];
  readonly #forwards = new Map<string, readonly Forward[]>();
  #telling: Promise<void> = Promise.resolve();

  constructor(args: MachinesArgs) {
    if (args.world.speed === undefined) {
      throw new Error("machines live by a clock that runs by itself → make the world with a speed");
    }
    this.world = args.world;
    this.#args = args;
    this.#switchboard = new Switchboard(args.wires, (failure) => this.#failures.push(failure));
  }

  /** A new machine, powered off. */
  create(spec: MachineSpec): Machine {
    const taken = [...this.#machines.values()].find(
      (other) =>
        other.spec.name === spec.name ||
        other.spec.addresses.some(({ address }) => spec.addresses.some((own) => own.address === address)),
    );
    if (taken !== undefined) {
      throw new Error(`${taken.spec.name} has the name or an address of ${spec.name} → remove it first`);
    }
    const { joinTailnet, interrupt } = this.#args;
    const machine = new Machine(spec, {
      world: this.world,
      bootSeconds: this.#args.bootSeconds ?? 20,
      limitSeconds: this.#args.limitSeconds ?? 300,
      dial: (from, address, port) => this.#dial(from, address, port),
      ...(joinTailnet === undefined ? {} : { joinTailnet: (request) => joinTailnet(request, spec.name) }),
      ...(interrupt === undefined ? {} : { interrupt: (script) => interrupt(spec.name, script) }),
      changed: () => this.#rewire(),
      settled: () => this.#settled(),
    });
    this.#machines.set(spec.name, machine);
    return machine;
  }

  get(name: string): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`there is no machine ${name}`);
    return machine;
  }

  all(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /** As a server that is deleted: its disk is gone with it. */
  remove(name: string): void {
    this.get(name).powerOff();
    this.#machines.delete(name);
    this.#rewire();
  }

  /** Load balancers and the like: all that there are now of one origin. */
  setForwards(origin: string, forwards: readonly Forward[]): void {
    this.#forwards.set(origin, forwards);
    this.#rewire();
  }

  /** Whether a machine at one of these addresses runs a k3s server. */
  runsK3s(addresses: readonly string[]): boolean {
    return this.all().some((machine) => addresses.includes(machine.host.address) && machine.runsK3s());
  }

  /** What went wrong beside the machines: an address that could not be had, a callback that failed. Empty when all is well. */
  failures(): readonly string[] {
    return this.#failures;
  }

  /** Ends everything. The world's folder stays. */
  async stop(): Promise<void> {
    for (const machine of this.#machines.values()) machine.powerOff();
    this.#forwards.clear();
    this.#rewire();
    await Promise.all(this.all().map(({ booted }) => booted));
    await this.#settled();
  }

  #dial(from: Machine, address: string, port: number): Accept | undefined {
    const networks = new Set(["public", ...from.addresses().map(({ network }) => network)]);
    const reaches = (own: HostAddress): boolean => own.address === address && networks.has(own.network);
    const target = this.all().find((machine) => machine.addresses().some(reaches));
    if (target !== undefined) return port === 22 && answers(target) ? (stream) => target.accept(stream) : undefined;
    const forward = this.#allForwards().find((each) => each.port === port && reaches(each.address));
    return forward?.to() === undefined ? undefined : (stream) => carry(stream, forward);
  }

  /** Lets the machine that runs the program reach what it should, and nothing else. */
  #rewire(): void {
    const wanted = new Map<string, { readonly address: string; readonly port: number; readonly accept: Accept }>();
    for (const machine of this.all().filter(answers)) {
      for (const own of machine.addresses().filter((each) => this.#isReached(each, 22))) {
        const accept: Accept = (stream) => machine.accept(stream);
        wanted.set(`${own.address}:22 ${machine.spec.name}`, { address: own.address, port: 22, accept });
      }
    }
    for (const forward of this.#allForwards().filter(({ address, port }) => this.#isReached(address, port))) {
      const { address } = forward.address;
      const accept: Accept = (stream) => carry(stream, forward);
      wanted.set(`${address}:${forward.port}`, { address, port: forward.port, accept });
    }
    this.#switchboard.connect(wanted);
  }

  #allForwards(): readonly Forward[] {
    const { api } = this.#args;
    const servers = api === undefined ? [] : this.all().filter((machine) => machine.runsK3s());
    return [
      ...[...this.#forwards.values()].flat(),
      ...servers.flatMap((server) =>
        server.addresses().map((address): Forward => ({ address, port: apiPort, to: () => api?.() })),
      ),
    ];
  }

  #isReached({ address, network, openPorts }: HostAddress, port: number): boolean {
    const runner = this.#args.runner ?? ["public"];
    if (runner.includes(network)) return openPorts === undefined || openPorts.includes(port);
    return (
      runner.includes("tailnet") &&
      this.all()
        .filter((machine) => machine.spec.addresses.some((own) => own.network === network))
        .some((machine) => machine.routes().some((range) => isWithin(address, range)))
    );
  }

  /** Tells of Nodes that came or went, in order, each once. */
  async #settled(): Promise<void> {
    // A command may have started or stopped a k3s server.
    this.#rewire();
    await this.#switchboard.ready();
    const now = new Map(clusterNodes(this.world.path).map((node) => [node.name, node]));
    const came = [...now.values()].filter(({ name }) => !this.#nodes.has(name));
    const went = [...this.#nodes.values()].filter(({ name }) => !now.has(name));
    for (const node of came) this.#nodes.set(node.name, node);
    for (const { name } of went) this.#nodes.delete(name);
    this.#telling = this.#telling.then(async () => {
      for (const node of went) await this.#tell("onNodeLeft", node);
      for (const node of came) await this.#tell("onNodeJoined", node);
    });
    await this.#telling;
  }

  async #tell(what: "onNodeJoined" | "onNodeLeft", node: ClusterNode): Promise<void> {
    try {
      await this.#args[what]?.(node);
    } catch (error) {
      this.#failures.push(`${what} of ${node.name}: ${messageOf(error)}`);
    }
  }
}

const apiPort = 6443;

function answers({ state }: Machine): boolean {
  return state === "up" || state === "silent";
}

function carry(stream: Duplex, forward: Forward): void {
  const to = forward.to();
  if (to === undefined) {
    stream.destroy();
    return;
  }
  const socket = connect(to.port, to.host);
  socket.on("error", () => stream.destroy());
  stream.on("error", () => socket.destroy());
  stream.once("close", () => socket.destroy());
  stream.pipe(socket).pipe(stream);
}
