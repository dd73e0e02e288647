import { z } from "zod";
import { chartKinds } from "../facts.ts";
import { type Exposure, exposedHosts, exposure, exposureAnnotations, exposureUrl, exposureUses } from "../ingress.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, type PlatformContext, type Values } from "../release.ts";
import { absolutePath, defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  default: defaultClass(true),
  replicas: z.int().min(1).max(10).default(3).meta({ description: "Copies of each volume, on nodes of their own." }),
  softAntiAffinity: z.boolean().default(true).meta({
    description: "Two copies of a volume may share a node while there are too few nodes, instead of one going missing.",
  }),
  autoBalance: z
    .enum(["disabled", "least-effort", "best-effort"])
    .default("least-effort")
    .meta({ description: "How hard copies are spread anew when nodes come back." }),
  dataPath: absolutePath("/var/lib/longhorn").optional().meta({
    description: "Directory of the copies on every node. Absent: /var/lib/longhorn, on Talos /var/mnt/longhorn.",
  }),
  reclaimPolicy,
  exposed: exposure.optional().meta({
    description: "Reach its web page from outside. It has no sign-on of its own: put one before it.",
  }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "longhorn",
  repository: "https://charts.longhorn.io",
  // renovate: datasource=helm depName=longhorn registryUrl=https://charts.longhorn.io
  version: "1.12.1",
};

/** Chart facts: github.com/longhorn/longhorn, chart/; settings: longhorn.io/docs, "Settings reference". */
export const longhorn = defineRelease({
  name: "longhorn",
  description: "Replicated block volumes on the nodes' own disks, class `longhorn`.",
  chart,
  // The only namespace that it works in.
  namespace: "longhorn-system",
  podSecurity: "privileged",
  options,
  provides: ({ default: standard }) => [...storageClass("longhorn", standard), ...chartKinds(chart.chart)],
  needs: (_, context) => serviceMonitors(context),
  uses: ({ exposed }) => exposureUses(exposed),
  nodeNeeds: () => ["iscsi", "nfs", "multipath-off", "util-linux", "longhorn-volume"],
  values: (chosen, context) => ({
    persistence: {
      defaultClass: chosen.default,
      // The class's own count; the setting below is for volumes that are made on the web page.
      defaultClassReplicaCount: chosen.replicas,
      reclaimPolicy: chosen.reclaimPolicy,
    },
    defaultSettings: settings(chosen, context),
    metrics: { serviceMonitor: { enabled: monitored(context) } },
    ingress: ingress(chosen.exposed),
  }),
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ replicas, softAntiAffinity }, { controlPlanes, workers }) => {
    const nodes = controlPlanes.length + workers.length;
    if (softAntiAffinity || replicas <= nodes) return [];
    return [
      {
        path: ["replicas"],
        message: `${replicas} copies on nodes of their own, and the stage has ${nodes} ${nodes === 1 ? "node" : "nodes"}`,
        remedy: `lower replicas to ${nodes}, or set softAntiAffinity: true`,
      },
    ];
  },
  timeout: 900,
});

function settings(
  { replicas, softAntiAffinity, autoBalance, dataPath }: Options,
  { cluster }: PlatformContext,
): Values {
  return {
    defaultReplicaCount: replicas,
    replicaSoftAntiAffinity: softAntiAffinity,
    replicaAutoBalance: autoBalance,
    defaultDataPath: dataPath ?? (cluster.distribution === "talos" ? "/var/mnt/longhorn" : "/var/lib/longhorn"),
    // Without it the chart's own Job refuses to uninstall, and the release can never be removed.
    deletingConfirmationFlag: true,
  };
}

/** The chart takes one host, and says of a certificate only that there is one. */
function ingress(exposed: Exposure | undefined): Values {
  if (exposed === undefined) return { enabled: false };
  const { host, ingressClass } = exposed;
  const annotations = exposureAnnotations(exposed);
  return {
    enabled: true,
    ingressClassName: ingressClass,
    host,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(exposureUrl(exposed).startsWith("https:") && exposed.resolver === undefined
      ? { tls: true, tlsSecret: "longhorn-tls" }
      : {}),
  };
}
