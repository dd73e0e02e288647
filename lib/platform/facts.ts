import { appsFacts } from "./facts/apps.ts";
import { dataFacts } from "./facts/data.ts";
import { deliveryFacts } from "./facts/delivery.ts";
import type { ChartFacts } from "./facts/form.ts";
import { monitoringFacts } from "./facts/monitoring.ts";
import { networkFacts } from "./facts/network.ts";
import { nodesFacts } from "./facts/nodes.ts";
import { storageFacts } from "./facts/storage.ts";
import { chartName } from "./mirror.ts";
import type { Capability } from "./release.ts";

export type { ChartService, CustomKind, Webhook } from "./facts/form.ts";

const facts: ReadonlyMap<string, ChartFacts> = new Map([
  ...networkFacts,
  ...storageFacts,
  ...monitoringFacts,
  ...nodesFacts,
  ...appsFacts,
  ...deliveryFacts,
  ...dataFacts,
]);

/** What is known of a chart, by its name or `oci://` reference; undefined for one that the catalogue does not have. */
export const chartFacts = (chart: string): ChartFacts | undefined => facts.get(chartName(chart));

/** The kinds that a chart brings, as its release provides them. */
export const chartKinds = (chart: string): readonly Capability[] =>
  (chartFacts(chart)?.kinds ?? []).map(({ group, kind }): Capability => `crd:${group}/${kind}`);
