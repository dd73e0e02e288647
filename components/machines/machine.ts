import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { HetznerNetwork } from "../../config/networks/hetzner.ts";
import type { Pool } from "../../config/pools.ts";
import type { Document, HostKey } from "../../lib/bootstrap/types.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";

/** How a command reaches a machine: its host keys pinned, the jump host's too. */
export type Connection = pulumi.Input<types.input.remote.ConnectionArgs>;

/** A machine that a node runs on, or k3d's nodes do, reachable over SSH with the host key that it keeps for life. */
export interface Machine {
  readonly node: PlannedMachine<Pool>;
  /** Changes when the machine is another one. */
  readonly id: pulumi.Output<string>;
  readonly connection: Connection;
  /** What to depend on before the first command on it. */
  readonly ready: pulumi.Resource;
  /** It was there before the program, and stays when its node goes. Absent: it goes itself. */
  readonly kept?: boolean;
}

/** What a machine boots with, given the secrets that only exist once it is made. */
export interface BootSecrets {
  /** What a new machine identifies itself with until its permanent key is installed; one that exists has its own. */
  readonly temporaryHostKey?: HostKey;
  /** Public keys that may log in. */
  readonly authorizedKeys: readonly string[];
  /** One-use Tailscale key; absent without a tailnet. */
  readonly tailnetKey?: string;
}

/** The machine through which the others of a network at Hetzner go out. */
export interface PlannedGateway {
  readonly hostname: string;
  /** Private IPv4 address. */
  readonly address: string;
  readonly network: HetznerNetwork;
  readonly networkName: string;
}

export interface MachineRequest<OwnPool extends Pool = Pool> {
  readonly node: PlannedMachine<OwnPool>;
  /** What the machine is to be; each kind brings it there in its own way. */
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  /** Resources that must be there first: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  /** Whose disappearance spares this machine's commands their own deletion. */
  readonly anchor: pulumi.Resource;
  readonly parent: pulumi.Resource;
}

/** One kind of machine. */
export interface MachineFactory<OwnPool extends Pool = Pool> {
  create(request: MachineRequest<OwnPool>): Machine;
  /** How a machine of this kind is reached, made or not: nothing in it changes when the machine is replaced. */
  connection(node: PlannedMachine<OwnPool>): Connection;
}

/** A machine that has booted an image which waits for its configuration at the node's address. */
export interface BlankMachine {
  /** Changes when the machine is another one. */
  readonly id: pulumi.Input<string>;
  /** What to depend on before it is given its configuration. */
  readonly ready: readonly pulumi.Resource[];
  /** The machine outlives the node: it is wiped when the node goes. A server or VM goes itself. */
  readonly kept: boolean;
}

export interface BlankRequest<OwnPool extends Pool = Pool> {
  readonly node: PlannedMachine<OwnPool>;
  /** Resources that must be there first: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  readonly parent: pulumi.Resource;
}

/** A kind of machine that boots images of Talos. */
export interface BlankFactory<OwnPool extends Pool = Pool> {
  boot(request: BlankRequest<OwnPool>): BlankMachine;
}
