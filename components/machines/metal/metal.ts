import * as pulumi from "@pulumi/pulumi";
import { tailnetTags } from "../../../config/context.ts";
import { hostKeysOf, type PoolOn } from "../../../config/pools.ts";
import type { Stage } from "../../../config/stage.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import type { Connection, Machine, MachineFactory, MachineRequest } from "../machine.ts";
import { Host } from "./host.ts";

type MetalNode = PlannedMachine<PoolOn<"metal">>;

export interface MetalArgs {
  readonly stage: Pick<Stage, "cluster" | "access" | "tailscale">;
  /** Private key that every host lets in. */
  readonly key: pulumi.Output<string>;
}

/**
 * A host that does not answer is given up after so many dials of so many seconds: at most two and a half minutes, and a
 * quarter of a minute when it refuses. It is there or it is not; nobody is booting it.
 */
const dialErrorLimit = 12;
const perDialTimeout = 10;

/** Hosts that exist. Nothing here makes or deletes one; what is made is a k3s node on it. */
export class Metal extends pulumi.ComponentResource implements MachineFactory<PoolOn<"metal">> {
  readonly #args: MetalArgs;

  constructor(name: string, args: MetalArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:metal:Metal", name, {}, opts);
    this.#args = args;
    this.registerOutputs();
  }

  connection(node: MetalNode): Connection {
    const { user, port } = node.pool;
    const hostKey = pinnedKey(node);
    return { host: node.address, port, user, privateKey: this.#args.key, hostKey, dialErrorLimit, perDialTimeout };
  }

  create({ node, document, after, parent }: MachineRequest<PoolOn<"metal">>): Machine {
    const { access, tailscale } = this.#args.stage;
    const connection = this.connection(node);
    const host = new Host(
      node.name,
      {
        hostname: node.hostname,
        address: node.address,
        port: node.pool.port,
        hostKey: pinnedKey(node),
        user: node.pool.user,
        generation: node.generation,
        connection,
        document,
        authorizedKeys: access.authorizedKeys,
        ...(tailscale === undefined ? {} : { tailnetTags: tailnetTags(this.#args.stage) }),
        after,
      },
      { parent },
    );
    return { node, id: host.setup.id, connection, ready: host.ready, kept: true };
  }
}

function pinnedKey(node: MetalNode): string {
  const [hostKey] = hostKeysOf(node);
  if (hostKey === undefined) throw new Error(`${node.name} has no host key to be known by`);
  return hostKey;
}
