import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { planStagePlatform } from "../../config/platform.ts";
import { stageSchema } from "../../config/stage.ts";
import { planNodes } from "../../lib/nodes.ts";
import type { PlatformPlan } from "../../lib/platform/plan.ts";
import { SecretRef } from "../../lib/platform/release.ts";

const prod = stackPlatform("Pulumi.prod.yaml");

const golden = (name: string): string => `../golden/helm/${name}.yaml`;

/** References print as their names, so that a golden file holds no secret. */
function plain(value: unknown): unknown {
  if (value instanceof SecretRef) return `<secret:${value.secret}>`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const releases = prod.steps.filter((step) => step.kind === "release");

test.each(releases.map((step) => [step.name, step] as const))("Helm values of %s in prod", async (name, step) => {
  await expect(stringify(plain(step.values), { lineWidth: 0 })).toMatchFileSnapshot(golden(`${name}.values`));
});

test("prod's platform has no fault", () => {
  expect(prod.faults).toEqual([]);
});

test("objects of prod, Secrets by reference", async () => {
  const objects = prod.steps.flatMap((step) =>
    // Dashboards are compared with their files elsewhere.
    step.kind === "object" && !step.id.includes("/groundwork-dashboard-")
      ? [stringify(plain(step.manifest), { lineWidth: 0 })]
      : [],
  );
  await expect(objects.join("---\n")).toMatchFileSnapshot(golden("objects"));
});

test("order of prod's platform, with charts and namespaces", async () => {
  const steps = prod.steps.map((step) => {
    const { id, dependsOn } = step;
    switch (step.kind) {
      case "namespace":
        return { id, dependsOn, labels: step.labels };
      case "release":
        return { id, dependsOn, chart: step.chart, namespace: step.namespace, timeout: step.timeout };
      case "object":
        return { id, dependsOn };
      default: {
        const unknown: never = step;
        throw new Error(String(unknown));
      }
    }
  });
  await expect(stringify(steps, { lineWidth: 0, aliasDuplicateObjects: false })).toMatchFileSnapshot(golden("plan"));
});

/** The platform of a stack file of this repository. */
function stackPlatform(file: string): PlatformPlan {
  const { config } = parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const prefix = "groundwork:";
  const sections = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  const stage = stageSchema.parse(
    Object.fromEntries(sections.map(([key, value]) => [key.slice(prefix.length), value])),
  );
  return planStagePlatform({ ...stage, nodes: planNodes(stage.cluster, stage.pools) });
}
