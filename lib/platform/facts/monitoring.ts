import { type FactsTable, kinds } from "./form.ts";

/** Charts of observation: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const monitoringFacts: FactsTable = [
  [
    "prometheus-operator-crds",
    {
      kinds: [
        ...kinds("monitoring.coreos.com", "v1", "Namespaced", [
          "Alertmanager",
          "PodMonitor",
          "Probe",
          "Prometheus",
          "PrometheusRule",
          "ServiceMonitor",
          "ThanosRuler",
        ]),
        ...kinds("monitoring.coreos.com", "v1alpha1", "Namespaced", [
          "AlertmanagerConfig",
          "PrometheusAgent",
          "ScrapeConfig",
        ]),
      ],
      pods: false,
      webhooks: [],
      services: [],
    },
  ],
  [
    "kube-prometheus-stack",
    {
      kinds: [],
      webhooks: [
        {
          configuration: "kube-prometheus-stack-admission",
          service: "kube-prometheus-stack-operator",
          failurePolicy: "Ignore",
          group: "monitoring.coreos.com",
          kinds: ["AlertmanagerConfig", "PrometheusRule"],
        },
      ],
      services: [
        { name: "kube-prometheus-stack-alertmanager", ports: [9093, 8080] },
        { name: "kube-prometheus-stack-coredns", namespace: "kube-system", ports: [9153] },
        { name: "kube-prometheus-stack-grafana", ports: [80] },
        { name: "kube-prometheus-stack-kube-etcd", namespace: "kube-system", ports: [2381] },
        { name: "kube-prometheus-stack-kube-state-metrics", ports: [8080] },
        { name: "kube-prometheus-stack-operator", ports: [443] },
        { name: "kube-prometheus-stack-prometheus", ports: [9090, 8080] },
        { name: "kube-prometheus-stack-prometheus-node-exporter", ports: [9100] },
      ],
    },
  ],
  [
    "loki",
    {
      kinds: [],
      webhooks: [],
      services: [
        { name: "loki", ports: [3100, 9095, 9096] },
        { name: "loki-headless", ports: [3100, 9095, 9096] },
        { name: "loki-memberlist", ports: [7946] },
      ],
    },
  ],
  ["alloy", { kinds: [], webhooks: [], services: [{ name: "alloy", ports: [12345] }] }],
  [
    "prometheus-mysql-exporter",
    { kinds: [], webhooks: [], services: [{ name: "prometheus-mysql-exporter", ports: [9104] }] },
  ],
];
