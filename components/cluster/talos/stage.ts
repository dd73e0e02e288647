import type { Pool } from "../../../config/pools.ts";
import type { StageOf } from "../../../config/stage.ts";
import type { Node } from "../../../lib/nodes.ts";
import type { TalosOptions } from "../../../lib/talos/options.ts";
import type { ClusterNode } from "./machines.ts";

/** Cilium's release asks the API server at this port of every node. Source: docs.siderolabs.com, "Deploying Cilium CNI" */
const kubePrismPort = 7445;

/** What the machines of a stage agree on. */
export function talosOptions({ cluster, platform }: StageOf<"talos">): TalosOptions {
  const { endpoint } = cluster;
  const cilium = platform.cilium as { readonly kubeProxyReplacement: boolean } | undefined;
  return {
    version: cluster.version,
    kubernetes: cluster.kubernetes,
    cluster: cluster.name,
    endpoint: `https://${endpoint.kind === "vip" ? endpoint.address : endpoint.host}:6443`,
    schematic: { extensions: cluster.extensions, kernelArgs: [] },
    factory: cluster.factory,
    podCidr: cluster.podCidr,
    serviceCidr: cluster.serviceCidr,
    // A release that brings the network takes the place of Talos' own.
    cni: cilium === undefined ? "flannel" : "none",
    kubeProxy: cilium === undefined || !cilium.kubeProxyReplacement,
    kubePrismPort,
    ...(endpoint.kind === "vip" ? { vip: endpoint.address } : {}),
    certSans: cluster.tlsSans,
    externalCloudProvider: false,
    kubeSpan: cluster.kubeSpan,
    etcdExposeMetrics: platform["kube-prometheus-stack"] !== undefined,
    kubeletArgs: cluster.kubeletArgs,
  };
}

/** A node of the stage as a Talos cluster takes it. */
export function talosNode({ networks }: StageOf<"talos">, node: Node<Pool>): ClusterNode {
  const { pool } = node;
  if (pool.machine !== "talos") throw new Error(`${node.name} runs on ${pool.machine}, which does not boot Talos`);
  const network = networks[node.network];
  if (network?.kind !== "lan") throw new Error(`${node.name} is in network ${node.network}, which is no lan`);
  const single = pool.nodes[String(node.number)];
  return {
    id: node.name,
    name: node.hostname,
    pool: node.poolName,
    role: node.role,
    address: node.address,
    generation: node.generation,
    platform: "metal",
    network: {
      cidr: network.cidr,
      ...(network.gateway === undefined ? {} : { gateway: network.gateway }),
      nameservers: network.nameservers,
      mtu: network.mtu,
    },
    addressing: pool.addressing,
    link: single?.link ?? pool.link ?? "only",
    disk: single?.disk ?? pool.disk,
    labels: node.labels,
    taints: node.taints,
    volumes: [],
    extensionServices: [],
  };
}
