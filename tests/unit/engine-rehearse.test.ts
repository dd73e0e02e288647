import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { differences, resourcesOf, type StateResource } from "../../rehearsal/pulumi/differences.ts";
import { createReport } from "../../rehearsal/pulumi/progress.ts";
import type { RecordedResource } from "../../rehearsal/recording.ts";
import { createStyle } from "../../rehearsal/report/style.ts";

// `npm run rehearse -- <stack> --engine pulumi`, as far as it goes without an engine.

const empty = mkdtempSync(join(tmpdir(), "groundwork-nothing-"));
afterAll(() => rmSync(empty, { recursive: true }));

test("a machine without an engine is told what to install, and nothing is begun", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["commands/rehearse.ts", "prod", "--engine", "pulumi", "--json"],
    { encoding: "utf8", env: { PATH: empty, HOME: empty, PULUMI_HOME: empty } },
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^rehearse: /);
  expect(stderr).toContain("no Pulumi engine → install the CLI (pulumi.com/docs/install)");
});

const urn = (name: string, type = "hcloud:index/server:Server") => `urn:pulumi:prod::groundwork::${type}::${name}`;
const rehearsed = (name: string, dependencies: readonly string[] = [], parent = "hetzner"): RecordedResource => ({
  ...{ urn: urn(name), type: "hcloud:index/server:Server", name, parent: urn(parent), custom: true },
  dependencies: dependencies.map((other) => urn(other)),
  ...{ propertyDependencies: {}, options: {}, inputs: {}, outputs: {}, operation: "create", start: 0, end: 1 },
});
const offline = (...resources: readonly RecordedResource[]): Run => ({
  ...{
    project: "groundwork",
    stack: "prod",
    resources,
    outputs: {},
    findings: [],
    log: [],
    steps: [],
    succeeded: true,
  },
});
const real = (name: string, dependencies: readonly string[] = [], parent = "hetzner"): StateResource => ({
  ...{ urn: urn(name), type: "hcloud:index/server:Server", parent: urn(parent) },
  ...(dependencies.length === 0 ? {} : { dependencies: dependencies.map((other) => urn(other)) }),
});
const messages = (run: Run, state: readonly StateResource[]): readonly string[] =>
  differences(run, state).map((finding) => `${finding.rule} ${finding.urn.split("::").at(-1)}: ${finding.message}`);

test("the same resources, in any order, differ in nothing; the engine's own default providers are no difference", () => {
  const provider = { urn: urn("default_4_21_2", "pulumi:providers:random"), type: "pulumi:providers:random" };
  const exported = JSON.stringify({ deployment: { resources: [provider, real("b", ["a"]), real("a")] } });
  expect(messages(offline(rehearsed("a"), rehearsed("b", ["a"])), resourcesOf(exported))).toEqual([]);
  expect(resourcesOf(JSON.stringify({ deployment: {} }))).toEqual([]);
});

test("what only one of the two makes, what it is part of and what it waits for are named from both sides", () => {
  expect(
    messages(offline(rehearsed("a"), rehearsed("b", ["a"]), rehearsed("c", ["a", "b"])), [
      real("b", [], "elsewhere"),
      real("c", ["a", "d"]),
      real("d"),
    ]),
  ).toEqual([
    "engine-differs d: the real engine makes it, the offline rehearsal does not",
    "engine-differs a: the offline rehearsal makes it, the real engine does not",
    "engine-differs b: it is part of elsewhere on the real engine, and hetzner in the offline rehearsal",
    "engine-differs b: it waits for nothing else on the real engine, and a in the offline rehearsal",
    "engine-differs c: it waits for d on the real engine, and b in the offline rehearsal",
  ]);
});

const operation = {
  ...{ operation: "create", type: "hcloud:index/server:Server", name: "cp-1", urn: urn("cp-1") },
  ...{ diffs: [], start: 1000, end: 3500 },
};

function printed(quiet: boolean): string {
  let text = "";
  const stream = { write: (piece: string) => (text += piece) };
  const report = createReport({ stream, style: createStyle(false), quiet });
  report.begin("up");
  report.operation(operation);
  report.operation({ ...operation, operation: "same", name: "cp-2" });
  const { end: _, ...failed } = operation;
  report.operation({ ...failed, name: "cp-3" });
  report.end({ command: "up", seconds: 65, changes: ["create cp-1"] });
  report.end({ command: "second up", seconds: 5, changes: [] });
  report.verdict({ findings: [], failure: "error cp-3: no capacity", seconds: 70 });
  return text;
}

test("progress is a line for each change; of what stays nothing is said, and a failure is shown with its reason", () => {
  expect(printed(false)).toMatchInlineSnapshot(`
    "
    up
      + hcloud:Server cp-1  2.5s
      ! hcloud:Server cp-3  create failed
    up: 1 change, 1 create in 1m 05s
    second up: nothing to do in 5s

    Failed
      error cp-3: no capacity

    Rehearsed on the real engine in 1m 10s.
    "
  `);
});

test("--quiet leaves the failure and the verdict", () => {
  expect(printed(true)).toMatchInlineSnapshot(`
    "
    Failed
      error cp-3: no capacity

    Rehearsed on the real engine in 1m 10s.
    "
  `);
});
