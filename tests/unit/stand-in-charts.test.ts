import { expect, test } from "vitest";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { hasChart } from "../../lib/platform/release.ts";
import { standInChart } from "../../rehearsal/pulumi/charts/chart.ts";

test("every release of the catalogue has a stand-in chart of its version for the real engine's Helm", () => {
  const releases = catalogue.filter(hasChart);
  const made = releases.map((release) => ({ release: release.name, ...standInChart(release) }));
  expect(made.map(({ release, version }) => [release, version])).toEqual(
    releases.map(({ name, chart }) => [name, chart.version]),
  );
  const blank = made.flatMap(({ release, files }) =>
    [...files].filter(([, text]) => text.trim() === "").map(([file]) => `${release}/${file}`),
  );
  expect(blank).toEqual([]);
});
