import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { platformContext } from "../../../config/context.ts";
import type { LoadedStage } from "../../../config/load.ts";
import { type Pool, sshUser } from "../../../config/pools.ts";
import { ignoredUnless, type Renewal } from "../../../lib/administrator.ts";
import { asRoot } from "../../../lib/bootstrap/as-root.ts";
import type { Role } from "../../../lib/bootstrap/types.ts";
import { changeOrder, peerOf } from "../../../lib/change-order.ts";
import { joinStdin, kubeconfigStep } from "../../../lib/k3s/steps.ts";
import { buildKubeconfig, parseK3sYaml } from "../../../lib/kubeconfig.ts";
import type { Node } from "../../../lib/nodes.ts";
import { type NodeProvision, nodeProvision } from "../../../lib/platform/node-needs.ts";
import type { BootSecrets, MachineFactory } from "../../machines/machine.ts";
import { K3sAuthority } from "./authority.ts";
import { bringsNetwork, type K3sStage, k3sDocument, tailnetRouters } from "./documents.ts";
import { K3sNode } from "./node.ts";

/** One way to the API: a context in the kubeconfig. */
export interface Endpoint {
  readonly context: string;
  readonly host: pulumi.Input<string>;
}

/** A proxy that knows its callers by the tailnet: a context without credentials. */
export interface ApiProxy {
  readonly context: string;
  /** `https://host` */
  readonly server: string;
}

export interface K3sClusterArgs {
  readonly stage: K3sStage & Pick<LoadedStage, "secret">;
  readonly nodes: readonly Node<Pool>[];
  readonly machines: MachineFactory;
  /** Names of the nodes that stood after the last run that succeeded. */
  readonly established: ReadonlySet<string>;
  readonly renewal: Renewal;
  /** Host that nodes join through and certificates are made for. */
  readonly joinHost: pulumi.Input<string>;
  /** Ways to the API for people and this program, the stable one first. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  readonly proxies: readonly ApiProxy[];
}

/** What every node takes, made once: an output for each of a thousand nodes is what a large stage's memory goes to. */
interface Shared {
  readonly provision: NodeProvision;
  readonly routers: ReadonlySet<string>;
  /** The hosts of `joinHost` and `endpoints`, in that order. */
  readonly hosts: pulumi.Output<string[]>;
  readonly joinHost: pulumi.Output<string>;
  readonly joinStdin: Readonly<Record<Role, pulumi.Output<string>>>;
}

/** A highly available k3s cluster: embedded etcd on its control planes, workers beside them. */
export class K3sCluster extends pulumi.ComponentResource {
  /** Disappears only with the cluster: what lives inside is not taken apart when the whole goes. */
  readonly anchor: pulumi.Resource;
  readonly kubeconfig: pulumi.Output<string>;
  /** What the platform waits for: the API, and in a cluster that stands the end of its control planes' change. */
  readonly ready: readonly pulumi.Resource[];
  /** All are there when every node is a whole member of the cluster. */
  readonly members: readonly pulumi.Resource[];

  constructor(name: string, args: K3sClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:k3s:Cluster", name, {}, opts);
    const { nodes, established } = args;
    const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
    const workers = nodes.filter(({ role }) => role === "worker");
    const [first] = controlPlanes;
    if (first === undefined) throw new Error(`cluster ${name} has no control plane`);
    const token = (role: string): random.RandomPassword =>
      new random.RandomPassword(`${name}-${role}-token`, { length: 48, special: false }, { parent: this });
    const tokens = { server: token("server"), agent: token("agent") };
    this.anchor = tokens.server;
    const choice = args.stage.cluster.authority;
    const authorities =
      choice === undefined
        ? undefined
        : new K3sAuthority(name, { choice, stage: args.stage }, { parent: this }).authorities;
    const results = pulumi.all([tokens.server.result, tokens.agent.result, authorities]);
    const stdin = (role: Role): pulumi.Output<string> =>
      results.apply(([serverToken, agentToken, own]) =>
        joinStdin({ role, serverToken, agentToken, ...(own === undefined ? {} : { authorities: own }) }),
      );
    const shared: Shared = {
      hosts: pulumi.all([args.joinHost, ...args.endpoints.map(({ host }) => host)]),
      joinHost: pulumi.output(args.joinHost),
      provision: nodeProvision(platformContext(args.stage, nodes)),
      routers: tailnetRouters(args.stage, nodes),
      joinStdin: { "control-plane": stdin("control-plane"), worker: stdin("worker") },
    };

    const stands = established.size > 0;
    const made = new Map<string, K3sNode>();
    const create = (
      node: Node<Pool>,
      machineAfter: readonly pulumi.Resource[],
      joinAfter: readonly pulumi.Resource[],
    ): K3sNode => {
      const k3sNode = this.#node(args, node, {
        controlPlanes,
        shared,
        mayInitialise: !stands && node === first,
        machineAfter,
        joinAfter,
      });
      made.set(node.name, k3sNode);
      return k3sNode;
    };
    const connections = new Map(controlPlanes.map((peer) => [peer, pulumi.output(args.machines.connection(peer))]));
    const members: pulumi.Resource[] = [];
    const watch = (node: K3sNode): pulumi.Resource => {
      const peer = peerOf(node.node, controlPlanes);
      const peerJoin = made.get(peer.name)?.join;
      const member = node.watch({
        peer,
        connection: connections.get(peer) ?? args.machines.connection(peer),
        after: peerJoin === undefined ? [] : [peerJoin],
        ready: bringsNetwork(args.stage),
      });
      members.push(member);
      return member;
    };

