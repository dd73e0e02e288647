import { chartKinds } from "./facts.ts";
import type { Capability, PlatformContext } from "./release.ts";

/** k3d's nodes are k3s's, in containers. */
export const runsK3s = ({ distribution }: PlatformContext["cluster"]): boolean =>
  distribution === "k3s" || distribution === "k3d";

/**
 * What the cluster brings without any release. Source: docs.k3s.io/networking/networking-services and
 * docs.k3s.io/storage; `local-path` carries the annotation of a default class.
 */
export function builtin(cluster: PlatformContext["cluster"]): ReadonlySet<Capability> {
  if (!runsK3s(cluster)) return new Set();
  const parts: readonly (readonly [string, readonly Capability[]])[] = [
    ["local-storage", ["storage-class:local-path", "default-storage-class"]],
    ["servicelb", ["load-balancer"]],
    ["traefik", ["ingress-class:traefik", ...chartKinds("traefik")]],
    ["metrics-server", ["pod-metrics"]],
  ];
  return new Set([
    "crd:helm.cattle.io/HelmChart",
    "crd:helm.cattle.io/HelmChartConfig",
    ...parts.flatMap(([part, brings]) => (cluster.disable.includes(part) ? [] : brings)),
  ]);
}

/** The part of k3s (an entry of `cluster.disable`) that brings a capability. */
export function builtinPart(capability: string): string | undefined {
  switch (capability) {
    case "storage-class:local-path":
    case "default-storage-class":
      return "local-storage";
    case "load-balancer":
      return "servicelb";
    case "ingress-class:traefik":
      return "traefik";
    case "pod-metrics":
      return "metrics-server";
    default:
      return undefined;
  }
}

/** Namespaces that every cluster has: nobody makes them, and their labels are left alone. */
export const builtinNamespaces: ReadonlySet<string> = new Set([
  "default",
  "kube-node-lease",
  "kube-public",
  "kube-system",
]);

/** API groups of Kubernetes itself beside those without a dot. Source: kubernetes.io/docs/reference/generated/kubernetes-api */
const builtinGroups: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** False for groups whose kinds take a custom resource definition. */
export const isBuiltinGroup = (group: string): boolean => !group.includes(".") || builtinGroups.has(group);
