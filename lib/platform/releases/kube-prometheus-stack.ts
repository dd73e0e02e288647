import { z } from "zod";
import { address, duration } from "../../primitives.ts";
import { alertmanagerOptions } from "../alertmanager/options.ts";
import { receiverFaults, receiverManifests, receiverSecrets } from "../alertmanager/receivers.ts";
import { runsK3s } from "../builtin.ts";
import { bundledTraefikMonitor, dashboardManifests } from "../dashboards.ts";
import { grafanaOptions } from "../grafana/options.ts";
import { grafanaFaults, grafanaManifests, grafanaNeeds, grafanaSecrets, grafanaValues } from "../grafana/values.ts";
import { exposedHosts, exposure, exposureUrl, exposureUses, ingressValues } from "../ingress.ts";
import { commonOptions, defineRelease, type PlatformContext, type Values } from "../release.ts";
import { ruleManifests } from "../rules.ts";
import { claimSpec, type Storage, storage, storageNeeds } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  prometheus: z
    .strictObject({
      retention: duration.default("15d").meta({ description: "How long samples are kept." }),
      storage: storage("50Gi"),
      labels: z
        .record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string())
        .default({})
        .meta({
          description: "Added to every alert, and to samples that go elsewhere: the name of the stage and so on.",
        }),
      exposed: exposure.optional().meta({
        description: "Reach its page from outside. It has no sign-on of its own: put one before it.",
      }),
    })
    .prefault({}),
  etcd: z
    .strictObject({
      endpoints: z.array(address).optional().meta({
        description: "Addresses that etcd's metrics are read at, on port 2381. Absent: every control plane's.",
      }),
    })
    .prefault({}),
  alerts: z.boolean().default(true).meta({
    description: "Alerts of rules/ beside the chart's own: docs/observability.md lists them.",
  }),
  alertmanager: alertmanagerOptions,
  grafana: grafanaOptions,
});
type Options = z.output<typeof options>;

const namespace = "monitoring";

