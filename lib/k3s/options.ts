import type { Oidc } from "../oidc.ts";

/** What all nodes of one k3s cluster agree on. */
export interface K3sOptions {
  /** A k3s release, e.g. `v1.36.4+k3s1`. */
  readonly version: string;
  /** SHA-256 of the binaries `k3s` and `k3s-arm64` of that release, 64 hex digits; empty for an architecture not used. */
  readonly sha256: { readonly amd64: string; readonly arm64: string };
  /** Where `<mirror>/<version>/k3s` is; default GitHub's releases. */
  readonly mirror?: string;
  /** `host:port` of the API server: a load balancer, a virtual address or a name, never one node's own. */
  readonly endpoint: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** An address in `serviceCidr`. */
  readonly clusterDns: string;
  /** Packaged components that are left out. */
  readonly disable: readonly string[];
  /** More names and addresses of the API server. */
  readonly tlsSans: readonly string[];
  /** `name=value`, without leading dashes. */
  readonly kubeletArgs: readonly string[];
  readonly oidc?: Oidc;
  readonly secretsEncryption: boolean;
  /** etcd's metrics on port 2381 of every server's address; without TLS or authentication. */
  readonly etcdExposeMetrics: boolean;
  readonly snapshots: {
    /** Cron expression. */
    readonly schedule: string;
    /** Number kept. */
    readonly retention: number;
    /** Secret in kube-system, of type `etcd.k3s.cattle.io/s3-config-secret`: snapshots also go there. */
    readonly s3ConfigSecret?: string;
  };
  /** A cloud controller manager of its own is installed: k3s's is left out and kubelets wait for it. */
  readonly externalCloudProvider: boolean;
  readonly flannelBackend: "vxlan" | "host-gw" | "wireguard-native" | "none";
  /** k3s's own NetworkPolicy controller; false when the CNI brings one. */
  readonly networkPolicy: boolean;
  readonly kubeProxy: boolean;
  /** What carries traffic between nodes. */
  readonly transport: "private" | "tailnet";
}
