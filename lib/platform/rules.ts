import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { runsK3s } from "./builtin.ts";
import type { PlannedManifest, PlatformContext, Values } from "./release.ts";

const root = new URL("../../rules/", import.meta.url);

/** Files under rules/ by what has to be there for their metrics. Absent: kube-prometheus-stack is enough. */
const files: readonly { readonly name: string; when?(context: PlatformContext): boolean }[] = [
  { name: "nodes" },
  { name: "pods" },
  { name: "ingress-traefik", when: hasTraefik },
  { name: "ingress-haproxy", when: ({ releases }) => releases.has("haproxy") },
  { name: "mysql", when: ({ releases }) => releases.has("prometheus-mysql-exporter") },
];

export function hasTraefik({ releases, cluster }: PlatformContext): boolean {
  return releases.has("traefik") || (runsK3s(cluster) && !cluster.disable.includes("traefik"));
}

/** Alerts of this program beside the chart's own: each file one PrometheusRule, word for word. */
export const ruleManifests = (context: PlatformContext, namespace: string): readonly PlannedManifest[] =>
  files
    .filter(({ when }) => when?.(context) ?? true)
    .map(({ name }) => ({
      manifest: {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: `groundwork-${name}`, namespace },
        spec: parse(readFileSync(new URL(`${name}.yaml`, root), "utf8")) as Values,
      },
    }));
