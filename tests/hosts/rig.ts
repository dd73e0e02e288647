import { setTimeout as sleep } from "node:timers/promises";
import { renderCloudInit } from "../../lib/bootstrap/cloud-init.ts";
import { nodeDocument } from "../../lib/bootstrap/document.ts";
import { gatewayDocument } from "../../lib/bootstrap/gateway.ts";
import { hostKeyStdin, hostKeyStep } from "../../lib/k3s/steps.ts";
import { binaryChecksums, offerDownloads } from "../../rehearsal/hosts/downloads.ts";
import type { Machine } from "../../rehearsal/hosts/machine.ts";
import { Machines, type MachinesArgs } from "../../rehearsal/hosts/machines.ts";
import type { MachineSpec } from "../../rehearsal/hosts/spec.ts";
import { loopbackPorts, type Wires } from "../../rehearsal/hosts/wires.ts";
import { World } from "../../rehearsal/hosts/world.ts";
import { bootKey, sshKey } from "../harness/keys.ts";
import { gatewayArgs, k3s, node, nodeArgs } from "../harness/systems.ts";
import { type Ended, open, type Session } from "./client.ts";

/** Who may log in everywhere. */
export const operator = sshKey(1);
/** The key that every machine boots with here, and the one that it is given then. */
export const temporary = bootKey(2);
export const permanent = sshKey(3);

export const gatewayAddress = "203.0.113.10";
const network = "private";

/** The reference system's network with its gateway, and a load balancer before the control planes. */
export class Rig {
  readonly world: World;
  readonly wires: Wires;
  readonly machines: Machines;

  constructor(args: Partial<MachinesArgs> & { readonly speed?: number } = {}) {
    const { speed = 30, wires = loopbackPorts(), ...rest } = args;
    this.wires = wires;
    this.world = new World({ speed });
    offerDownloads(this.world);
    this.world.endpoint("10.0.0.100", ["10.0.1.10", "10.0.1.11", "10.0.1.12"]);
    this.world.router("10.0.0.1", [gatewayArgs.address]);
    this.machines = new Machines({ world: this.world, wires, ...rest });
  }

  gateway(): Machine {
    return this.#powerOn({
      name: "gateway",
      addresses: [
        { address: gatewayArgs.address, network },
        { address: gatewayAddress, network: "public" },
      ],
      userData: gatewayUserData(),
    });
  }

  node(pool: "cp" | "worker", number: number, mayInitialise = false): Machine {
    const { name, address } = node(pool, number);
    return this.#powerOn({
      name,
      addresses: [{ address, network }],
      userData: nodeUserData(pool, number, mayInitialise),
    });
  }

  #powerOn(spec: MachineSpec): Machine {
    const machine = this.machines.create(spec);
    machine.powerOn();
    return machine;
  }

  /** A session with the gateway. */
  jump(hostKey = temporary.public, patience?: number): Promise<Session> {
    const at = this.wires.at(gatewayAddress, 22);
    return open({ at, privateKey: operator.private, hostKey, ...(patience === undefined ? {} : { patience }) });
  }

  /** A session with a private machine, through the gateway. Asks again while it is refused, as the program does. */
  async session(machine: Machine, hostKey = temporary.public, patience = 20_000): Promise<Session> {
    for (const end = Date.now() + patience; ; ) {
      try {
        const jump = await this.jump();
        try {
          return await jump.hop(machine.host.address, { privateKey: operator.private, hostKey });
        } catch (error) {
          jump.end();
          throw error;
        }
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** Runs one step on a machine, in a session of its own. */
  async run(
    machine: Machine,
    step: { readonly script: string; readonly stdin?: string },
    hostKey?: string,
  ): Promise<Ended> {
    const session = await this.session(machine, hostKey);
    const ended = await session.run(step.script, step.stdin);
    session.end();
    return ended;
  }

  /** Gives the machine its permanent host key, and waits until that is the one it shows. */
  async identify(machine: Machine): Promise<Ended> {
    const ended = await this.run(machine, identify);
    (await this.session(machine, permanent.public)).end();
    return ended;
  }

  async stop(): Promise<void> {
    await this.machines.stop();
    this.world.remove();
  }
}

export const identify = { script: hostKeyStep({ timeout: 600 }), stdin: hostKeyStdin(permanent.private) };

export function gatewayUserData(): string {
  return renderCloudInit(
    gatewayDocument({ ...gatewayArgs, authorizedKeys: [operator.public], temporaryHostKey: temporary }),
  );
}

export function nodeUserData(pool: "cp" | "worker", number: number, mayInitialise: boolean): string {
  return renderCloudInit(
    nodeDocument(
      nodeArgs(pool, number, {
        mayInitialise,
        k3s: { ...k3s, sha256: binaryChecksums },
        authorizedKeys: [operator.public],
        temporaryHostKey: temporary,
      }),
    ),
  );
}
