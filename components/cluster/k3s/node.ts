import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodesOn, type Pool, sshUser } from "../../../config/pools.ts";
import { asRoot } from "../../../lib/bootstrap/as-root.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { joinStep, leaveStep, memberStep } from "../../../lib/k3s/steps.ts";
import type { Node } from "../../../lib/nodes.ts";
import { sizeOf } from "../../../lib/proxmox/nodes.ts";
import type { BootSecrets, Connection, Machine, MachineFactory } from "../../machines/machine.ts";

export interface K3sNodeArgs {
  readonly node: Node<Pool>;
  /** Addresses of the other control planes. */
  readonly peers: readonly string[];
  readonly machines: MachineFactory;
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  readonly joinHost: pulumi.Output<string>;
  /** What the join command reads: the tokens. */
  readonly stdin: pulumi.Output<string>;
  readonly anchor: pulumi.Resource;
  readonly machineAfter: readonly pulumi.Resource[];
  readonly joinAfter: readonly pulumi.Resource[];
}

export interface WatchArgs {
  readonly peer: Node<Pool>;
  readonly connection: Connection;
  readonly after: readonly pulumi.Resource[];
  /** Nodes become Ready without the platform: the pods' network is there, or k3s brings it. */
  readonly ready: boolean;
}

/** Seconds that each step gives itself. An SSH command cannot be stopped from outside. */
const timeouts = { join: 900, member: 600, leave: 1200, drain: 300 };

/** What a machine's restart in place comes with. */
function sizeLine(node: Node<Pool>): string {
  const [virtual] = nodesOn([node], "proxmox").map(sizeOf);
  if (virtual !== undefined) return `${virtual.cores} cores ${virtual.memory} MiB\n`;
  return "type" in node.pool ? `${node.pool.type}\n` : "\n";
}

/** A machine with k3s on it. */
export class K3sNode extends pulumi.ComponentResource {
  readonly node: Node<Pool>;
  readonly machine: Machine;
  /** k3s runs on the node and it is a healthy part of the cluster. */
  readonly join: command.remote.Command;
  readonly #anchor: pulumi.Resource;

  constructor(name: string, args: K3sNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:k3s:Node", name, {}, opts);
    const { node } = args;
    this.node = node;
    this.#anchor = args.anchor;
    this.machine = args.machines.create({
      node,
      document: args.document,
      after: args.machineAfter,
      anchor: args.anchor,
      parent: this,
    });
    this.join = new command.remote.Command(
      `${name}-join`,
      {
        connection: this.machine.connection,
        create: args.joinHost.apply((host) =>
          asRoot(
            sshUser(node),
            joinStep({
              name: node.hostname,
              role: node.role,
              endpoint: `${host}:6443`,
              peers: args.peers.map((address) => `${address}:6443`),
              timeout: timeouts.join,
            }),
          ),
        ),
        stdin: args.stdin,
        logging: "none",
        addPreviousOutputInEnv: false,
        triggers: [this.machine.id],
      },
      {
        parent: this,
        dependsOn: [this.machine.ready, ...args.joinAfter],
        deleteBeforeReplace: true,
        ignoreChanges: ["create"],
        deletedWith: args.anchor,
      },
    );
    this.registerOutputs({ address: node.address });
  }

  /**
   * Waits on a peer until the node is Ready and, a control plane, a voting member of etcd. Its deletion takes the node
   * out of the cluster, dead or alive, before the machine goes.
   */
  watch({ peer, connection, after, ready }: WatchArgs): pulumi.Resource {
    const { node } = this;
    return new command.remote.Command(
      `${node.name}-member`,
      {
        connection,
        create: asRoot(
          sshUser(peer),
          memberStep({ name: node.hostname, role: node.role, timeout: timeouts.member, ready }),
        ),
        // Of the only control plane it refuses, as the cluster would end: one that is taken apart whole spares it.
        delete: asRoot(
          sshUser(peer),
          leaveStep({ name: node.hostname, role: node.role, timeout: timeouts.leave, drain: timeouts.drain }),
        ),
        // A machine that changed in place is looked at again before its successor changes.
        stdin: sizeLine(node),
        logging: "stderr",
        addPreviousOutputInEnv: false,
        triggers: [this.machine.id],
      },
      {
        parent: this,
        dependsOn: [this.join, ...after],
        deleteBeforeReplace: true,
        ignoreChanges: ["create", "delete"],
        deletedWith: this.#anchor,
      },
    );
  }
}
