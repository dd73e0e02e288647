import { readFileSync } from "node:fs";
import type { PlannedManifest, PlatformContext } from "./release.ts";
import { hasTraefik } from "./rules.ts";

const root = new URL("../../dashboards/", import.meta.url);

/** Files under dashboards/ by what has to be there for their metrics. Absent: kube-prometheus-stack is enough. */
const files: readonly { readonly name: string; when?(context: PlatformContext): boolean }[] = [
  { name: "cluster" },
  { name: "node" },
  { name: "application" },
  { name: "database", when: ({ releases }) => releases.has("prometheus-mysql-exporter") },
  { name: "traefik", when: hasTraefik },
  { name: "longhorn", when: ({ releases }) => releases.has("longhorn") },
];

/** Grafana's sidecar takes what has this label for a dashboard, in every namespace. Source: the chart's values.yaml. */
const labels = { grafana_dashboard: "1" };

/** Each file as a ConfigMap, word for word. */
export const dashboardManifests = (context: PlatformContext, namespace: string): readonly PlannedManifest[] =>
  files
    .filter(({ when }) => when?.(context) ?? true)
    .map(({ name }) => ({
      manifest: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `groundwork-dashboard-${name}`, namespace, labels },
        data: { [`groundwork-${name}.json`]: readFileSync(new URL(`${name}.json`, root), "utf8") },
      },
    }));

/**
 * k3s's own Traefik shows its metrics and is watched by nobody: its chart makes no monitor unless it is told to.
 * Source: github.com/k3s-io/k3s, manifests/traefik.yaml; port `metrics`: github.com/traefik/traefik-helm-chart.
 */
export function bundledTraefikMonitor(context: PlatformContext, namespace: string): readonly PlannedManifest[] {
  if (!hasTraefik(context) || context.releases.has("traefik")) return [];
  return [
    {
      manifest: {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { name: "k3s-traefik", namespace },
        spec: {
          namespaceSelector: { matchNames: ["kube-system"] },
          selector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
          podMetricsEndpoints: [{ port: "metrics" }],
        },
      },
    },
  ];
}
