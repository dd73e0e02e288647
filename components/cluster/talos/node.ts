import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { machineConfig } from "../../../lib/talos/config.ts";
import type { ClusterNode, TalosOptions } from "../../../lib/talos/options.ts";
import type { TalosSecrets } from "../../../lib/talos/secrets.ts";
import { applyStep, leaveStep, memberStep, resetStep, stepSeconds, talosStdin } from "../../../lib/talos/steps.ts";
import { joining } from "../../../lib/talos/tailscale.ts";
import { type Tailnet, tailnetDevice } from "../../machines/tailnet.ts";
import { tailnetKey } from "../../machines/tailnet-key.ts";
import type { TalosMachineFactory } from "./machines.ts";

export interface TalosNodeArgs {
  readonly node: ClusterNode;
  readonly machines: TalosMachineFactory;
  readonly talos: TalosOptions;
  readonly secrets: pulumi.Output<TalosSecrets>;
  /** Absent: it joins none. */
  readonly tailnet?: Tailnet;
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

/** A machine with Talos and its configuration on it. */
export class TalosClusterNode extends pulumi.ComponentResource {
  readonly node: ClusterNode;
  /** The machine runs as what the configuration says. */
  readonly apply: command.local.Command;
  readonly #args: TalosNodeArgs;
  /** Secret. */
  readonly #configuration: pulumi.Output<string>;

  constructor(name: string, args: TalosNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:talos:Node", name, {}, opts);
    const { node, tailnet, talosconfig } = args;
    this.node = node;
    this.#args = args;
    const { id, kept, ready } = args.machines.create({ node, after: args.after, parent: this });
    const key =
      tailnet === undefined
        ? undefined
        : tailnetKey(
            `${name}-tailnet-key`,
            { hostname: node.name, tags: tailnet.joining },
            { parent: this, replacementTrigger: node.generation },
          );
    this.#configuration = pulumi.secret(
      pulumi
        .all([args.secrets, key?.key])
        .apply(([secrets, given]) =>
          machineConfig({ talos: args.talos, secrets, node: given === undefined ? node : joining(node, given) }),
        ),
    );
    const device =
      tailnet === undefined
        ? []
        : [
            tailnetDevice(
              `${name}-tailnet-device`,
              { hostname: node.name, tailnet, machine: id },
              { parent: this, dependsOn: [...ready] },
            ),
          ];
    const machine = { name: node.name, address: node.address };
    this.apply = new command.local.Command(
      `${name}-apply`,
      {
        create: applyStep({
          ...machine,
          disk: "device" in node.disk ? node.disk.device : "",
          timeout: stepSeconds.apply,
        }),
        ...(kept ? { delete: resetStep({ ...machine, timeout: stepSeconds.reset }) } : {}),
        // A changed configuration is applied in place: Talos itself knows what of it needs a reboot.
        stdin: pulumi.all([talosconfig, this.#configuration]).apply(([first, second]) => talosStdin(first, second)),
        logging: "none",
        addPreviousOutputInEnv: false,
        triggers: [id],
      },
      {
        parent: this,
        dependsOn: [...ready, ...device],
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
        create: memberStep({ ...machine, role: node.role, peer: peer.address, timeout: stepSeconds.member }),
        // Of the only control plane it refuses, as the cluster would end: one that is taken apart whole spares it.
        delete: leaveStep({ ...machine, peers: others.map(({ address }) => address), timeout: stepSeconds.leave }),
        // A node whose configuration or machine changed is looked at again before its successor changes.
        stdin: pulumi
          .all([this.#args.talosconfig, this.#configuration])
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
