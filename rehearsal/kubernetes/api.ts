import { isRecord } from "../../lib/record.ts";
import { type Cluster, isAlive } from "../command/k3s/cluster.ts";
import type { ChartFacts } from "./charts.ts";
import { builtinScope, type Kind } from "./kinds.ts";

export interface StoredObject {
  /** URN of the resource that made it; undefined for what comes with the cluster. */
  readonly urn: string | undefined;
  readonly kind: Pick<Kind, "group" | "kind">;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Virtual time from which it exists. */
  from: number;
}

export interface InstalledRelease {
  readonly urn: string;
  /** The resource's name, to speak of it. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Undefined for a chart that the catalogue does not know: it may bring any kind. */
  readonly facts: ChartFacts | undefined;
  readonly revision: number;
  /** Virtual time from which its kinds exist. */
  installedAt: number;
  /** Virtual time from which its pods are ready. */
  readyAt: number;
}

/** What a cluster's API server holds. */
export interface Api {
  readonly objects: Map<string, StoredObject>;
  /** By `<namespace>/<name>`. */
  readonly releases: Map<string, InstalledRelease>;
}

export function objectKey(kind: Pick<Kind, "group" | "kind">, namespace: string | undefined, name: string): string {
  return [kind.group, kind.kind, namespace ?? "", name].join("/");
}

/** A custom kind's origin. */
export interface Bringer {
  readonly urn: string | undefined;
  readonly resource: string;
  readonly from: number;
}

export type KnownKind =
  | { readonly scope: "Namespaced" | "Cluster"; readonly bringers: readonly Bringer[] }
  /** Perhaps: a release whose chart nobody has facts of is there. */
  | { readonly scope: undefined; readonly bringers: readonly Bringer[] };

/** Who serves a kind; undefined when nobody does. */
export function findKind(api: Api, kind: Kind): KnownKind | undefined {
  const builtin = builtinScope(kind);
  if (builtin !== undefined) return { scope: builtin, bringers: [] };
  const found: { readonly scope: "Namespaced" | "Cluster"; readonly bringer: Bringer }[] = [];
  for (const release of api.releases.values()) {
    const match = release.facts?.kinds.find(
      (each) => each.group === kind.group && each.kind === kind.kind && each.versions.includes(kind.version),
    );
    const bringer = { urn: release.urn, resource: release.resource, from: release.installedAt };
    if (match !== undefined) found.push({ scope: match.scope, bringer });
  }
  for (const object of api.objects.values()) {
    const scope = definedScope(object, kind);
    if (scope !== undefined)
      found.push({ scope, bringer: { urn: object.urn, resource: object.name, from: object.from } });
  }
  const [first] = found;
  if (first !== undefined) return { scope: first.scope, bringers: found.map(({ bringer }) => bringer) };
  const unknown = [...api.releases.values()].filter((release) => release.facts === undefined);
  if (unknown.length === 0) return undefined;
  return {
    scope: undefined,
    bringers: unknown.map(({ urn, resource, installedAt }) => ({ urn, resource, from: installedAt })),
  };
}

/** The scope that a CustomResourceDefinition gives a kind, if it defines it. */
function definedScope({ kind: own, inputs }: StoredObject, kind: Kind): "Namespaced" | "Cluster" | undefined {
  const spec = inputs.spec;
  if (own.kind !== "CustomResourceDefinition" || !isRecord(spec)) return undefined;
  const { group, names, scope, versions } = spec;
  if (group !== kind.group || !isRecord(names) || names.kind !== kind.kind || !Array.isArray(versions))
    return undefined;
  const served = versions.some(
    (version) => isRecord(version) && version.name === kind.version && version.served !== false,
  );
  if (!served) return undefined;
  return scope === "Cluster" ? "Cluster" : "Namespaced";
}

export interface Apis {
  of(cluster: Cluster): Api;
  /** The run has ended: everything exists by the time that the next one starts. */
  settle(): void;
}

export function createApis(): Apis {
  const apis = new Map<Cluster, Api>();
  return {
    of(cluster) {
      const api = apis.get(cluster) ?? freshApi(cluster);
      apis.set(cluster, api);
      return api;
    },
    settle() {
      for (const [cluster, api] of apis) {
        if (!isAlive(cluster)) apis.delete(cluster);
        for (const object of api.objects.values()) object.from = Number.NEGATIVE_INFINITY;
        for (const release of api.releases.values()) {
          release.installedAt = Number.NEGATIVE_INFINITY;
          release.readyAt = Number.NEGATIVE_INFINITY;
        }
      }
    },
  };
}

/** What Kubernetes, and k3s unless the cluster is plain, puts into a new cluster. Source: docs.k3s.io/installation/packaged-components, docs.k3s.io/storage. */
function freshApi(cluster: Cluster): Api {
  const api: Api = { objects: new Map(), releases: new Map() };
  const add = (group: string, kind: string, name: string, inputs: Readonly<Record<string, unknown>> = {}): void => {
    const from = Number.NEGATIVE_INFINITY;
    api.objects.set(objectKey({ group, kind }, undefined, name), {
      ...{ urn: undefined, kind: { group, kind }, namespace: undefined, name, inputs, from },
    });
  };
  const define = (group: string, version: string, kinds: readonly string[]): void => {
    for (const kind of kinds) {
      const spec = { group, names: { kind }, scope: "Namespaced", versions: [{ name: version }] };
      add("apiextensions.k8s.io", "CustomResourceDefinition", `${kind.toLowerCase()}s.${group}`, { spec });
    }
  };
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) add("", "Namespace", name);
  for (const name of ["admin", "cluster-admin", "edit", "view"]) add("rbac.authorization.k8s.io", "ClusterRole", name);
  if (cluster.settings.plain) return api;
  define("helm.cattle.io", "v1", ["HelmChart", "HelmChartConfig"]);
  define("k3s.cattle.io", "v1", ["Addon", "ETCDSnapshotFile"]);
  const { disabled } = cluster.settings;
  if (!disabled.includes("local-storage")) {
    add("storage.k8s.io", "StorageClass", "local-path", { metadata: { annotations: { [defaultClass]: "true" } } });
  }
  if (!disabled.includes("traefik")) {
    define("traefik.io", "v1alpha1", [
      "IngressRoute",
      "IngressRouteTCP",
      "IngressRouteUDP",
      "Middleware",
      "MiddlewareTCP",
      "ServersTransport",
      "TLSOption",
      "TLSStore",
      "TraefikService",
    ]);
    add("networking.k8s.io", "IngressClass", "traefik");
  }
  return api;
}

/** The annotation of the storage class that claims without one get. */
export const defaultClass = "storageclass.kubernetes.io/is-default-class";
