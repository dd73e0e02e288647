import type { StandIn } from "./stand-in.ts";

/** Charts of applications: see stand-ins.ts. */
export const appStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "linkding",
    {
      workloads: [
        {
          kind: "Deployment",
          name: "linkding",
          image: "ghcr.io/sissbruecker/linkding:1.46.2",
          serves: ["linkding"],
        },
      ],
    },
  ],
  [
    "oauth2-proxy",
    {
      values: { replicaCount: 1, metrics: { serviceMonitor: { enabled: false } } },
      workloads: [
        {
          kind: "Deployment",
          name: "oauth2-proxy",
          image: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3",
          replicas: ".Values.replicaCount",
          serves: ["oauth2-proxy"],
        },
      ],
      monitors: { kind: "ServiceMonitor", names: ["oauth2-proxy"], when: ".Values.metrics.serviceMonitor.enabled" },
    },
  ],
  [
    "headlamp",
    {
      workloads: [
        {
          kind: "Deployment",
          name: "headlamp",
          image: "ghcr.io/headlamp-k8s/headlamp:v0.45.0",
          serves: ["headlamp"],
        },
      ],
    },
  ],
];
