import { z } from "zod";
import { chartKinds } from "../facts.ts";
import { commonOptions, defineRelease } from "../release.ts";

const chart = {
  chart: "prometheus-operator-crds",
  repository: "https://prometheus-community.github.io/helm-charts",
  // renovate: datasource=helm depName=prometheus-operator-crds registryUrl=https://prometheus-community.github.io/helm-charts
  version: "31.0.1",
};

/**
 * The kinds of the Prometheus operator, apart from it: Helm never upgrades what a chart has under `crds/`, and charts
 * with ServiceMonitors can be installed before the monitoring stack.
 */
export const prometheusOperatorCrds = defineRelease({
  name: "prometheus-operator-crds",
  description: "Custom resource definitions of the Prometheus operator (ServiceMonitor, PrometheusRule and others).",
  chart,
  namespace: "monitoring",
  options: z.strictObject(commonOptions),
  beforeNodes: true,
  provides: () => chartKinds(chart.chart),
  values: () => ({}),
});
