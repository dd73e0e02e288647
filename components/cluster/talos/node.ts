import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { applyStep, leaveStep, memberStep, resetStep, talosStdin } from "../../../lib/talos/steps.ts";
import type { ClusterNode, TalosMachineFactory } from "./machines.ts";

export interface TalosNodeArgs {
  readonly node: ClusterNode;
  readonly machines: TalosMachineFactory;
  /** The machine's configuration. Secret. */
  readonly configuration: pulumi.Output<string>;
  /** Secret. */
  readonly talosconfig: pulumi.Output<string>;
  readonly anchor: pulumi.Resource;
  readonly after: readonly pulumi.Resource[];
}

export interface WatchArgs {
  /** The control plane that is asked. */
  readonly peer: ClusterNode;
  /** Control planes that stay when this node goes. */
  readonly others: readonly ClusterNode[];
  readonly after: readonly pulumi.Resource[];
}

/** Seconds that each step gives itself. */
const timeouts = { apply: 900, member: 900, leave: 1800, reset: 300 };

/** A machine with Talos and its configuration on it. */
export class TalosClusterNode extends pulumi.ComponentResource {
  readonly node: ClusterNode;
  /** The machine runs as what the configuration says. */
  readonly apply: command.local.Command;
  readonly #args: TalosNodeArgs;

  constructor(name: string, args: TalosNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:talos:Node", name, {}, opts);
    const { node, configuration, talosconfig } = args;
    this.node = node;
    this.#args = args;
    const { id, kept, ready } = args.machines.create({ node, after: args.after, parent: this });
    const machine = { name: node.name, address: node.address };
    this.apply = new command.local.Command(
      `${name}-apply`,
      {
        create: applyStep({
          ...machine,
          disk: "device" in node.disk ? node.disk.device : "",
          timeout: timeouts.apply,
        }),
        ...(kept ? { delete: resetStep({ ...machine, timeout: timeouts.reset }) } : {}),
        // A changed configuration is applied in place: Talos itself knows what of it needs a reboot.
        stdin: pulumi.all([talosconfig, configuration]).apply(([first, second]) => talosStdin(first, second)),
        logging: "none",
        addPreviousOutputInEnv: false,
        triggers: [id],
      },
      {
        parent: this,
        dependsOn: [...ready],
        deleteBeforeReplace: true,
        ignoreChanges: ["create", "delete"],
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    this.registerOutputs({ address: node.address });
  }

  /**
   * Waits until the node is a complete part of the cluster. Its deletion takes it out of the cluster, dead or alive,
   * before the machine goes.
   */
  watch({ peer, others, after }: WatchArgs): pulumi.Resource {
    const { node } = this;
    const machine = { name: node.name, address: node.address };
    return new command.local.Command(
      `${node.id}-member`,
      {
        create: memberStep({ ...machine, role: node.role, peer: peer.address, timeout: timeouts.member }),
        delete:
          others.length === 0
            ? "true"
            : leaveStep({ ...machine, peers: others.map(({ address }) => address), timeout: timeouts.leave }),
        // A node whose configuration or machine changed is looked at again before its successor changes.
        stdin: pulumi
          .all([this.#args.talosconfig, this.#args.configuration])
          .apply(([first, second]) =>
            talosStdin(first, createHash("sha256").update(`${second}${node.size}`).digest("hex")),
          ),
        logging: "stderr",
        addPreviousOutputInEnv: false,
        // Of the command, not the machine: a replaced one takes this with it, and first, which is what drains the node.
        triggers: [this.apply.id],
      },
      {
        parent: this,
        dependsOn: [this.apply, ...after],
        deleteBeforeReplace: true,
        ignoreChanges: ["create", "delete"],
        deletedWith: this.#args.anchor,
      },
    );
  }
}
