import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ignoredUnless, type Renewal } from "../../../lib/administrator.ts";
import { changeOrder, peerOf } from "../../../lib/change-order.ts";
import { buildKubeconfig, parseK3sYaml } from "../../../lib/kubeconfig.ts";
import type { ClusterNode, TalosOptions } from "../../../lib/talos/options.ts";
import { bootstrapStep, kubeconfigStep, stepSeconds, talosStdin } from "../../../lib/talos/steps.ts";
import { talosconfig } from "../../../lib/talos/talosconfig.ts";
import type { Tailnet } from "../../machines/tailnet.ts";
import type { TalosMachineFactory } from "./machines.ts";
import { TalosClusterNode } from "./node.ts";
import { TalosPki } from "./pki.ts";

export interface TalosClusterArgs {
  readonly options: TalosOptions;
  readonly nodes: readonly ClusterNode[];
  readonly machines: (node: ClusterNode) => TalosMachineFactory;
  /** That the machines join by an extension in their image; absent: they join none. */
  readonly tailnet?: Tailnet;
  /** More ways to the API, beside the cluster's endpoint: contexts of the kubeconfig. */
  readonly ways: readonly { readonly name: string; readonly server: string; readonly proxy?: boolean }[];
  /** Names of the nodes that stood after the last run that succeeded. */
  readonly established: ReadonlySet<string>;
  readonly renewal: Renewal;
}

/** A highly available Talos cluster, driven with talosctl from where the program runs. */
export class TalosCluster extends pulumi.ComponentResource {
  /** Disappears only with the cluster: what lives inside is not taken apart when the whole goes. */
  readonly anchor: pulumi.Resource;
  readonly kubeconfig: pulumi.Output<string>;
  /** For `talosctl`. Secret. */
  readonly talosconfig: pulumi.Output<string>;
  /** What the platform waits for: the API, and in a cluster that stands the end of its control planes' change. */
  readonly ready: readonly pulumi.Resource[];
  /** All are there when every node is a whole member of the cluster. */
  readonly members: readonly pulumi.Resource[];

  constructor(name: string, args: TalosClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:talos:Cluster", name, {}, opts);
    const { established, options } = args;
    const controlPlanes = args.nodes.filter(({ role }) => role === "control-plane");
    const workers = args.nodes.filter(({ role }) => role === "worker");
    const [first] = controlPlanes;
    if (first === undefined) throw new Error(`cluster ${name} has no control plane`);
    const pki = new TalosPki(`${name}-pki`, { parent: this });
    this.anchor = pki.anchor;
    const addresses = controlPlanes.map(({ address }) => address);
    const access = (endpoints: readonly string[]): pulumi.Output<string> =>
      pulumi.secret(
        pki.administrator.apply((administrator) =>
          talosconfig({ cluster: options.cluster, endpoints, nodes: endpoints, ...administrator }),
        ),
      );
    this.talosconfig = access(addresses);
    // The commands name their machine themselves: what they read stays the same when nodes come and go.
    const credentials = access([]);

    const stands = established.size > 0;
    const standing = new Set(args.nodes.filter(({ id }) => established.has(id)).map(({ name: host }) => host));
    const made = new Map<string, TalosClusterNode>();
    const create = (node: ClusterNode, after: readonly pulumi.Resource[]): TalosClusterNode => {
      const talosNode = new TalosClusterNode(
        node.id,
        {
          node,
          machines: args.machines(node),
          talos: options,
          secrets: pki.secrets,
          ...(args.tailnet === undefined ? {} : { tailnet: args.tailnet }),
          talosconfig: credentials,
          anchor: this.anchor,
          after,
        },
        { parent: this },
      );
      made.set(node.name, talosNode);
      return talosNode;
    };
    const members: pulumi.Resource[] = [];
    const watch = (node: TalosClusterNode, after: readonly pulumi.Resource[]): pulumi.Resource => {
      const peer = peerOf(node.node, controlPlanes);
      const others = controlPlanes.filter((other) => other.name !== node.node.name);
      const peerApply = made.get(peer.name)?.apply;
      const member = node.watch({ peer, others, after: peerApply === undefined ? after : [...after, peerApply] });
      members.push(member);
      return member;
    };

    // Control planes of a cluster being made get their configuration side by side; in one that stands, none is touched
    // before its predecessor is a healthy member again.
    let before: readonly pulumi.Resource[] = [];
    for (const node of changeOrder(controlPlanes, standing)) {
      const talosNode = create(node, stands ? before : []);
      if (stands) before = [watch(talosNode, [])];
    }
    const applied = controlPlanes.map((node) => made.get(node.name) as TalosClusterNode);

    // It is made once, with the cluster: nothing about a node that changes, or is another machine, runs it again.
    const bootstrap = new command.local.Command(
      `${name}-bootstrap`,
      {
        create: bootstrapStep({
          name: first.name,
          address: first.address,
          peers: addresses.slice(1),
          again: "accept",
          timeout: stepSeconds.bootstrap,
        }),
        stdin: credentials.apply((text) => talosStdin(text)),
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: applied.map(({ apply }) => apply),
        ignoreChanges: ["create", "stdin"],
        deletedWith: this.anchor,
      },
    );
    if (!stands) for (const node of applied) watch(node, [bootstrap]);

    // Workers wait for the API alone. In a cluster that stands, those of a pool that were there before change in a row,
    // after the control planes: a kubelet may be older than its API server, never newer.
    const last = new Map<string, pulumi.Resource>();
    for (const node of workers) {
      const predecessor = last.get(node.pool);
      const after = predecessor === undefined ? before : [predecessor];
      const watched = watch(create(node, standing.has(node.name) ? after : []), [bootstrap]);
      if (standing.has(node.name)) last.set(node.pool, watched);
    }

    const raw = new command.local.Command(
      `${name}-kubeconfig`,
      {
        create: kubeconfigStep({
          ...{ address: first.address, timeout: stepSeconds.kubeconfig },
          renewal: args.renewal,
        }),
        stdin: credentials.apply((text) => talosStdin(text)),
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [bootstrap],
        ignoreChanges: ignoredUnless(args.renewal),
        deletedWith: this.anchor,
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    this.kubeconfig = pulumi.secret(
      raw.stdout.apply((admin) =>
        buildKubeconfig({
          credentials: parseK3sYaml(admin),
          cluster: options.cluster,
          endpoints: [{ name: options.cluster, server: options.endpoint }, ...args.ways],
        }),
      ),
    );
    this.ready = stands ? [bootstrap, ...before] : [bootstrap];
    this.members = members;
    this.registerOutputs({ kubeconfig: this.kubeconfig, talosconfig: this.talosconfig });
  }
}
