import type { Run } from "../rehearsal/engine/events.ts";
import type { RecordedResource } from "../rehearsal/recording.ts";

type Order = (before: RecordedResource, after: RecordedResource) => boolean;

const kind = ({ type }: RecordedResource): string => type.split(":").at(-1) ?? "";
const isRelease = (resource: RecordedResource, name?: string): boolean =>
  kind(resource) === "Release" && (name === undefined || resource.name === `release/${name}`);
const ends = ({ name }: RecordedResource, suffix: string): boolean => name.endsWith(suffix);

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
  (a, b) => kind(a) === "Server" && kind(b) === "Command",
  (a, b) => ends(a, "-host-key-install") && kind(b) === "Command",
  // etcd takes one new member at a time; agents and the kubeconfig need an API server.
  (a, b) => ends(a, "-join") && (ends(b, "-join") || ends(b, "-kubeconfig") || ends(b, "-member")),
  // What lives in a namespace comes after it, what a chart expects before it, and its objects after its kinds.
  (a) => kind(a) === "Namespace" || kind(a) === "Secret" || kind(a) === "ServiceAccount",
  (a, b) => isRelease(a) && !isRelease(b) && kind(b) !== "Plan",
  (a, b) => isRelease(a, "system-upgrade-controller") && kind(b) === "Plan",
  // No monitor before its kind, no pod before its node is told what it is, no volume before its driver.
  (a) => isRelease(a, "prometheus-operator-crds") || isRelease(a, "hcloud-cloud-controller-manager"),
  (a, b) => isRelease(a, "hcloud-csi") && isRelease(b, "kube-prometheus-stack"),
];

/** The longest chain of operations of which each must follow the one before, in virtual seconds. */
export function mandatoryChain({ resources }: Run): { readonly seconds: number; readonly names: readonly string[] } {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const chains = new Map<string, { readonly seconds: number; readonly names: readonly string[] }>();
  let longest: { readonly seconds: number; readonly names: readonly string[] } = { seconds: 0, names: [] };
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
      .map((urn) => chains.get(urn))
      .reduce((most, chain) => (chain !== undefined && chain.seconds > (most?.seconds ?? 0) ? chain : most), undefined);
    const seconds = (best?.seconds ?? 0) + resource.end - resource.start;
    const chain = {
      seconds,
      names: resource.end > resource.start ? [...(best?.names ?? []), resource.name] : (best?.names ?? []),
    };
    chains.set(resource.urn, chain);
    if (seconds > longest.seconds) longest = chain;
  }
  return longest;
}
