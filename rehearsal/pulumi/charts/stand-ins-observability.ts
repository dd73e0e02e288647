import type { StandIn } from "./stand-in.ts";

/** Charts of logs and of single exporters: see stand-ins.ts. */
export const observabilityStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "loki",
    {
      values: { monitoring: { serviceMonitor: { enabled: false } } },
      // A StatefulSet in the chart itself; its volume is made by that, not by the chart.
      workloads: [
        {
          kind: "Deployment",
          name: "loki",
          image: "docker.io/grafana/loki:3.7.6",
          serves: ["loki", "loki-headless", "loki-memberlist"],
        },
      ],
      monitors: { kind: "ServiceMonitor", names: ["loki"], when: ".Values.monitoring.serviceMonitor.enabled" },
    },
  ],
  [
    "alloy",
    {
      values: { controller: { tolerations: [] }, serviceMonitor: { enabled: false } },
      workloads: [
        {
          kind: "DaemonSet",
          name: "alloy",
          image: "docker.io/grafana/alloy:v1.18.1",
          tolerations: [{ operator: "Exists" }],
          serves: ["alloy"],
        },
      ],
      monitors: { kind: "ServiceMonitor", names: ["alloy"], when: ".Values.serviceMonitor.enabled" },
    },
  ],
  [
    "prometheus-mysql-exporter",
    {
      values: { serviceMonitor: { enabled: false } },
      workloads: [
        {
          kind: "Deployment",
          name: "prometheus-mysql-exporter",
          image: "quay.io/prometheus/mysqld-exporter:v0.19.0",
          account: "default",
          serves: ["prometheus-mysql-exporter"],
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["prometheus-mysql-exporter"],
        when: ".Values.serviceMonitor.enabled",
      },
    },
  ],
];
