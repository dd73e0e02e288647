import { z } from "zod";
import { duration, secretName } from "../../primitives.ts";
import { runsK3s } from "../builtin.ts";
import { exposedHosts, exposure, exposureUrl, exposureUses, ingressValues } from "../ingress.ts";
import { commonOptions, defineRelease, type PlatformContext, SecretRef, type Values } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { claimSpec, type Storage, storage, storageNeeds } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  prometheus: z
    .strictObject({
      retention: duration.default("15d").meta({ description: "How long samples are kept." }),
      storage: storage("50Gi"),
    })
    .prefault({}),
  alertmanager: z.strictObject({ storage: storage("10Gi") }).prefault({}),
  grafana: z
    .strictObject({
      user: z.string().min(1).default("admin").meta({ description: "Name of Grafana's administrator." }),
      passwordSecret: secretName
        .default("grafana-password")
        .meta({ description: "Secret with that administrator's password." }),
      storage: storage("10Gi"),
      exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
    })
    .prefault({}),
});
type Options = z.output<typeof options>;

const namespace = "monitoring";
const adminSecret = "grafana-admin";

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
  ],
  uses: (chosen) => exposureUses(chosen.grafana.exposed),
  values: (chosen, context) => ({
    crds: { enabled: false },
    ...controlPlane(context),
    prometheus: { prometheusSpec: prometheus(chosen.prometheus) },
    alertmanager: { alertmanagerSpec: claim("storage", chosen.alertmanager.storage) },
    grafana: grafana(chosen.grafana),
  }),
  manifests: ({ grafana: { user, passwordSecret } }) => [
    {
      manifest: secretManifest({
        name: adminSecret,
        namespace,
        data: { "admin-user": user, "admin-password": new SecretRef(passwordSecret) },
      }),
      before: true,
    },
  ],
  secrets: ({ grafana: { passwordSecret } }) => [passwordSecret],
  hosts: ({ grafana: { exposed } }) => exposedHosts(exposed),
  timeout: 900,
});

/**
 * All of k3s is one process with one metrics registry, so the API server's and the kubelet's endpoints already show
 * the scheduler, the controller manager and kube-proxy. Scraping those again would double every series, and their
 * alerts ask for jobs that do not exist. Source: github.com/k3s-io/k3s/issues/2262
 */
function controlPlane({ cluster, controlPlanes }: PlatformContext): Values {
  const off = { enabled: false };
  const parts = runsK3s(cluster)
    ? {
        kubeControllerManager: off,
        kubeScheduler: off,
        kubeProxy: off,
        defaultRules: {
          rules: {
            kubeControllerManager: false,
            kubeSchedulerAlerting: false,
            kubeSchedulerRecording: false,
            kubeProxy: false,
          },
        },
      }
    : {};
  return {
    ...parts,
    coreDns: { enabled: !cluster.disable.includes("coredns") },
    // Embedded etcd has no pods to select: its endpoints are the control planes themselves.
    kubeEtcd: {
      enabled: true,
      endpoints: controlPlanes.map(({ address }) => address),
      service: { enabled: true, port: 2381, targetPort: 2381 },
    },
  };
}

function prometheus({ retention, storage: chosen }: Options["prometheus"]): Values {
  return {
    retention,
    // Old samples go before the volume is full; a full one stops Prometheus for good.
    ...(chosen === "none" ? {} : { retentionSize: share(chosen.size) }),
    ...claim("storageSpec", chosen),
    // Read monitors and rules of every release, not only this one's.
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
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

function grafana({ storage: chosen, exposed }: Options["grafana"]): Values {
  return {
    admin: { existingSecret: adminSecret, userKey: "admin-user", passwordKey: "admin-password" },
    ...(chosen === "none"
      ? { persistence: { enabled: false } }
      : {
          persistence: {
            enabled: true,
            size: chosen.size,
            ...(chosen.class === undefined ? {} : { storageClassName: chosen.class }),
          },
          // The volume goes to one pod at a time: a new one beside the old would wait for ever.
          deploymentStrategy: { type: "Recreate" },
        }),
    ingress: ingressValues(exposed, "grafana-tls"),
    ...(exposed === undefined
      ? {}
      : { "grafana.ini": { server: { domain: exposed.host, root_url: exposureUrl(exposed) } } }),
  };
}