export const kubePrometheusStack = defineRelease({
  name: "kube-prometheus-stack",
  description: "Prometheus, Alertmanager and Grafana with the usual rules and dashboards.",
  chart: {
    chart: "kube-prometheus-stack",
    repository: "https://prometheus-community.github.io/helm-charts",
    // renovate: datasource=helm depName=kube-prometheus-stack registryUrl=https://prometheus-community.github.io/helm-charts
    version: "88.5.3",
  },
  namespace,
  // node-exporter is in the host's network and process namespace, and mounts its root.
  podSecurity: "privileged",
  options,
  requires: ["prometheus-operator-crds"],
  needs: (chosen) => [
    "crd:monitoring.coreos.com/Prometheus",
    "crd:monitoring.coreos.com/ServiceMonitor",
    ...storageNeeds(chosen.prometheus.storage, chosen.alertmanager.storage, chosen.grafana.storage),
    ...grafanaNeeds(chosen.grafana, namespace),
  ],
  uses: (chosen) => pages(chosen).flatMap(exposureUses),
  values: (chosen, context) => ({
    crds: { enabled: false },
    ...controlPlane(chosen, context),
    prometheus: {
      prometheusSpec: {
        ...prometheus(chosen.prometheus),
        ...(etcdOfNodes(chosen.etcd, context) ? { additionalScrapeConfigs: [etcdJob] } : {}),
      },
      ...page(chosen.prometheus.exposed, "prometheus-tls"),
    },
    alertmanager: { alertmanagerSpec: alertmanager(chosen), ...page(chosen.alertmanager.exposed, "alertmanager-tls") },
    grafana: grafanaValues(chosen.grafana, context),
    "prometheus-node-exporter": {
      prometheus: {
        // The node's name beside its address: rules and dashboards speak of nodes.
        monitor: { relabelings: [{ sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" }] },
      },
    },
  }),
  manifests: (chosen, context) => [
    ...bundledTraefikMonitor(context, namespace),
    ...(chosen.grafana.dashboards ? dashboardManifests(context, namespace) : []),
    ...(chosen.alerts ? ruleManifests(context, namespace) : []),
    ...grafanaManifests(chosen.grafana, namespace),
    ...receiverManifests(chosen.alertmanager, namespace),
  ],
  secrets: (chosen) => [...new Set([...grafanaSecrets(chosen.grafana), ...receiverSecrets(chosen.alertmanager)])],
  hosts: (chosen) => pages(chosen).flatMap(exposedHosts),
  faults: (chosen, context) => [...receiverFaults(chosen.alertmanager), ...grafanaFaults(chosen.grafana, context)],
  timeout: 900,
});

const pages = (chosen: Options) => [chosen.prometheus.exposed, chosen.alertmanager.exposed, chosen.grafana.exposed];

const page = (exposed: Parameters<typeof ingressValues>[0], secretName: string): Values =>
  exposed === undefined ? {} : { ingress: { ...ingressValues(exposed, secretName), pathType: "Prefix" } };

/**
 * All of k3s is one process with one metrics registry, so the API server's and the kubelet's endpoints already show
 * the scheduler, the controller manager and kube-proxy. Scraping those again would double every series, and their
 * alerts ask for jobs that do not exist. Source: github.com/k3s-io/k3s/issues/2262
 *
 * On Talos both show them at each control plane: its machine configuration has them listen there.
 */
function controlPlane({ etcd }: Options, context: PlatformContext): Values {
  const { cluster } = context;
  const managers = runsK3s(cluster) ? noManagers : cluster.distribution === "talos" ? managersAt(context) : noValues;
  const proxy = runsK3s(cluster) || replacesKubeProxy(context) ? noProxy : noValues;
  const rules = { ...managers.rules, ...proxy.rules };
  return {
    ...managers.parts,
    ...proxy.parts,
    ...(Object.keys(rules).length === 0 ? {} : { defaultRules: { rules } }),
    coreDns: { enabled: !cluster.disable.includes("coredns") },
    kubeEtcd: kubeEtcd(etcd, context),
  };
}

/**
 * Embedded etcd has no pods to select: its endpoints are the control planes themselves. It answers at their addresses in
 * the cluster; those that they have on a tailnet are known to nobody before they have joined it, and then to their Nodes.
 * What the chart makes for etcd of its own accord, rules and a dashboard, comes along in both cases.
 */
const kubeEtcd = (etcd: Options["etcd"], context: PlatformContext): Values =>
  etcdOfNodes(etcd, context)
    ? { enabled: true, endpoints: [], service: off, serviceMonitor: off }
    : {
        enabled: true,
        endpoints: etcd.endpoints ?? context.controlPlanes.map((node) => node.address),
        service: { enabled: true, port: 2381, targetPort: 2381 },
      };

const etcdOfNodes = ({ endpoints }: Options["etcd"], { cluster }: PlatformContext): boolean =>
  cluster.transport === "tailnet" && endpoints === undefined;

/** Reads etcd at every Node that is a control plane, at its address in the cluster. Rules know it by the job's name. */
const etcdJob = {
  job_name: "kube-etcd",
  kubernetes_sd_configs: [{ role: "node" }],
  relabel_configs: [
    {
      action: "keep",
      source_labels: ["__meta_kubernetes_node_labelpresent_node_role_kubernetes_io_control_plane"],
      regex: "true",
    },
    {
      source_labels: ["__meta_kubernetes_node_address_InternalIP"],
      target_label: "__address__",
      replacement: "$1:2381",
    },
    { source_labels: ["__meta_kubernetes_node_name"], target_label: "node" },
  ],
};

const off = { enabled: false };
const noValues = { parts: {}, rules: {} };
const noManagers = {
  parts: { kubeControllerManager: off, kubeScheduler: off },
  rules: { kubeControllerManager: false, kubeSchedulerAlerting: false, kubeSchedulerRecording: false },
};
const managersAt = ({ controlPlanes }: PlatformContext) => {
  const endpoints = controlPlanes.map(({ address }) => address);
  return { parts: { kubeControllerManager: { endpoints }, kubeScheduler: { endpoints } }, rules: {} };
};
const noProxy = { parts: { kubeProxy: off }, rules: { kubeProxy: false } };

const replacesKubeProxy = ({ releases }: PlatformContext): boolean =>
  z.looseObject({ kubeProxyReplacement: z.literal(true) }).safeParse(releases.get("cilium")).success;

function prometheus({ retention, storage: chosen, labels, exposed }: Options["prometheus"]): Values {
  return {
    retention,
    // Old samples go before the volume is full; a full one stops Prometheus for good.
    ...(chosen === "none" ? {} : { retentionSize: share(chosen.size) }),
    ...claim("storageSpec", chosen),
    ...(Object.keys(labels).length === 0 ? {} : { externalLabels: labels }),
    ...(exposed === undefined ? {} : { externalUrl: exposureUrl(exposed) }),
    // Read monitors and rules of every release, in every namespace, not only this one's.
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
  };
}

function alertmanager({ alertmanager: { storage: chosen, receivers, exposed } }: Options): Values {
  return {
    ...claim("storage", chosen),
    ...(exposed === undefined ? {} : { externalUrl: exposureUrl(exposed) }),
    // Otherwise a receiver hears of its own namespace only.
    ...(Object.keys(receivers).length === 0 ? {} : { alertmanagerConfigMatcherStrategy: { type: "None" } }),
  };
}

const mebibytes: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, Ti: 1024 ** 2 };

/** 85 % of a size, the rest being for the write-ahead log and compaction: `50Gi` -> `43520MiB`. */
function share(text: string): string {
  const unit = text.slice(-2);
  return `${Math.floor(Number(text.slice(0, -2)) * (mebibytes[unit] ?? 0) * 0.85)}MiB`;
}

function claim(key: "storage" | "storageSpec", chosen: Storage): Values {
  return chosen === "none" ? {} : { [key]: { volumeClaimTemplate: { spec: claimSpec(chosen) } } };
}
