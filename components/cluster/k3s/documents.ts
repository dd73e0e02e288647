import type { Pool } from "../../../config/pools.ts";
import { snapshotSecretName } from "../../../config/snapshots.ts";
import type { Stage, StageOf } from "../../../config/stage.ts";
import { cidr, formatAddress } from "../../../lib/address.ts";
import { type NodeDocumentArgs, nodeDocument } from "../../../lib/bootstrap/document.ts";
import { gatewayDocument } from "../../../lib/bootstrap/gateway.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import type { K3sOptions } from "../../../lib/k3s/options.ts";
import type { Node } from "../../../lib/nodes.ts";
import type { NodeProvision } from "../../../lib/platform/node-needs.ts";
import { k3sChecksums } from "../../../lib/versions.ts";
import type { BootSecrets, PlannedGateway } from "../../machines/machine.ts";
import { hostNetwork, tailscaleOf } from "../surroundings.ts";

export type K3sStage = StageOf<"k3s">;

/** Kubernetes' own choice by custom: the tenth address of the services' network. */
const clusterDns = (serviceCidr: string): string => formatAddress(cidr(serviceCidr).first + 10);

export function k3sOptions(stage: K3sStage, endpoint: string, tlsSans: readonly string[]): K3sOptions {
  const { cluster } = stage;
  const known = { ...k3sChecksums(cluster.version), ...cluster.sha256 };
  return {
    version: cluster.version,
    sha256: { amd64: known.amd64 ?? "", arm64: known.arm64 ?? "" },
    ...(cluster.mirror === undefined ? {} : { mirror: cluster.mirror }),
    endpoint,
    podCidr: cluster.podCidr,
    serviceCidr: cluster.serviceCidr,
    clusterDns: clusterDns(cluster.serviceCidr),
    disable: cluster.disable,
    tlsSans: [...tlsSans, ...cluster.tlsSans],
    kubeletArgs: cluster.kubeletArgs,
    ...(cluster.oidc === undefined ? {} : { oidc: cluster.oidc }),
    secretsEncryption: cluster.secretsEncryption,
    etcdExposeMetrics: true,
    snapshots: {
      ...{ schedule: cluster.snapshots.schedule, retention: cluster.snapshots.keep },
      ...(cluster.snapshots.s3 === undefined ? {} : { s3ConfigSecret: snapshotSecretName }),
    },
    externalCloudProvider: stage.platform["hcloud-cloud-controller-manager"] !== undefined,
    ...network(stage),
    transport: cluster.transport,
  };
}

/**
 * Nodes that offer their network to the tailnet, as gateways do, so that the API and SSH are reached at private addresses:
 * control planes, and where a network has neither those nor a gateway two of its nodes, for when one is away.
 */
export function tailnetRouters(
  { networks, access }: Pick<Stage, "networks" | "access">,
  nodes: readonly Node<Pool>[],
): ReadonlySet<string> {
  if (access.via !== "tailnet") return new Set();
  const routers = [...Map.groupBy(nodes, ({ network }) => network)].flatMap(([name, there]) => {
    const controlPlanes = there.filter(({ role }) => role === "control-plane");
    const network = networks[name];
    if (controlPlanes.length > 0) return controlPlanes;
    return network?.kind === "hetzner" && network.egress === "gateway" ? [] : there.slice(0, 2);
  });
  return new Set(routers.map(({ name }) => name));
}

/** False: a release of the platform brings the pods' network. */
export const bringsNetwork = (stage: K3sStage): boolean => network(stage).flannelBackend !== "none";

/** What k3s brings of the network, less what a release does in its place. */
function network({ platform }: K3sStage): Pick<K3sOptions, "flannelBackend" | "networkPolicy" | "kubeProxy"> {
  const cilium = platform.cilium as { readonly kubeProxyReplacement: boolean } | undefined;
  return cilium === undefined
    ? { flannelBackend: "vxlan", networkPolicy: true, kubeProxy: true }
    : { flannelBackend: "none", networkPolicy: false, kubeProxy: !cilium.kubeProxyReplacement };
}

export interface NodeDocumentRequest {
  readonly stage: K3sStage;
  readonly node: Node<Pool>;
  /** `host:port` that nodes join through. */
  readonly endpoint: string;
  readonly tlsSans: readonly string[];
  readonly mayInitialise: boolean;
  /** What the platform's releases expect of every node. */
  readonly provision: NodeProvision;
  /** Names of the nodes that offer their network to the tailnet. */
  readonly routers: ReadonlySet<string>;
}

/** What a machine is to be a k3s node. */
export function k3sDocument(
  { stage, node, endpoint, tlsSans, mayInitialise, provision, routers }: NodeDocumentRequest,
  secrets: BootSecrets,
): Document {
  const network = stage.networks[node.network];
  if (network === undefined)
    throw new Error(`${node.name} is in network ${node.network}, which the stage does not have`);
  const tailscale = tailscaleOf(stage, node.hostname, node.network, routers.has(node.name), secrets.tailnetKey);
  return nodeDocument({
    provision,
    node: {
      cluster: stage.cluster.name,
      name: node.hostname,
      role: node.role,
      address: node.address,
      labels: node.labels,
      taints: node.taints,
    },
    network: hostNetwork(network),
    k3s: k3sOptions(stage, endpoint, tlsSans),
    mayInitialise,
    ...existingHost(node, provision.packages),
    ...(secrets.temporaryHostKey === undefined ? {} : { temporaryHostKey: secrets.temporaryHostKey }),
    authorizedKeys: secrets.authorizedKeys,
    ...(tailscale === undefined ? {} : { tailscale }),
  });
}

/** A host that exists says what runs on it, and keeps more of its own than a machine that is made. */
function existingHost(
  { pool }: Node<Pool>,
  needed: NodeProvision["packages"],
): Pick<NodeDocumentArgs, "existing" | "packages"> {
  if (!("os" in pool)) return { packages: needed.debian };
  return { existing: { os: pool.os }, packages: [...new Set([...needed[pool.os], ...pool.packages])] };
}

/** What a network's NAT gateway is. */
export function natGatewayDocument(stage: Stage, gateway: PlannedGateway, secrets: BootSecrets): Document {
  const tailscale = tailscaleOf(stage, gateway.hostname, gateway.networkName, true, secrets.tailnetKey);
  return gatewayDocument({
    name: gateway.hostname,
    address: gateway.address,
    network: hostNetwork(gateway.network),
    ...(secrets.temporaryHostKey === undefined ? {} : { temporaryHostKey: secrets.temporaryHostKey }),
    authorizedKeys: secrets.authorizedKeys,
    ...(tailscale === undefined ? {} : { tailscale }),
  });
}
