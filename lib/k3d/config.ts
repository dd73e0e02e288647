import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { addressAfter } from "../address.ts";
import { type Oidc, oidcFlags } from "../oidc.ts";

/** A control plane as k3d makes it: the n-th has the n-th place in the configuration, its container the n-th number. */
export interface K3dServer {
  /** Name of the Kubernetes node. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect` */
  readonly taints: readonly string[];
}

export interface K3dPort {
  /** Port of the machine that runs Docker. */
  readonly host: number;
  /** Port of the cluster's nodes: a node port, or one that the bundled load balancer takes. */
  readonly node: number;
}

export interface K3dCluster {
  readonly name: string;
  /** A k3s release, e.g. `v1.36.4+k3s1`. */
  readonly version: string;
  /** In order; the first starts the cluster. */
  readonly servers: readonly [K3dServer, ...K3dServer[]];
  /** Where the API answers on the machine that runs Docker. */
  readonly api: {
    /** Address that the port is opened on. */
    readonly address: string;
    readonly port: number;
    /** Host of the kubeconfig's server address; the API server's certificate holds it. */
    readonly host: string;
  };
  readonly ports: readonly K3dPort[];
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly disable: readonly string[];
  readonly tlsSans: readonly string[];
  /** `name=value`, without leading dashes. */
  readonly kubeletArgs: readonly string[];
  readonly oidc?: Oidc;
  readonly secretsEncryption: boolean;
  readonly snapshots: { readonly schedule: string; readonly retention: number };
  /** Registry -> where it is fetched from instead, e.g. `docker.io` -> `http://mirror.example.com:5000`. */
  readonly mirrors: Readonly<Record<string, string>>;
}

/** Name of a cluster's Docker network: k3d finds a container's cluster network by this beginning. */
export const networkName = (cluster: string): string => `k3d-${cluster}`;

/** Name of the n-th server's container, from 0. */
export const serverContainer = (cluster: string, index: number): string => `k3d-${cluster}-server-${index}`;

/** Name of the container that takes the ports: k3d's load balancer. */
export const balancerContainer = (cluster: string): string => `k3d-${cluster}-serverlb`;

/** Name of the container of a node added by `k3d node create`, which appends the number of the replica. */
export const agentContainer = (name: string): string => `k3d-${name}-0`;

/** The image of a k3s release: a tag has no plus sign. */
export const k3sImage = (version: string): string => `rancher/k3s:${version.replace("+", "-")}`;

/** Label of the servers' containers that holds `configDigest`. */
export const digestLabel = "groundwork.digest";

/**
 * The cluster's configuration as k3d reads it, less the token. Workers are not in it: each comes and goes by itself.
 * Source: k3d.io/stable/usage/configfile, k3d v5.9.0 pkg/config/v1alpha5.
 */
