import { readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { messageOf } from "../../lib/words.ts";
import { Daemon } from "../docker/daemon.ts";
import { DockerStandIn } from "../docker/standin.ts";
import type { Machines } from "../hosts/machines.ts";
import { type Answer, programText, putPrograms, servePrograms } from "../hosts/programs.ts";
import type { World as HostWorld } from "../hosts/world.ts";
import type { ControlPlane } from "./kube/control-plane.ts";

/** `docker` and `k3d` for the real engine: stand-ins whose one cluster is a real control plane. */
export interface SimulatedK3d {
  /** An empty one when the machine that it is on does not exist. */
  readonly docker: Daemon;
  /** A PATH that begins with the two, where they are on the machine that runs the program. */
  path(rest: string): string;
  /** Command lines of both, in order. */
  readonly calls: readonly string[];
  /** Names of the nodes that were drained, in order. */
  drains(): readonly string[];
  /** What went wrong in the world itself. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

/** On the machine that runs the program. @param dir a directory that is made or empty */
export async function putK3dOnPath({ dir, ...cluster }: Cluster & { readonly dir: string }): Promise<SimulatedK3d> {
  const [bin, socket] = [join(dir, "bin"), join(dir, "socket")];
  putPrograms(bin, { docker: programText("docker", socket), k3d: programText("k3d", socket) });
  return await serveK3d({
    ...{ ...cluster, socket, address: "127.0.0.1" },
    path: (rest) => `${bin}:${rest}`,
    exists: () => true,
  });
}

/** On a machine of the stage, once that exists and has them. */
export async function putK3dOnHost({
  host,
  hosts,
  machines,
  ...cluster
}: Cluster & {
  readonly host: PlannedMachine;
  readonly hosts: HostWorld;
  readonly machines: Machines;
}): Promise<SimulatedK3d> {
  return await serveK3d({
    ...{ ...cluster, address: host.address, socket: join(hosts.path, "docker", host.address) },
    path: (rest) => rest,
    exists: () => machines.all().some(({ spec }) => spec.name === host.hostname),
  });
}

interface Cluster {
  readonly kube: ControlPlane;
  /** Puts into the API what k3s brings. */
  readonly bundled: () => Promise<void>;
}

interface ServeArgs extends Cluster, Pick<SimulatedK3d, "path"> {
  readonly socket: string;
  /** Of the machine: where the ports are that Docker opens. */
  readonly address: string;
  exists(): boolean;
}

async function serveK3d({ kube, bundled, socket, address, path, exists }: ServeArgs): Promise<SimulatedK3d> {
  const standIn = new FollowedStandIn({ kube, address, bundled });
  const server = await servePrograms((program, args, stdin) => standIn.call(program, args, stdin), socket);
  const nothing = new Daemon();
  return {
    path,
    get docker() {
      return exists() ? standIn.docker : nothing;
    },
    calls: standIn.calls,
    drains: () => standIn.calls.flatMap((call) => / kubectl drain (\S+)/.exec(call)?.[1] ?? []),
    failures: () => standIn.failures,
    async stop() {
      await standIn.settled();
      server.close();
    },
  };
}

/** After each call the control plane has the nodes that k3d has made, and answers at the port that Docker has opened. */
class FollowedStandIn extends DockerStandIn {
  readonly failures: string[] = [];
  readonly #kube: ControlPlane;
  readonly #address: string;
  readonly #bundled: () => Promise<void>;
  readonly #known = new Set<string>();
  readonly #ports = new Map<number, Server>();
  #work: Promise<unknown> = Promise.resolve();

  constructor({ kube, address, bundled }: Pick<ServeArgs, "kube" | "address" | "bundled">) {
    super();
    this.#kube = kube;
    this.#address = address;
    this.#bundled = bundled;
    this.kubeconfig = readFileSync(kube.kubeconfig, "utf8");
  }

  override call(program: string, args: readonly string[], stdin: string): Answer {
    const answer = super.call(program, args, stdin);
    this.#followPorts();
    this.#followNodes();
    return answer;
  }

  settled(): Promise<unknown> {
    for (const server of this.#ports.values()) server.close();
    return this.#work;
  }

  /** The first port of k3d's load balancer leads to the API; the others to what no pod here listens on. */
  #followPorts(): void {
    const open = Object.values(this.docker.state.containers).flatMap(({ labels, ports, address }) =>
      labels["k3d.role"] === "loadbalancer" && address !== undefined ? ports.slice(0, 1) : [],
    );
    for (const [port, server] of this.#ports) {
      if (open.includes(port)) continue;
      server.close();
      this.#ports.delete(port);
    }
    const api = new URL(this.#kube.serverUrl);
    for (const port of open) {
      if (this.#ports.has(port)) continue;
      const server = createServer((client) => {
        const upstream = connect(Number(api.port), api.hostname);
        client.pipe(upstream).pipe(client);
        client.on("error", () => upstream.destroy());
        upstream.on("error", () => client.destroy());
      });
      server.on("error", (error) => this.failures.push(`port ${port}: ${error.message}`));
      server.listen(port, this.#address);
      this.#ports.set(port, server);
    }
  }

  #followNodes(): void {
    for (const [name, { container, labels, taints }] of Object.entries(this.nodes)) {
      const address = this.docker.state.containers[container]?.address;
      // Nothing is scheduled on a worker until the step has given it what is its own.
      if (this.#known.has(name) || address === undefined || taints.some((taint) => taint.startsWith("groundwork/")))
        continue;
      this.#known.add(name);
      const role = container.includes("-server-") ? "control-plane" : "worker";
      this.#then(() => this.#kube.addNode({ name, role, address, labels, taints }));
      this.#then(this.#bundled);
    }
    for (const name of this.#known) {
      if (this.nodes[name] !== undefined) continue;
      this.#known.delete(name);
      this.#then(() => this.#kube.removeNode(name));
    }
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.failures.push(messageOf(error));
    });
  }
}
