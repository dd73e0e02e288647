import { isRecord } from "../record.ts";
import { isBuiltinGroup } from "./builtin.ts";
import { type Manifest, SecretRef } from "./release.ts";

/** `clusterissuer/letsencrypt-production`, `secret/kube-system/hcloud` */
export function objectId({ kind, metadata: { name, namespace } }: Manifest): string {
  return [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name].join("/");
}

/** What an object gives to others by being what it is. */
export function objectProvides(manifest: Manifest): readonly string[] {
  return [`object:${objectId(manifest)}`, ...kindProvides(manifest)];
}

function kindProvides({ kind, metadata }: Manifest): readonly string[] {
  const { name, namespace = "default", annotations = {} } = metadata;
  switch (kind) {
    case "Secret":
      return [`secret:${namespace}/${name}`];
    case "ClusterIssuer":
      return [`issuer:${name}`];
    case "IngressClass":
      return [`ingress-class:${name}`];
    case "StorageClass":
      return annotations["storageclass.kubernetes.io/is-default-class"] === "true"
        ? [`storage-class:${name}`, "default-storage-class"]
        : [`storage-class:${name}`];
    default:
      return [];
  }
}

/**
 * What any object needs: its namespace, the definition of its kind unless Kubernetes knows that, and what its pods and
 * claims name: Secrets and storage classes.
 */
export function objectNeeds(manifest: Manifest): readonly string[] {
  const { apiVersion, kind, metadata } = manifest;
  const { namespace } = metadata;
  const slash = apiVersion.lastIndexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return [
    ...(namespace === undefined ? [] : [`namespace:${namespace}`]),
    ...(isBuiltinGroup(group) ? [] : [`crd:${group}/${kind}`]),
    ...podSecrets(podSpec(manifest)).map((name) => `secret:${namespace ?? "default"}/${name}`),
    ...claims(manifest).map((name) => (name === undefined ? "default-storage-class" : `storage-class:${name}`)),
  ];
}

/** What has to come sooner or later for an object to do its work, and is not waited for. */
export function objectUses({ kind, metadata, spec }: Manifest): readonly string[] {
  switch (kind) {
    case "Ingress": {
      const issuer = metadata.annotations?.["cert-manager.io/cluster-issuer"];
      return [
        ...texts(at(spec, "ingressClassName")).map((name) => `ingress-class:${name}`),
        ...(issuer === undefined ? [] : [`issuer:${issuer}`]),
      ];
    }
    case "Certificate":
      return at(spec, "issuerRef", "kind") === "ClusterIssuer"
        ? texts(at(spec, "issuerRef", "name")).map((name) => `issuer:${name}`)
        : [];
    case "HorizontalPodAutoscaler":
      return ["pod-metrics"];
    default:
      return [];
  }
}

function podSpec({ kind, spec }: Manifest): unknown {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "Job":
      return at(spec, "template", "spec");
    case "CronJob":
      return at(spec, "jobTemplate", "spec", "template", "spec");
    default:
      return undefined;
  }
}

const workloads: ReadonlySet<string> = new Set(["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"]);

/** Its pods need nodes that take them. */
export const hasPods = ({ kind }: Manifest): boolean => workloads.has(kind);

/** Names of the Secrets that a pod cannot start without. */
function podSecrets(spec: unknown): readonly string[] {
  if (spec === undefined) return [];
  const pulls = list(at(spec, "imagePullSecrets")).flatMap((each) => texts(at(each, "name")));
  const volumes = list(at(spec, "volumes")).flatMap((each) => [
    ...required(at(each, "secret"), "secretName"),
    ...list(at(each, "projected", "sources")).flatMap((source) => required(at(source, "secret"), "name")),
  ]);
  const containers = ["initContainers", "containers"].flatMap((key) => list(at(spec, key)));
  const variables = containers.flatMap((container) => [
    ...list(at(container, "envFrom")).flatMap((each) => required(at(each, "secretRef"), "name")),
    ...list(at(container, "env")).flatMap((each) => required(at(each, "valueFrom", "secretKeyRef"), "name")),
  ]);
  return [...new Set([...pulls, ...volumes, ...variables])];
}

const required = (reference: unknown, key: string): readonly string[] =>
  at(reference, "optional") === true ? [] : texts(at(reference, key));

/** Storage class of each claim that an object is or makes; undefined for the default one. */
function claims({ kind, spec }: Manifest): readonly (string | undefined)[] {
  const wanted = (claim: unknown): readonly (string | undefined)[] => {
    const name = at(claim, "storageClassName");
    // A volume that is there already, or the empty class, takes no provisioner.
    if (at(claim, "volumeName") !== undefined || name === "") return [];
    return [typeof name === "string" ? name : undefined];
  };
  switch (kind) {
    case "PersistentVolumeClaim":
      return wanted(spec);
    case "StatefulSet":
      return list(at(spec, "volumeClaimTemplates")).flatMap((each) => wanted(at(each, "spec")));
    default:
      return [];
  }
}

/** The value at a path of plain data; undefined where the path leads nowhere. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (within, key) => (isRecord(within) && !(within instanceof SecretRef) ? within[key] : undefined),
    value,
  );
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : []);
