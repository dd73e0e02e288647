import type { StandIn } from "./stand-in.ts";

/** Charts of databases and secrets: see stand-ins.ts. */
export const dataStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "cloudnative-pg",
    {
      values: { monitoring: { podMonitorEnabled: false } },
      definitionsStay: true,
      workloads: [
        {
          kind: "Deployment",
          name: "cloudnative-pg",
          image: "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
          serves: ["cnpg-webhook-service"],
        },
      ],
      monitors: { kind: "PodMonitor", names: ["cloudnative-pg"], when: ".Values.monitoring.podMonitorEnabled" },
    },
  ],
  [
    "plugin-barman-cloud",
    {
      workloads: [
        {
          kind: "Deployment",
          name: "plugin-barman-cloud",
          image: "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.13.0",
          serves: ["barman-cloud"],
        },
      ],
    },
  ],
  [
    "valkey-operator",
    {
      definitions: "crds",
      workloads: [
        {
          kind: "Deployment",
          name: "valkey-operator",
          image: "ghcr.io/valkey-io/valkey-operator:v0.4.0",
          serves: ["valkey-operator-metrics"],
        },
      ],
    },
  ],
  [
    "altinity-clickhouse-operator",
    {
      values: { serviceMonitor: { enabled: false } },
      definitions: "crds",
      workloads: [
        {
          kind: "Deployment",
          name: "clickhouse-operator",
          image: "docker.io/altinity/clickhouse-operator:0.25.6",
          serves: ["clickhouse-operator-metrics"],
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["clickhouse-operator-clickhouse-metrics", "clickhouse-operator-operator-metrics"],
        when: ".Values.serviceMonitor.enabled",
      },
    },
  ],
  // Its members are a StatefulSet, and ready only once somebody has unsealed them.
  [
    "vault",
    {
      values: { serverTelemetry: { serviceMonitor: { enabled: false } } },
      workloads: [],
      monitors: { kind: "ServiceMonitor", names: ["vault"], when: ".Values.serverTelemetry.serviceMonitor.enabled" },
    },
  ],
];
