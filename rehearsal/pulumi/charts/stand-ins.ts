import type { StandIn, Toleration } from "./stand-in.ts";
import { appStandIns } from "./stand-ins-apps.ts";
import { dataStandIns } from "./stand-ins-data.ts";
import { deliveryStandIns } from "./stand-ins-delivery.ts";
import { networkStandIns } from "./stand-ins-network.ts";
import { observabilityStandIns } from "./stand-ins-observability.ts";
import { storageStandIns } from "./stand-ins-storage.ts";

const everyNode: readonly Toleration[] = [{ operator: "Exists", effect: "NoSchedule" }];
const controlPlanes: readonly Toleration[] = ["control-plane", "master"].map((role) => ({
  key: `node-role.kubernetes.io/${role}`,
  operator: "Exists",
  effect: "NoSchedule",
}));
const linux = { "kubernetes.io/os": "linux" };

/** Each chart's part by its name: workloads, hooks and tolerations as its own templates have them at the catalogue's version. */
export const standIns: ReadonlyMap<string, StandIn> = new Map<string, StandIn>([
  ["prometheus-operator-crds", { workloads: [] }],
  [
    "hcloud-cloud-controller-manager",
    {
      values: { networking: { enabled: false }, monitoring: { podMonitor: { enabled: false } } },
      workloads: [
        {
          kind: "Deployment",
          name: "hcloud-cloud-controller-manager",
          image: "docker.io/hetznercloud/hcloud-cloud-controller-manager:v1.35.0",
          hostNetwork: true,
          tolerations: [
            { key: "node.cloudprovider.kubernetes.io/uninitialized", value: "true", effect: "NoSchedule" },
            { key: "CriticalAddonsOnly", operator: "Exists" },
            ...controlPlanes,
            { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
          ],
        },
      ],
      monitors: {
        kind: "PodMonitor",
        names: ["hcloud-cloud-controller-manager"],
        // The chart leaves it out without a word where the kind is not known yet.
        when: 'and .Values.monitoring.podMonitor.enabled (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")',
      },
    },
  ],
  [
    "hcloud-csi",
    {
      values: {
        storageClasses: [{ name: "hcloud-volumes", defaultStorageClass: true, reclaimPolicy: "Delete" }],
        controller: { replicaCount: 1 },
        metrics: { enabled: true, serviceMonitor: { enabled: false } },
      },
      workloads: [
        {
          kind: "Deployment",
          name: "hcloud-csi-controller",
          image: "docker.io/hetznercloud/hcloud-csi-driver:v2.22.1",
          replicas: ".Values.controller.replicaCount",
          serves: ["hcloud-csi-controller-metrics"],
        },
        {
          kind: "DaemonSet",
          name: "hcloud-csi-node",
          image: "docker.io/hetznercloud/hcloud-csi-driver:v2.22.1",
          hostNetwork: true,
          tolerations: [{ operator: "Exists", effect: "NoExecute" }, ...everyNode],
          account: "default",
          serves: ["hcloud-csi-node-metrics"],
        },
      ],
      servicesWhen: ".Values.metrics.enabled",
      monitors: {
        kind: "ServiceMonitor",
        names: ["hcloud-csi-controller", "hcloud-csi-node"],
        when: ".Values.metrics.serviceMonitor.enabled",
      },
    },
  ],
  [
    "metallb",
    {
      values: { prometheus: { serviceMonitor: { enabled: false } } },
      conversion: { kind: "BGPPeer", service: "metallb-webhook-service" },
      workloads: [
        {
          kind: "Deployment",
          name: "metallb-controller",
          image: "quay.io/metallb/controller:v0.16.1",
          nodeSelector: linux,
          serves: ["metallb-webhook-service", "metallb-controller-monitor-service"],
        },
        {
          kind: "DaemonSet",
          name: "metallb-speaker",
          image: "quay.io/metallb/speaker:v0.16.1",
          hostNetwork: true,
          nodeSelector: linux,
          tolerations: controlPlanes,
          serves: ["metallb-speaker-monitor-service"],
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["metallb-controller-monitor", "metallb-speaker-monitor"],
        when: ".Values.prometheus.serviceMonitor.enabled",
      },
    },
  ],
  [
    "kubernetes-ingress",
    {
      values: {
        controller: {
          kind: "Deployment",
          replicaCount: 2,
          ingressClassResource: { name: "haproxy", default: false },
          service: { type: "NodePort", nodePorts: {} },
          serviceMonitor: { enabled: false },
          PodDisruptionBudget: { enable: false },
        },
      },
      definitions: "post-install hook",
      workloads: (["Deployment", "DaemonSet"] as const).map((kind) => ({
        kind,
        name: "haproxy-kubernetes-ingress",
        when: `eq .Values.controller.kind "${kind}"`,
        image: "docker.io/haproxytech/kubernetes-ingress:3.2.12",
        ...(kind === "Deployment" ? { replicas: ".Values.controller.replicaCount" } : {}),
        serves: ["haproxy-kubernetes-ingress", "haproxy-kubernetes-ingress-metrics"],
      })),
      ownServices: ["haproxy-kubernetes-ingress"],
      monitors: {
        kind: "ServiceMonitor",
        names: ["haproxy-kubernetes-ingress"],
        when: ".Values.controller.serviceMonitor.enabled",
      },
      hooks: [
        {
          name: "haproxy-kubernetes-ingress-crdjob",
          on: "post-install,pre-upgrade",
          image: "docker.io/haproxytech/kubernetes-ingress:3.2.12",
        },
      ],
    },
  ],
  [
    "cert-manager",
    {
      values: { crds: { enabled: false }, prometheus: { servicemonitor: { enabled: false } } },
      definitionsWhen: ".Values.crds.enabled",
      definitionsStay: true,
      workloads: [
        ...["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"].map((name) => ({
          kind: "Deployment" as const,
          name,
          image: `quay.io/jetstack/${name === "cert-manager" ? "cert-manager-controller" : name}:v1.21.1`,
          nodeSelector: linux,
          serves: [name],
        })),
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["cert-manager"],
        when: ".Values.prometheus.servicemonitor.enabled",
      },
      hooks: [
        {
          name: "cert-manager-startupapicheck",
          on: "post-install",
          image: "quay.io/jetstack/cert-manager-startupapicheck:v1.21.1",
        },
      ],
    },
  ],
  [
    "kube-prometheus-stack",
    {
      values: {
        kubeEtcd: { enabled: true, endpoints: [] },
        prometheus: { prometheusSpec: {} },
        alertmanager: { alertmanagerSpec: {} },
        grafana: { persistence: { enabled: false, size: "10Gi" }, ingress: { enabled: false } },
      },
      workloads: [
        ...[true, false].map((kept) => ({
          kind: "Deployment" as const,
          name: "kube-prometheus-stack-grafana",
          when: `${kept ? "" : "not "}.Values.grafana.persistence.enabled`,
          image: "docker.io/grafana/grafana:13.2.0",
          serves: ["kube-prometheus-stack-grafana"],
          ...(kept ? { claim: "kube-prometheus-stack-grafana" } : {}),
        })),
        {
          kind: "Deployment",
          name: "kube-prometheus-stack-kube-state-metrics",
          image: "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0",
          serves: ["kube-prometheus-stack-kube-state-metrics"],
        },
        {
          kind: "Deployment",
          name: "kube-prometheus-stack-operator",
          image: "quay.io/prometheus-operator/prometheus-operator:v0.93.1",
          serves: ["kube-prometheus-stack-operator"],
        },
        {
          kind: "DaemonSet",
          name: "kube-prometheus-stack-prometheus-node-exporter",
          image: "quay.io/prometheus/node-exporter:v1.12.1-distroless",
          hostNetwork: true,
          nodeSelector: linux,
          tolerations: everyNode,
          serves: ["kube-prometheus-stack-prometheus-node-exporter"],
        },
      ],
      ownServices: ["kube-prometheus-stack-kube-etcd"],
      monitors: {
        kind: "ServiceMonitor",
        names: ["alertmanager", "apiserver", "grafana", "kubelet", "operator", "prometheus"].map(
          (part) => `kube-prometheus-stack-${part}`,
        ),
      },
      hooks: [
        { name: "kube-prometheus-stack-admission-create", on: "pre-install,pre-upgrade" },
        { name: "kube-prometheus-stack-admission-patch", on: "post-install,post-upgrade" },
      ].map((hook) => ({ ...hook, image: "ghcr.io/jkroepke/kube-webhook-certgen:1.8.7" })),
    },
  ],
  [
    "tailscale-operator",
    {
      workloads: [
        {
          kind: "Deployment",
          name: "operator",
          image: "docker.io/tailscale/k8s-operator:v1.102.3",
          nodeSelector: linux,
        },
      ],
    },
  ],
  [
    "system-upgrade-controller",
    {
      values: { nodeSelector: { "node-role.kubernetes.io/control-plane": "" } },
      definitions: "crds",
      workloads: [
        {
          kind: "Deployment",
          name: "system-upgrade-controller",
          image: "docker.io/rancher/system-upgrade-controller:v0.19.2",
          nodeSelector: ".Values.nodeSelector",
          tolerations: controlPlanes,
          account: "system-upgrade",
        },
      ],
    },
  ],
  ...networkStandIns,
  ...storageStandIns,
  ...appStandIns,
  ...deliveryStandIns,
  ...dataStandIns,
  ...observabilityStandIns,
]);
