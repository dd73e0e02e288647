import { readFileSync } from "node:fs";
import { z } from "zod";
import { labelKey, url } from "../../primitives.ts";
import { lokiUrl } from "../loki.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, type PlatformContext } from "../release.ts";

const options = z.strictObject({
  ...commonOptions,
  url: url.optional().meta({
    description: "Loki to write to, such as https://loki.example.com. Absent: the stage's own.",
  }),
  labels: z
    .record(labelKey.regex(/^[a-zA-Z_]\w*$/), z.string().regex(/^[^"\\\n]*$/))
    .default({})
    .meta({ description: "Added to every line beside cluster, namespace, pod, container, node and app." }),
});
type Options = z.output<typeof options>;

/** Where it remembers how far it has read, on the node: a new pod goes on from there. */
const state = "/var/lib/alloy";
const pipeline = readFileSync(new URL("alloy.river", import.meta.url), "utf8");

/** Chart facts: github.com/grafana/alloy, operations/helm/charts/alloy; components: grafana.com/docs/alloy. */
export const alloy = defineRelease({
  name: "alloy",
  description:
    "Grafana Alloy on every node: it sends the logs of all pods to Loki. It stands where Promtail stood, which is at its end of life.",
  chart: {
    chart: "alloy",
    repository: "https://grafana.github.io/helm-charts",
    // renovate: datasource=helm depName=alloy registryUrl=https://grafana.github.io/helm-charts
    version: "1.11.1",
  },
  namespace: "alloy",
  // It mounts the node's /var/log.
  podSecurity: "privileged",
  options,
  needs: (_, context) => serviceMonitors(context),
  values: (chosen, context) => ({
    crds: { create: false },
    alloy: {
      configMap: { content: configuration(chosen, context) },
      enableReporting: false,
      storagePath: state,
      mounts: { varlog: true, extra: [{ name: "state", mountPath: state }] },
      // Files of pods are root's.
      securityContext: { runAsUser: 0 },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    },
    controller: {
      type: "daemonset",
      // Nodes with taints have logs too.
      tolerations: [{ operator: "Exists" }],
      volumes: { extra: [{ name: "state", hostPath: { path: state, type: "DirectoryOrCreate" } }] },
    },
    serviceMonitor: { enabled: monitored(context) },
  }),
  faults: (chosen, context) =>
    chosen.url !== undefined || lokiUrl(context) !== undefined
      ? []
      : [
          {
            path: [],
            message: "it collects logs for Loki, which is off",
            remedy: "add groundwork:platform.loki, or the url of another Loki",
          },
        ],
});

function configuration({ url: other, labels }: Options, context: PlatformContext): string {
  const to = (other ?? lokiUrl(context) ?? "").replace(/\/+$/, "");
  const added = Object.entries({ cluster: context.cluster.name, ...labels });
  const lines = added.map(([name, value]) => `    ${name} = "${value}",`);
  return [
    pipeline,
    'loki.write "loki" {',
    "  endpoint {",
    `    url = "${to}/loki/api/v1/push"`,
    "  }",
    "  external_labels = {",
    ...lines,
    "  }",
    "}",
    "",
  ].join("\n");
}
