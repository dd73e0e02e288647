import type { Chart } from "./release.ts";

const oci = "oci://";

/** The chart's own name: the last part of an `oci://` reference, or its name in its repository. */
export const chartName = (chart: string): string => chart.slice(chart.lastIndexOf("/") + 1);

/**
 * The same chart at the stage's mirror: one https repository that holds every chart, or one registry prefix below which
 * each chart has its own name. Version and name stay, so that a mirror is filled by copying.
 */
export function mirrored(chart: Chart, mirror: string | undefined): Chart {
  if (mirror === undefined) return chart;
  const name = chartName(chart.chart);
  const base = mirror.replace(/\/+$/, "");
  const { version } = chart;
  return base.startsWith(oci) ? { chart: `${base}/${name}`, version } : { chart: name, repository: base, version };
}
