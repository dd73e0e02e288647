import type { StandIn } from "./stand-in.ts";

const linux = { "kubernetes.io/os": "linux" };

/** Charts of networks, ingress and upkeep that a stage chooses beside the usual ones: see stand-ins.ts. */
export const networkStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "cilium",
    {
      values: { operator: { replicas: 2, prometheus: { serviceMonitor: { enabled: false } } } },
      workloads: [
        {
          kind: "DaemonSet",
          name: "cilium",
          image: "quay.io/cilium/cilium:v1.20.0",
          hostNetwork: true,
          nodeSelector: linux,
          tolerations: [{ operator: "Exists" }],
        },
        {
          kind: "DaemonSet",
          name: "cilium-envoy",
          image: "quay.io/cilium/cilium-envoy:v1.37.5",
          hostNetwork: true,
          nodeSelector: linux,
          tolerations: [{ operator: "Exists" }],
          serves: ["cilium-envoy"],
        },
        {
          kind: "Deployment",
          name: "cilium-operator",
          image: "quay.io/cilium/operator-generic:v1.20.0",
          replicas: ".Values.operator.replicas",
          hostNetwork: true,
          nodeSelector: linux,
          tolerations: [
            "node-role.kubernetes.io/control-plane",
            "node-role.kubernetes.io/master",
            "node.kubernetes.io/not-ready",
            "node.cloudprovider.kubernetes.io/uninitialized",
            "node.cilium.io/agent-not-ready",
          ].map((key) => ({ key, operator: "Exists" as const })),
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["cilium-operator"],
        when: ".Values.operator.prometheus.serviceMonitor.enabled",
      },
    },
  ],
  [
    "traefik",
    {
      values: {
        deployment: { kind: "Deployment" },
        ingressClass: { enabled: true, name: "traefik", isDefaultClass: true },
        metrics: { prometheus: { serviceMonitor: { enabled: false } } },
      },
      definitions: "crds",
      workloads: (["Deployment", "DaemonSet"] as const).map((kind) => ({
        kind,
        name: "traefik",
        when: `eq .Values.deployment.kind "${kind}"`,
        image: "docker.io/traefik:v3.7.11",
        serves: ["traefik"],
      })),
      monitors: {
        kind: "ServiceMonitor",
        names: ["traefik"],
        when: ".Values.metrics.prometheus.serviceMonitor.enabled",
      },
    },
  ],
  [
    "kured",
    {
      values: { metrics: { create: false } },
      workloads: [
        {
          kind: "DaemonSet",
          name: "kured",
          image: "ghcr.io/kubereboot/kured:1.23.0",
          nodeSelector: linux,
          tolerations: [{ operator: "Exists" }],
        },
      ],
      monitors: { kind: "ServiceMonitor", names: ["kured"], when: ".Values.metrics.create" },
    },
  ],
];
