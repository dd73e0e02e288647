import type * as pulumi from "@pulumi/pulumi";
import { endpointHost } from "../../config/context.ts";
import type { LoadedStage } from "../../config/load.ts";
import type { StageOf } from "../../config/stage.ts";
import type { Machines } from "../machines/create.ts";
import { type ApiProxy, type Endpoint, K3sCluster } from "./k3s/cluster.ts";

/** A cluster that a platform can be put on. */
export interface Cluster {
  readonly name: string;
  readonly kubeconfig: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string> | string;
  readonly nodes: Readonly<Record<string, { readonly role: string; readonly address: string; readonly pool: string }>>;
  readonly established: readonly string[];
  readonly anchor: pulumi.Resource;
  readonly ready: readonly pulumi.Resource[];
}

export interface ClusterArgs {
  readonly machines: Machines;
  readonly established: ReadonlySet<string>;
  readonly providers: pulumi.ProviderResource[];
}

export function createCluster(stage: LoadedStage, args: ClusterArgs): Cluster {
  const { cluster } = stage;
  switch (cluster.distribution) {
    case "k3s":
      return createK3s({ ...stage, cluster }, args);
    default: {
      const unknown: never = cluster.distribution;
      throw new Error(`unknown distribution: ${String(unknown)}`);
    }
  }
}

function createK3s(stage: LoadedStage & StageOf<"k3s">, { machines, established, providers }: ClusterArgs): Cluster {
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
    nodes: Object.fromEntries(
      stage.nodes.map((node) => [node.name, { role: node.role, address: node.address, pool: node.poolName }]),
    ),
    established: stage.nodes.map((node) => node.name),
    anchor: cluster.anchor,
    ready: cluster.ready,
  };
}

/** The Tailscale operator's API server proxy, when it is on. */
function proxiesOf(stage: LoadedStage): readonly ApiProxy[] {
  if (stage.tailscale === undefined || stage.platform["tailscale-operator"] === undefined) return [];
  const { name } = stage.cluster;
  return [{ context: `${name}-tailnet`, server: `https://${name}-cluster.${stage.tailscale.tailnet}` }];
}
