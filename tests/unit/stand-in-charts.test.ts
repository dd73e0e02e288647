import { expect, test } from "vitest";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { standInChart } from "../../rehearsal/pulumi/charts/chart.ts";

test("every release of the catalogue has a stand-in chart of its version for the real engine's Helm", () => {
  const made = catalogue.map((release) => ({ release: release.name, ...standInChart(release) }));
  expect(made.map(({ release, version }) => [release, version])).toEqual(
    catalogue.map(({ name, chart }) => [name, chart.version]),
  );
  const blank = made.flatMap(({ release, files }) =>
    [...files].filter(([, text]) => text.trim() === "").map(([file]) => `${release}/${file}`),
  );
  expect(blank).toEqual([]);
});
