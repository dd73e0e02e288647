import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { differences, resourcesOf } from "../../rehearsal/pulumi/differences.ts";
import { type Comparison, compareFields } from "../../rehearsal/pulumi/fields/compare.ts";
import { heldByEngine, heldOffline } from "../../rehearsal/pulumi/fields/held.ts";
import { rules } from "../../rehearsal/pulumi/fields/rules.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import type { Operation } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { Rehearsed } from "../../rehearsal/pulumi/rehearsed.ts";
import { EngineStack } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";

// What the real engine and plugins have in their state after one `up` of prod, against what the rehearsal says:
// docs/differences.md.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: the rehearsal against the real engine, field by field: ${line}`);

const config = { ...loadStackConfig(process.cwd(), "prod"), stack: "prod" };
const dir = mkdtempSync(join(tmpdir(), "groundwork-differences-"));
let world: World;
let offline: Run;
let exported: string;
let operations: readonly Operation[];
let comparison: Comparison;

describe.skipIf(missing.length > 0)("prod rehearsed, and prod on the real engine", () => {
  beforeAll(async () => {
    const installation = findInstallation();
    if (installation === undefined) throw new Error("the engine has gone");
    world = await createWorld({ dir: join(dir, "world"), stack: config, say });
    const { sections } = world;
    const stack = await EngineStack.create({
      ...{ installation, sections, project: process.cwd(), name: "prod", dir: join(dir, "engine") },
      secrets: Object.fromEntries(config.canaries),
    });
    const up = await stack.up();
    expect(up.failure).toBeUndefined();
    operations = up.operations;
    exported = await stack.exportOpen();
    // For who wants to see for himself.
    const { GROUNDWORK_STATE: path } = process.env;
    if (path !== undefined) writeFileSync(path, exported, { mode: 0o600 });
    offline = await new Rehearsed(config, process.cwd()).run(sections);
    comparison = compareFields({ engine: heldByEngine(exported), offline: heldOffline(offline), rules });
    say(`${comparison.fields} fields held against each other, ${comparison.differences.length} differ`);
  });

  afterAll(async () => {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("both make the same resources, below the same parents, after the same others", () => {
    expect(differences(offline, resourcesOf(exported))).toEqual([]);
  });

  test("beside them the engine has a provider for each package that the program names none for, and its own", () => {
    const versions = ["command", "random", "tls"].map((name) => [name, versionOf(name)] as const);
    expect(
      resourcesOf(exported)
        .map(({ urn }) => urn)
        .filter((urn) => !offline.resources.some((resource) => resource.urn === urn))
        .map((urn) => urn.split("::").slice(2).join(" "))
        .toSorted(),
    ).toEqual(
      [
        ...versions.map(([name, version]) => `pulumi:providers:${name} default_${version.replaceAll(".", "_")}`),
        "pulumi:providers:pulumi default",
      ].toSorted(),
    );
  });

  test("every input after the provider's check, every output, id and option is the same, or differs as a rule says", () => {
    expect(comparison.differences).toEqual([]);
    expect(comparison.fields).toBeGreaterThan(4000);
  });

  test("no rule speaks of what is not there", () => {
    expect(comparison.unused.map(({ types, path }) => `${types.join()} ${path.join(".")}`)).toEqual([]);
  });

  test("nothing begins on the real engine before all that the rehearsal has it wait for has ended", () => {
    const made = new Map(operations.map((operation) => [operation.urn, operation]));
    const early = offline.resources.flatMap(({ urn, dependencies }) =>
      dependencies.flatMap((dependency) => {
        const [before, after] = [made.get(dependency), made.get(urn)];
        if (before === undefined || after === undefined || before.type.startsWith("groundwork:")) return [];
        return (before.end ?? Number.POSITIVE_INFINITY) <= after.start ? [] : [`${after.name} before ${before.name}`];
      }),
    );
    expect(early).toEqual([]);
  });
});

/** Of the package's npm SDK, which names the provider. */
function versionOf(name: string): string {
  return pluginsOf(process.cwd()).find((plugin) => plugin.name === name)?.version ?? "";
}
