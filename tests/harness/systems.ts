import type { DockerHostArgs } from "../../lib/bootstrap/docker-host.ts";
import type { NodeDocumentArgs } from "../../lib/bootstrap/document.ts";
import type { GatewayDocumentArgs } from "../../lib/bootstrap/gateway.ts";
import type { HostKey, HostSystem, Network, Node } from "../../lib/bootstrap/types.ts";
import type { K3sOptions } from "../../lib/k3s/options.ts";
import { k3dRelease, k3sDefault } from "../../lib/versions.ts";

/** The layout of the reference system `prod`: what tests of nodes are made of. */

export const network: Network = {
  cidr: "10.0.0.0/16",
  gateway: "10.0.0.1",
  mtu: 1450,
  nameservers: ["185.12.64.1", "185.12.64.2"],
  egress: "gateway",
};

export const k3s: K3sOptions = {
  ...k3sDefault,
  endpoint: "10.0.0.100:6443",
  podCidr: "10.42.0.0/16",
  serviceCidr: "10.43.0.0/16",
  clusterDns: "10.43.0.10",
  disable: ["traefik", "servicelb"],
  tlsSans: ["10.0.1.10", "10.0.1.11", "10.0.1.12", "prod-cluster.example.ts.net"],
  kubeletArgs: ["max-pods=200"],
  secretsEncryption: true,
  etcdExposeMetrics: true,
  snapshots: { schedule: "0 */12 * * *", retention: 5 },
  externalCloudProvider: true,
  flannelBackend: "vxlan",
  networkPolicy: true,
  kubeProxy: true,
  transport: "private",
};

/** `cp-1` … have 10.0.1.10 …, `worker-1` … have 10.0.2.10 …, as in the stack file. */
export function node(pool: "cp" | "worker", number: number): Node {
  const controlPlane = pool === "cp";
  return {
    cluster: "prod",
    name: `${pool}-${number}`,
    role: controlPlane ? "control-plane" : "worker",
    address: `10.0.${controlPlane ? 1 : 2}.${9 + number}`,
    labels: { "groundwork.example.com/pool": pool },
    taints: controlPlane ? ["node-role.kubernetes.io/control-plane=:NoSchedule"] : [],
  };
}

export const hostKey: HostKey = {
  private: "-----BEGIN OPENSSH PRIVATE KEY-----\nTEMPORARY\n-----END OPENSSH PRIVATE KEY-----\n",
  public: "ssh-ed25519 AAAATEMPORARY",
};

const authorizedKeys = ["ssh-ed25519 AAAAGROUNDWORK groundwork", "ssh-ed25519 AAAAPERSON person@example.com"];

export function nodeArgs(
  pool: "cp" | "worker",
  number: number,
  more: Partial<NodeDocumentArgs> = {},
): NodeDocumentArgs {
  return {
    node: node(pool, number),
    network,
    k3s,
    mayInitialise: false,
    authorizedKeys,
    temporaryHostKey: hostKey,
    tailscale: {
      authKey: "tskey-auth-canary",
      hostname: `prod-${pool}-${number}`,
      tags: ["tag:k8s-node"],
      advertiseRoutes: [],
    },
    ...more,
  };
}

/** The same for a host that exists. */
export function existingArgs(pool: "cp" | "worker", number: number, os: HostSystem): NodeDocumentArgs {
  const { temporaryHostKey: _, ...args } = nodeArgs(pool, number);
  return { ...args, network: { ...network, egress: "public" }, existing: { os }, packages: ["nfs-utils"] };
}

export const gatewayArgs: GatewayDocumentArgs = {
  name: "gateway",
  address: "10.0.0.2",
  network,
  authorizedKeys,
  temporaryHostKey: hostKey,
  tailscale: {
    authKey: "tskey-auth-canary",
    hostname: "prod-gateway",
    tags: ["tag:k8s-node"],
    advertiseRoutes: ["10.0.0.0/16"],
  },
};

/** As homelab-staging has it: a network that is there, no tailnet. */
export const dockerHostArgs: DockerHostArgs = {
  name: "staging-docker-1",
  address: "10.0.40.52",
  network: { cidr: "10.0.40.0/24", gateway: "10.0.40.1", mtu: 1500, nameservers: ["10.0.40.1"], egress: "public" },
  authorizedKeys,
  temporaryHostKey: hostKey,
  k3d: k3dRelease,
};
