/** What a kubelet may say of its own node. Source: kubernetes/kubernetes, k8s.io/kubelet/pkg/apis/well_known_labels.go */
const allowedKeys: ReadonlySet<string> = new Set([
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);

/**
 * Whether a node starts with a label: a kubelet may set only some of Kubernetes' own on itself, and exits when it is
 * given another (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction).
 * @param key `name` or `prefix/name`
 */
export function kubeletMaySet(key: string): boolean {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? "" : key.slice(0, slash);
  const reserved = /(^|\.)(kubernetes|k8s)\.io$/.test(prefix);
  return !reserved || allowedKeys.has(key) || /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(prefix);
}
