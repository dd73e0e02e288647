import * as pulumi from "@pulumi/pulumi";
import { endpointHost } from "../../config/context.ts";
import { dockerHostOf } from "../../config/docker-host.ts";
import type { LoadedStage } from "../../config/load.ts";
import type { StageOf } from "../../config/stage.ts";
import { joinsTailnet, talosNode, talosOptions } from "../../config/talos-cluster.ts";
import type { Renewal } from "../../lib/administrator.ts";
import type { ClusterNode } from "../../lib/talos/options.ts";
import type { Machines } from "../machines/create.ts";
import { tailnetOf } from "../machines/tailnet.ts";
import { K3dCluster, type K3dClusterArgs } from "./k3d/cluster.ts";
import { describeK3d } from "./k3d/describe.ts";
import { DockerHost } from "./k3d/docker-host.ts";
import { here, on } from "./k3d/runner.ts";
import { type ApiProxy, type Endpoint, K3sCluster } from "./k3s/cluster.ts";
import { TalosCluster, type TalosClusterArgs } from "./talos/cluster.ts";
import { metal, type TalosMachineFactory } from "./talos/machines.ts";

/** A cluster that a platform can be put on. */
export interface Cluster {
  readonly name: string;
  readonly kubeconfig: pulumi.Output<string>;
  /** For `talosctl`; absent where there is no Talos. Secret. */
  readonly talosconfig?: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string> | string;
  readonly nodes: Readonly<Record<string, { readonly role: string; readonly address: string; readonly pool: string }>>;
  /** Machines of the stage that are no nodes and run the Docker of k3d's. */
  readonly dockerHosts: Readonly<Record<string, { readonly address: string; readonly pool: string }>>;
  /** Names of the nodes; nothing while one of them has failed, however the run goes on (`--continue-on-error`). */
  readonly established: pulumi.Output<readonly string[]>;
  readonly anchor: pulumi.Resource;
  readonly ready: readonly pulumi.Resource[];
}

export interface ClusterArgs {
  readonly machines: Machines;
  readonly established: ReadonlySet<string>;
  readonly renewal: Renewal;
  readonly providers: pulumi.ProviderResource[];
}

export function createCluster(stage: LoadedStage, args: ClusterArgs): Cluster {
  const { cluster } = stage;
  switch (cluster.distribution) {
    case "k3s":
      return createK3s({ ...stage, cluster }, args);
    case "k3d":
      return createK3d({ ...stage, cluster }, args);
    case "talos":
      return createTalos({ ...stage, cluster }, args);
    default: {
      const unknown: never = cluster;
      throw new Error(`unknown distribution: ${JSON.stringify(unknown)}`);
    }
  }
}

function createK3s(
  stage: LoadedStage & StageOf<"k3s">,
  { machines, established, renewal, providers }: ClusterArgs,
): Cluster {
  const { name } = stage.cluster;
  const fixed = endpointHost(stage);
  const outside = machines.apiAddress;
  // Nodes in one network join through the private address; over the tailnet only the public one is everybody's.
  const joinHost = stage.cluster.transport === "tailnet" && outside !== undefined ? outside : fixed;
  const privately: Endpoint = { context: outside === undefined ? name : `${name}-private`, host: fixed };
  const endpoints: readonly [Endpoint, ...Endpoint[]] =
    outside === undefined ? [privately] : [{ context: name, host: outside }, privately];
  const cluster = new K3sCluster(
    name,
    {
      stage,
      nodes: stage.nodes,
      machines,
      established,
      renewal,
      joinHost,
      endpoints,
      proxies: proxiesOf(stage),
    },
    { providers },
  );
  return {
    name,
    kubeconfig: cluster.kubeconfig,
    endpoint: outside === undefined ? `https://${fixed}:6443` : outside.apply((address) => `https://${address}:6443`),
    ...standing(stage, cluster.members),
    anchor: cluster.anchor,
    ready: cluster.ready,
  };
}

function createK3d(stage: LoadedStage & StageOf<"k3d">, { machines, renewal, providers }: ClusterArgs): Cluster {
  const description = describeK3d(stage);
  const { cluster } = description;
  const host = dockerHostOf(stage);
  const runner: K3dClusterArgs["runner"] = (anchor, parent) => {
    if (host === undefined) return here;
    const { machine, ready } = new DockerHost(host.name, { stage, host, machines, anchor }, { parent });
    return on(machine, ready);
  };
  const { kubeconfig, anchor, ready } = new K3dCluster(
    cluster.name,
    { ...description, runner, renewal },
    { providers },
  );
  return {
    name: cluster.name,
    endpoint: `https://${cluster.api.host}:${cluster.api.port}`,
    ...{ kubeconfig, anchor, ready },
    ...standing(stage, ready),
  };
}

/** The nodes as the stage's outputs tell them. */
const standing = (
  { nodes, machines }: LoadedStage,
  members: readonly pulumi.Resource[],
): Pick<Cluster, "nodes" | "established" | "dockerHosts"> => ({
  nodes: Object.fromEntries(
    nodes.map((node) => [node.name, { role: node.role, address: node.address, pool: node.poolName }]),
  ),
  established: pulumi.all(members.map(({ urn }) => urn)).apply(() => nodes.map(({ name }) => name)),
  dockerHosts: Object.fromEntries(
    machines
      .filter(({ role }) => role === "docker-host")
      .map(({ name, address, poolName }) => [name, { address, pool: poolName }]),
  ),
});

function createTalos(
  stage: LoadedStage & StageOf<"talos">,
  { machines, established, renewal, providers }: ClusterArgs,
): Cluster {
  const { name } = stage.cluster;
  const options = talosOptions(stage);
  const nodes = stage.nodes.map((node) => talosNode(stage, node));
  const planned = new Map(stage.nodes.map((node) => [node.name, node]));
  const kindOf = ({ id }: ClusterNode): TalosMachineFactory => {
    const node = planned.get(id);
    return node === undefined || node.pool.machine === "talos"
      ? metal
      : { create: ({ after, parent }) => machines.boot({ node, after, parent }) };
  };
  const tailnet = joinsTailnet(stage) ? tailnetOf(stage) : undefined;
  const cluster = new TalosCluster(
    name,
    {
      ...{ options, nodes, machines: kindOf, established, renewal, ways: tailnetWays(stage, nodes) },
      ...(tailnet === undefined ? {} : { tailnet }),
    },
    { providers },
  );
  return {
    name,
    kubeconfig: cluster.kubeconfig,
    talosconfig: cluster.talosconfig,
    endpoint: options.endpoint,
    ...standing(stage, cluster.members),
    anchor: cluster.anchor,
    ready: cluster.ready,
  };
}

/** Over the tailnet the API is reached through the operator's proxy or, without one, at the first control plane itself. */
function tailnetWays(stage: LoadedStage, [first]: readonly ClusterNode[]): TalosClusterArgs["ways"] {
  const proxies = proxiesOf(stage).map(({ context, server }) => ({ name: context, server, proxy: true }));
  if (proxies.length > 0 || first?.tailnetName === undefined) return proxies;
  return [{ name: `${stage.cluster.name}-tailnet`, server: `https://${first.tailnetName}:6443` }];
}

/** The Tailscale operator's API server proxy, when it is on. */
function proxiesOf(stage: LoadedStage): readonly ApiProxy[] {
  if (stage.tailscale === undefined || stage.platform["tailscale-operator"] === undefined) return [];
  const { name } = stage.cluster;
  return [{ context: `${name}-tailnet`, server: `https://${name}-cluster.${stage.tailscale.tailnet}` }];
}