    // etcd takes one new member at a time: joins are in a row. Machines boot side by side while the cluster is made;
    // once it stands, a machine is not touched before its predecessor is a healthy member again.
    let before: readonly pulumi.Resource[] = [];
    for (const node of changeOrder(controlPlanes, established)) {
      const k3sNode = create(node, stands ? before : [], before);
      before = [stands ? watch(k3sNode) : k3sNode.join];
    }
    const firstJoin = made.get(first.name)?.join;
    if (firstJoin === undefined) throw new Error(`control plane ${first.name} was not made`);
    if (!stands) for (const node of controlPlanes) watch(made.get(node.name) as K3sNode);

    // Workers wait for the API alone. In a cluster that stands, those of a pool that were there before change in a row.
    const last = new Map<string, pulumi.Resource>();
    for (const node of workers) {
      const predecessor = established.has(node.name) ? last.get(node.poolName) : undefined;
      const watched = watch(create(node, predecessor === undefined ? [] : [predecessor], [firstJoin]));
      if (established.has(node.name)) last.set(node.poolName, watched);
    }

    const raw = new command.remote.Command(
      `${name}-kubeconfig`,
      {
        connection: args.machines.connection(first),
        create: asRoot(
          sshUser(first),
          kubeconfigStep({ timeout: args.renewal.of === undefined ? 60 : 300, renewal: args.renewal }),
        ),
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        // A renewal restarts the first server: no other is to be away then.
        dependsOn: args.renewal.of === undefined ? [firstJoin] : [firstJoin, ...members],
        ignoreChanges: ignoredUnless(args.renewal),
        deletedWith: this.anchor,
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    this.kubeconfig = pulumi.secret(
      pulumi.all([raw.stdout, ...args.endpoints.map(({ host }) => host)]).apply(([admin, ...hosts]) =>
        buildKubeconfig({
          credentials: parseK3sYaml(String(admin)),
          cluster: args.stage.cluster.name,
          endpoints: [
            ...args.endpoints.map(({ context }, index) => ({
              name: context,
              server: `https://${String(hosts[index])}:6443`,
            })),
            ...args.proxies.map(({ context, server }) => ({ name: context, server, proxy: true })),
          ],
        }),
      ),
    );
    this.ready = stands ? before : [firstJoin];
    this.members = members;
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }

  #node(
    args: K3sClusterArgs,
    node: Node<Pool>,
    {
      controlPlanes,
      shared,
      mayInitialise,
      machineAfter,
      joinAfter,
    }: {
      readonly controlPlanes: readonly Node<Pool>[];
      readonly shared: Shared;
      readonly mayInitialise: boolean;
      readonly machineAfter: readonly pulumi.Resource[];
      readonly joinAfter: readonly pulumi.Resource[];
    },
  ): K3sNode {
    const { stage } = args;
    const sans = [...controlPlanes.flatMap(({ address, hostname }) => [address, hostname])];
    return new K3sNode(
      node.name,
      {
        node,
        peers: controlPlanes.filter(({ name }) => name !== node.name).map(({ address }) => address),
        machines: args.machines,
        document: shared.hosts.apply(
          ([joinHost, ...hosts]) =>
            (secrets: BootSecrets) =>
              k3sDocument(
                {
                  stage,
                  node,
                  endpoint: `${String(joinHost)}:6443`,
                  tlsSans: [...new Set([...hosts, ...sans])],
                  mayInitialise,
                  provision: shared.provision,
                  routers: shared.routers,
                },
                secrets,
              ),
        ),
        joinHost: shared.joinHost,
        stdin: shared.joinStdin[node.role],
        anchor: this.anchor,
        machineAfter,
        joinAfter,
      },
      { parent: this },
    );
  }
}
