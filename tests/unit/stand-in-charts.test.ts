import { expect, test } from "vitest";
import { platformContext } from "../../config/context.ts";
import { planNodes } from "../../lib/nodes.ts";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { hasChart } from "../../lib/platform/release.ts";
import { loadStackConfig, stackFiles } from "../../rehearsal/engine/stack-file.ts";
import { standInChart } from "../../rehearsal/pulumi/charts/chart.ts";
import { sectionsOf, stageOf } from "../../rehearsal/pulumi/sections.ts";

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

test("the stand-in of a release that brings storage or ingress classes brings some too: without, claims wait for ever", () => {
  const kinds = { "storage-class": "kind: StorageClass", "ingress-class": "kind: IngressClass" };
  const lacking = [...stackFiles(process.cwd()).keys()].flatMap((stack) => {
    const stage = stageOf(sectionsOf(loadStackConfig(process.cwd(), stack)));
    const context = platformContext(stage, planNodes(stage.cluster, stage.pools));
    return catalogue.filter(hasChart).flatMap((release) => {
      const chosen = (stage.platform as Readonly<Record<string, unknown>>)[release.name];
      if (chosen === undefined) return [];
      const text = [...standInChart(release).files.values()].join("\n");
      return Object.entries(kinds)
        .filter(([word]) => release.provides?.(chosen, context).some((each) => each.startsWith(`${word}:`)))
        .flatMap(([word, kind]) => (text.includes(kind) ? [] : [`${stack}: ${release.name} brings no ${word}`]));
    });
  });
  expect(lacking).toEqual([]);
});
