import { isRecord } from "../../lib/record.ts";

/** What a chart makes of a cluster, as far as others come to depend on it. */
export interface ChartFacts {
  /** Custom kinds that its installation brings. */
  readonly kinds: readonly {
    readonly group: string;
    readonly kind: string;
    readonly versions: readonly string[];
    readonly scope: "Namespaced" | "Cluster";
  }[];
  /** Admission webhooks: with `Fail`, the objects that they guard are refused until their service answers. */
  readonly webhooks: readonly {
    readonly service: string;
    readonly failurePolicy: "Fail" | "Ignore";
    readonly group: string;
    /** Absent: every kind of the group. */
    readonly kinds?: readonly string[];
  }[];
  readonly services: readonly { readonly name: string; readonly namespace?: string }[];
  /** False: it installs definitions only. Absent: it has pods. */
  readonly pods?: boolean;
  /** Virtual seconds until its pods are ready on nodes that take them. Absent: the general estimate. */
  readonly seconds?: number;
  /** Kinds, as `<group>/<version>/<Kind>`, that its objects are of with these values. Absent: read from the values. */
  needsKinds?(values: Readonly<Record<string, unknown>>): readonly string[];
}

/** The catalogue of charts; undefined for one that nobody has written facts of. */
export type Charts = (chart: string, repository: string | undefined) => ChartFacts | undefined;

/** A chart's own name, whether it is named in a repository or as `oci://registry/path/name`. */
export function chartName(chart: string): string {
  return chart.slice(chart.lastIndexOf("/") + 1);
}

/** Render nothing where a kind that they would use is missing, instead of failing. Source: their templates. */
const silentlySkipping = new Set(["argo-cd", "hcloud-cloud-controller-manager"]);

const monitors: Readonly<Record<string, string>> = {
  servicemonitor: "monitoring.coreos.com/v1/ServiceMonitor",
  podmonitor: "monitoring.coreos.com/v1/PodMonitor",
  prometheusrule: "monitoring.coreos.com/v1/PrometheusRule",
};

/**
 * Kinds that a chart's objects are of beside Kubernetes' own, by the convention that nearly all charts follow:
 * `serviceMonitor.enabled: true` makes a ServiceMonitor, and so on.
 */
export function neededKinds(
  chart: string,
  facts: ChartFacts | undefined,
  values: Readonly<Record<string, unknown>>,
): string[] {
  if (facts?.needsKinds !== undefined) return [...facts.needsKinds(values)];
  const name = chartName(chart);
  if (silentlySkipping.has(name)) return [];
  const found = new Set<string>();
  // Its own monitors are the point of this chart; its bundled definitions come with `crds.enabled`, on by default.
  if (name === "kube-prometheus-stack") {
    const crds = values.crds;
    const bundled = !(isRecord(crds) && crds.enabled === false);
    if (bundled) return [];
    found.add("monitoring.coreos.com/v1/Prometheus");
  }
  walk(values, (key, value) => {
    const kind = monitors[key.toLowerCase()];
    if (kind !== undefined && isRecord(value) && value.enabled === true) found.add(kind);
  });
  return [...found];
}

/** Every key at any depth, with its value. */
export function walk(value: unknown, visit: (key: string, value: unknown) => void): void {
  if (Array.isArray(value)) for (const element of value) walk(element, visit);
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    visit(key, inner);
    walk(inner, visit);
  }
}
