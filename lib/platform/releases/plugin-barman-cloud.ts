import { z } from "zod";
import { chartKinds } from "../facts.ts";
import { commonOptions, defineRelease } from "../release.ts";

const options = z.strictObject(commonOptions);

const chart = {
  chart: "plugin-barman-cloud",
  repository: "https://cloudnative-pg.github.io/charts",
  // renovate: datasource=helm depName=plugin-barman-cloud registryUrl=https://cloudnative-pg.github.io/charts
  version: "0.7.0",
};

/** Chart facts: github.com/cloudnative-pg/charts, charts/plugin-barman-cloud. */
export const pluginBarmanCloud = defineRelease({
  name: "plugin-barman-cloud",
  description:
    "Backups of CloudNativePG's clusters to object stores. It stands where the operator's own support of Barman Cloud stood, which is deprecated.",
  chart,
  // The operator looks for plugins beside itself.
  namespace: "cnpg-system",
  podSecurity: "restricted",
  options,
  requires: ["cloudnative-pg"],
  provides: () => chartKinds(chart.chart),
  // It talks to the operator by certificates that it has made for itself.
  needs: () => ["crd:cert-manager.io/Certificate", "crd:cert-manager.io/Issuer", "crd:postgresql.cnpg.io/Cluster"],
  values: () => ({}),
});
