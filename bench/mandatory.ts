import { chartFacts } from "../lib/platform/facts.ts";
import type { Run } from "../rehearsal/engine/events.ts";
import { objectNeeds, releaseNeeds } from "../rehearsal/kubernetes/needs.ts";
import type { RecordedResource } from "../rehearsal/recording.ts";

type Order = (before: RecordedResource, after: RecordedResource) => boolean;

const kind = ({ type }: RecordedResource): string => type.split(":").at(-1) ?? "";
const isRelease = (resource: RecordedResource, name?: string): boolean =>
  kind(resource) === "Release" && (name === undefined || resource.name === `release/${name}`);
const ends = ({ name }: RecordedResource, suffix: string): boolean => name.endsWith(suffix);

const isMachine = (resource: RecordedResource): boolean => ["Server", "VmLegacy", "Vm"].includes(kind(resource));

/** Releases and objects that storage classes come with: the last thing that has to be there. */
const storage =
  /^(release\/(hcloud-csi|longhorn|proxmox-csi-plugin|local-path-provisioner|nfs-subdir-external-provisioner|democratic-csi-.*)|persistentvolumeclaim\/rook-ceph\/first-volume)$/;

/** What its pods, or itself, want of the cluster, as far as its inputs say. */
function needsOf(resource: RecordedResource) {
  const { inputs } = resource;
  if (!isRelease(resource)) return objectNeeds(kind(resource), inputs);
  const { chart, values } = inputs;
  const known = typeof values === "object" && values !== null ? (values as Readonly<Record<string, unknown>>) : {};
  return releaseNeeds(String(chart), known, chartFacts(String(chart)));
}

/** Orders that no program can do without, each for its reason; beside these, only values and providers count. */
const orders: readonly Order[] = [
  // Docker comes with the first boot of its host, nodes of k3d with the cluster.
  (a, b) => kind(a) === "VmLegacy" && kind(b) === "Command",
  (a, b) => ends(a, "-boot") && ends(b, "-cluster"),
  (a, b) => ends(a, "-cluster") && (ends(b, "-node") || ends(b, "-kubeconfig")),
  // A server attaches to a subnet that is there, and without a way out its first boot reaches nothing.
  (a, b) =>
    ["NetworkSubnet", "NetworkRoute"].includes(kind(a)) &&
    ["Server", "NetworkRoute", "LoadBalancerNetwork"].includes(kind(b)),
  // A command needs the machine, the way to it, and the host key that it pins.
  (a, b) => isMachine(a) && kind(b) === "Command",
  (a, b) => ["-host-key-install", "-setup", "-reach"].some((step) => ends(a, step)) && kind(b) === "Command",
  // etcd takes one new member at a time; agents and the kubeconfig need an API server.
  (a, b) => ends(a, "-join") && (ends(b, "-join") || ends(b, "-kubeconfig") || ends(b, "-member")),
  // k3d's nodes need Docker, then the cluster, and get their addresses in the order in which they are made.
  (a, b) => ["-boot", "-cluster", "-node"].some((step) => ends(a, step)) && kind(b) === "Command",
  // Talos starts etcd once, on machines that all have their configuration.
  (a, b) => ends(a, "-apply") && (ends(b, "-bootstrap") || ends(b, "-member")),
  (a, b) => ends(a, "-bootstrap") && (ends(b, "-kubeconfig") || ends(b, "-member")),
  // What lives in a namespace comes after it, what a chart expects before it, and its objects after its kinds.
  (a) => kind(a) === "Namespace" || kind(a) === "Secret" || kind(a) === "ServiceAccount",
  (a, b) => isRelease(a) && !isRelease(b),
  // Nodes are upgraded, which restarts them, once nothing is being installed on them.
  (_, b) => kind(b) === "Plan",
  // No monitor before its kind, no pod before its node is told what it is, no volume before its driver.
  (a) => isRelease(a, "prometheus-operator-crds") || isRelease(a, "hcloud-cloud-controller-manager"),
  (a, b) =>
    storage.test(a.name) &&
    ((needsOf(b)?.claims.length ?? 0) > 0 ||
      ["linkding", "vault"].some((name) => isRelease(b, name)) ||
      ["ValkeyCluster", "ClickHouseInstallation", "ClickHouseKeeperInstallation"].includes(kind(b))),
  (a) => kind(a) === "PersistentVolumeClaim",
  // An authority signs with a certificate of its own, and what Flux applies says itself what it comes after.
  (a, b) => kind(a) === "Certificate" && kind(b) === "ClusterIssuer",
  (_, b) => kind(b) === "Kustomization",
  // A Service that asks for an address of a pool gets it once the pool is there, and Helm waits for it.
  (a, b) => ["CiliumLoadBalancerIPPool", "IPAddressPool"].includes(kind(a)) && isRelease(b, "traefik"),
  // PostgreSQL archives into a store that is there, and what is not there is not backed up; replicas need their keeper.
  (a, b) => kind(a) === "ObjectStore" && kind(b) === "Cluster",
  (a, b) => kind(a) === "Cluster" && kind(b) === "ScheduledBackup",
  (a, b) => kind(a) === "ClickHouseKeeperInstallation" && kind(b) === "ClickHouseInstallation",
  // Plugin and operator know each other by certificates that cert-manager makes.
  (a, b) => isRelease(a, "cert-manager") && isRelease(b, "plugin-barman-cloud"),
  // No pod before its node has a network, and no cluster of Ceph before those who make it.
  (a, b) => isRelease(a, "cilium") && needsOf(b)?.pods !== undefined,
  (a, b) => isRelease(a, "rook-ceph") && (isRelease(b, "ceph-csi-drivers") || isRelease(b, "rook-ceph-cluster")),
];

interface Chain {
  readonly seconds: number;
  readonly names: readonly string[];
}

export interface Mandatory extends Chain {
  /** What began the longest after everything that it had to wait for, and by how many virtual seconds. */
  readonly idle: { readonly name: string; readonly seconds: number };
}

const none: Chain = { seconds: 0, names: [] };

/** The longest chain of operations of which each must follow the one before, in virtual seconds. */
export function mandatoryChain({ resources }: Run): Mandatory {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const chains = new Map<string, Chain>();
  let longest = none;
  let idle = { name: "nothing", seconds: 0 };
  for (const resource of resources) {
    if (!resource.custom) continue;
    const values = new Set([
      ...Object.values(resource.propertyDependencies).flat(),
      ...(resource.options.provider === undefined
        ? []
        : [resource.options.provider.split("::").slice(0, 4).join("::")]),
    ]);
    const before = [...new Set([...values, ...resource.dependencies])].filter((urn) => {
      const other = byUrn.get(urn);
      return other !== undefined && (values.has(urn) || orders.some((order) => order(other, resource)));
    });
    const best = before
      .map((urn) => chains.get(urn) ?? none)
      .reduce((most, chain) => (chain.seconds > most.seconds ? chain : most), none);
    const takes = resource.end - resource.start;
    if (resource.start - best.seconds > idle.seconds)
      idle = { name: resource.name, seconds: resource.start - best.seconds };
    const chain = { seconds: best.seconds + takes, names: takes > 0 ? [...best.names, resource.name] : best.names };
    chains.set(resource.urn, chain);
    if (chain.seconds > longest.seconds) longest = chain;
  }
  return { ...longest, idle };
}