export function k3dConfig(cluster: K3dCluster): Readonly<Record<string, unknown>> {
  const everywhere = ["server:*"];
  const argument = (arg: string, nodeFilters: readonly string[] = everywhere) => ({ arg, nodeFilters });
  return {
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: cluster.name },
    servers: cluster.servers.length,
    agents: 0,
    image: k3sImage(cluster.version),
    kubeAPI: { host: cluster.api.host, hostIP: cluster.api.address, hostPort: String(cluster.api.port) },
    // One that is there already. With a subnet of k3d's own, servers begin at its third address and move with nothing.
    network: networkName(cluster.name),
    ports: cluster.ports.map(({ host, node }) => ({ port: `${host}:${node}`, nodeFilters: ["server:*:proxy"] })),
    ...(Object.keys(cluster.mirrors).length === 0 ? {} : { registries: { config: registries(cluster.mirrors) } }),
    options: {
      k3d: { wait: true, disableLoadbalancer: false, disableImageVolume: false, disableRollback: false },
      k3s: {
        extraArgs: [
          // k3d starts etcd by itself for several servers; a single one gets it too, so that its metrics are there.
          ...(cluster.servers.length === 1 ? [argument("--cluster-init", ["server:0"])] : []),
          argument(`--cluster-cidr=${cluster.podCidr}`),
          argument(`--service-cidr=${cluster.serviceCidr}`),
          argument("--etcd-expose-metrics"),
          argument(`--etcd-snapshot-schedule-cron=${cluster.snapshots.schedule}`),
          argument(`--etcd-snapshot-retention=${cluster.snapshots.retention}`),
          ...(cluster.secretsEncryption ? [argument("--secrets-encryption")] : []),
          ...[...new Set(cluster.disable)].sort().map((part) => argument(`--disable=${part}`)),
          ...[...new Set(cluster.tlsSans)].map((name) => argument(`--tls-san=${name}`)),
          ...cluster.kubeletArgs.map((each) => argument(`--kubelet-arg=${each}`)),
          ...Object.entries(cluster.oidc === undefined ? {} : oidcFlags(cluster.oidc)).map(([name, value]) =>
            argument(`--kube-apiserver-arg=${name}=${value}`),
          ),
          ...cluster.servers.flatMap((server, index) =>
            [
              `--node-name=${server.name}`,
              ...Object.entries(server.labels)
                .sort()
                .map(([key, value]) => `--node-label=${key}=${value}`),
              ...server.taints.map((taint) => `--node-taint=${taint}`),
            ].map((arg) => argument(arg, [`server:${index}`])),
          ),
        ],
      },
      kubeconfig: { updateDefaultKubeconfig: false, switchCurrentContext: false },
    },
  };
}

/** What tells one configuration of a cluster from another: 16 hex digits. The token is no part of it. */
export function configDigest(cluster: K3dCluster): string {
  return createHash("sha256")
    .update(JSON.stringify(k3dConfig(cluster)))
    .digest("hex")
    .slice(0, 16);
}

/** The file that `k3d cluster create` reads. Secret, by its token: letters and digits, since k3d expands `$`. */
export function k3dConfigFile(cluster: K3dCluster, token: string): string {
  if (!/^[A-Za-z0-9]+$/.test(token))
    throw new Error(`the token of ${cluster.name} has characters that k3d would expand → use letters and digits`);
  const { options, ...rest } = k3dConfig(cluster);
  const labels = [{ label: `${digestLabel}=${configDigest(cluster)}`, nodeFilters: ["server:*"] }];
  return stringify(
    { ...rest, token, options: { ...(options as object), runtime: { labels } } },
    { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", aliasDuplicateObjects: false },
  );
}

/** k3s's registries.yaml. k3d takes it as text of more than one line. */
function registries(mirrors: Readonly<Record<string, string>>): string {
  const entries = Object.entries(mirrors).sort();
  return stringify({ mirrors: Object.fromEntries(entries.map(([name, url]) => [name, { endpoint: [url] }])) });
}

export interface K3dAddresses {
  /** CIDR of the Docker network. */
  readonly subnet: string;
  /** Of the first server; the next ones follow it. At least the fourth of the subnet's addresses. */
  readonly firstServer: string;
  readonly servers: number;
}

/**
 * Who has which address. Docker hands out the lowest free one as containers start, k3d starts servers in the order of
 * their numbers (pkg/client/cluster.go, ClusterStart), and before them a container of its own that looks around and is
 * gone again on Linux, but stays under Docker Desktop (pkg/client/environment.go, host.go). So whatever lies below the
 * servers is reserved, but for one: the place of that container, or of one that holds it while the cluster is made.
 */
export function k3dAddresses({ subnet, firstServer, servers }: K3dAddresses) {
  const base = subnet.split("/")[0] ?? "";
  const gateway = addressAfter(base, 1);
  const place = addressAfter(firstServer, -1);
  const reserved: string[] = [];
  for (let next = addressAfter(gateway, 1); next !== place; next = addressAfter(next, 1)) {
    if (reserved.length > 14)
      throw new Error(
        `${firstServer} is too far from the beginning of ${subnet} → begin within its first 16 addresses`,
      );
    reserved.push(next);
  }
  return {
    gateway,
    reserved,
    place,
    servers: Array.from({ length: servers }, (_, index) => addressAfter(firstServer, index)),
    balancer: addressAfter(firstServer, servers),
  };
}
