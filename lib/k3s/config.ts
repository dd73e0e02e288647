import { stringify } from "yaml";
import type { DocumentFile, Node } from "../bootstrap/types.ts";
import { kubeletMaySet } from "../labels.ts";
import { oidcFlags } from "../oidc.ts";
import type { K3sOptions } from "./options.ts";

/**
 * How a node comes to its cluster. `init`: the first server of a cluster that does not exist yet. `join`: through
 * `server`, `host:port`.
 */
export type Membership = { readonly kind: "init" } | { readonly kind: "join"; readonly server: string };

export interface K3sConfigArgs {
  readonly node: Node;
  readonly k3s: K3sOptions;
  readonly membership: Membership;
}

type Value = string | number | boolean | readonly string[];
type Config = Readonly<Record<string, Value>>;

/** What k3s reads on a node, by origin. A key is in one of the three. */
export interface K3sConfig {
  /** The same on every server of the cluster; empty on an agent. */
  readonly cluster: Config;
  /** Of this node alone. */
  readonly node: Config;
  /** `cluster-init` or `server`. In a file of its own, since joining decides it anew on the machine. */
  readonly membership: Config;
}

/**
 * k3s refuses a server whose critical settings differ from its peers'
 * (https://docs.k3s.io/cli/server#critical-configuration-values). They come from `K3sOptions` only, never from the node.
 * No token is in it: tokens reach a machine by SSH, into the files named here.
 */
export function k3sConfig(args: K3sConfigArgs): K3sConfig {
  const { node, membership } = args;
  const server = node.role === "control-plane";
  if (!server && membership.kind === "init") {
    throw new Error(`${node.name} is a worker and cannot start a cluster → give it membership "join"`);
  }
  return {
    cluster: server ? clusterConfig(args.k3s) : {},
    node: nodeConfig(node, args.k3s),
    membership: membershipConfig(membership),
  };
}

function clusterConfig(k3s: K3sOptions): Config {
  const { snapshots } = k3s;
  return {
    "write-kubeconfig-mode": "0600",
    "agent-token-file": "/etc/rancher/k3s/agent-token",
    "tls-san": unique([hostOf(k3s.endpoint), ...k3s.tlsSans]),
    "cluster-cidr": k3s.podCidr,
    "service-cidr": k3s.serviceCidr,
    "cluster-dns": k3s.clusterDns,
    "service-node-port-range": "30000-32767",
    "flannel-backend": k3s.flannelBackend,
    ...(k3s.networkPolicy ? {} : { "disable-network-policy": true }),
    ...(k3s.kubeProxy ? {} : { "disable-kube-proxy": true }),
    ...(k3s.externalCloudProvider ? { "disable-cloud-controller": true } : {}),
    ...(k3s.disable.length > 0 ? { disable: unique(k3s.disable).sort() } : {}),
    ...(k3s.oidc === undefined
      ? {}
      : { "kube-apiserver-arg": Object.entries(oidcFlags(k3s.oidc)).map(([name, value]) => `${name}=${value}`) }),
    "secrets-encryption": k3s.secretsEncryption,
    "etcd-expose-metrics": k3s.etcdExposeMetrics,
    "etcd-snapshot-schedule-cron": snapshots.schedule,
    "etcd-snapshot-retention": snapshots.retention,
    // Any other etcd-s3 flag would make k3s ignore the Secret.
    ...(snapshots.s3ConfigSecret ? { "etcd-s3": true, "etcd-s3-config-secret": snapshots.s3ConfigSecret } : {}),
  };
}

function nodeConfig(node: Node, k3s: K3sOptions): Config {
  const labels = Object.entries(node.labels).map(([key, value]) => {
    refuseProtectedLabel(node.name, key);
    return `${key}=${value}`;
  });
  const kubelet = [...(k3s.externalCloudProvider ? ["cloud-provider=external"] : []), ...k3s.kubeletArgs];
  return {
    "node-name": node.name,
    "token-file": "/etc/rancher/k3s/token",
    // On a tailnet the address is known only on the machine (cloud-init/k3s-address.sh).
    ...(k3s.transport === "private" ? { "node-ip": node.address } : {}),
    "protect-kernel-defaults": true,
    ...(labels.length > 0 ? { "node-label": labels.sort() } : {}),
    ...(node.taints.length > 0 ? { "node-taint": [...node.taints] } : {}),
    ...(kubelet.length > 0 ? { "kubelet-arg": kubelet } : {}),
  };
}

function membershipConfig(membership: Membership): Config {
  switch (membership.kind) {
    case "init":
      return { "cluster-init": true };
    case "join":
      return { server: `https://${membership.server}` };
    default:
      return membership satisfies never;
  }
}

/** The files of `k3sConfig`. config.yaml.d is read after config.yaml and wins. */
export function k3sConfigFiles(args: K3sConfigArgs): readonly DocumentFile[] {
  const config = k3sConfig(args);
  const file = (path: string, content: Config): DocumentFile => ({
    path: `/etc/rancher/k3s/${path}`,
    mode: "0600",
    content: stringify(content, { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }),
  });
  return [
    file("config.yaml", { ...config.cluster, ...config.node }),
    file("config.yaml.d/10-membership.yaml", config.membership),
  ];
}

function refuseProtectedLabel(node: string, key: string): void {
  if (kubeletMaySet(key)) return;
  throw new Error(
    `${node} has the label ${key}, which a kubelet may not set on itself, so it would not start → use a prefix outside kubernetes.io, or set the label from the cluster`,
  );
}

function hostOf(endpoint: string): string {
  const colon = endpoint.lastIndexOf(":");
  if (colon < 0) throw new Error(`the endpoint "${endpoint}" has no port → write host:6443`);
  return endpoint.slice(0, colon);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
