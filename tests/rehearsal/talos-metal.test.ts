import { beforeAll, expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { destroy, runProgram } from "../../rehearsal/engine/run.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { emptyState, type State } from "../../rehearsal/engine/state.ts";
import { createWorld, type World } from "../../rehearsal/world.ts";

/** `talos-metal` without its releases, rehearsed by the unmodified program against one world through its life. */
const stack = loadStackConfig(process.cwd(), "talos-metal");
const { "groundwork:platform": _platform, ...config } = stack.config;
let world: World;
let state: State = emptyState;

type Sections = Record<string, Record<string, unknown>>;

/** One `up` with some sections changed. */
async function up(edit: (sections: Sections) => void = () => {}): Promise<Run> {
  const sections = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith("groundwork:"))
      .map(([key, value]) => [key.slice("groundwork:".length), JSON.parse(value) as Record<string, unknown>]),
  );
  edit(sections);
  const edited = Object.entries(sections).map(([key, value]) => [`groundwork:${key}`, JSON.stringify(value)]);
  const result = await runProgram({
    ...{ projectDir: process.cwd(), project: stack.project, stack: "talos-metal", secretKeys: stack.secretKeys },
    ...{ config: { ...config, ...Object.fromEntries(edited) }, models: world.models, state },
  });
  ({ state } = result);
  return result.recording;
}

const faults = (run: Run): readonly string[] => [
  ...run.steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`])),
  ...run.findings.map(({ rule, message }) => `${rule}: ${message}`),
];

/** Changes in the order in which they begin. Components only follow, and are left out. */
const changes = (run: Run): readonly string[] =>
  run.steps
    .filter(({ operation, type }) => operation !== "same" && operation !== "read" && !type.startsWith("groundwork:"))
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .toSorted((a, b) => a.start - b.start)
    .map(({ operation, name }) => `${operation} ${name}`);

/** One control plane at a time, the first last, each a healthy member before the next is touched. */
const inTurn = ["cp-2", "cp-3", "cp-1"].flatMap((name) => [`update ${name}-apply`, `update ${name}-member`]);

function expectInTurn(run: Run): void {
  expect(changes(run)).toEqual(inTurn);
  const steps = inTurn.map((line) => run.steps.find(({ name }) => line.endsWith(` ${name}`)));
  for (const [index, step] of steps.slice(1).entries())
    expect(step?.start, step?.name).toBeGreaterThanOrEqual(steps[index]?.end ?? Number.NaN);
}

beforeAll(() => {
  world = createWorld({ stack: "talos-metal", config, secrets: [...stack.canaries.values()] });
});

test("three machines become a cluster, and made again nothing changes", async () => {
  const run = await up();
  expect(faults(run)).toEqual([]);
  expect(run.outputs.established).toEqual(["cp-1", "cp-2", "cp-3"]);
  expect(changes(await up())).toEqual([]);
}, 240_000);

test("more nodes are made, and fewer leave one after the other, drained; the others are not touched", async () => {
  const worker = {
    machine: "talos",
    role: "worker",
    count: 1,
    firstAddress: "10.42.0.121",
    disk: { device: "/dev/sda" },
  };
  const more = await up(({ pools }) => {
    Object.assign(pools ?? {}, { cp: { ...(pools?.cp as object), count: 5 }, worker });
  });
  expect(faults(more)).toEqual([]);
  expect(changes(more).toSorted()).toEqual(
    ["cp-4", "cp-5", "worker-1"].flatMap((name) => [`create ${name}-apply`, `create ${name}-member`]),
  );
  const fewer = await up();
  expect(faults(fewer)).toEqual([]);
  expect(changes(fewer).filter((line) => line.includes("cp-"))).toEqual(
    ["cp-5", "cp-4"].flatMap((name) => [`delete ${name}-member`, `delete ${name}-apply`]),
  );
}, 240_000);

test("a changed configuration is applied in place, to one control plane after the other", async () => {
  const run = await up(({ cluster }) => Object.assign(cluster ?? {}, { kubeletArgs: ["max-pods=200"] }));
  expect(faults(run)).toEqual([]);
  expectInTurn(run);
}, 240_000);

test("another release upgrades one control plane after the other, and none goes back", async () => {
  const changed = { kubeletArgs: ["max-pods=200"] };
  const run = await up(({ cluster }) => Object.assign(cluster ?? {}, { ...changed, version: "v1.13.10" }));
  expect(faults(run)).toEqual([]);
  expectInTurn(run);
  const back = await up(({ cluster }) =>
    Object.assign(cluster ?? {}, { ...changed, version: "v1.12.7", kubernetes: "v1.35.4" }),
  );
  expect(back.steps.filter(({ error }) => error !== undefined).map(({ name }) => name)).toEqual(["cp-2-apply"]);
  expect(faults(back)[0]).toContain("metal-cp-2 runs Talos v1.13.10, from which no way leads back to v1.12.7");
}, 240_000);

test("destroy drains nothing, and gives every machine back: the stack can be made again", async () => {
  const { recording } = await destroy({
    ...{ project: stack.project, stack: "talos-metal", models: world.models, state },
  });
  expect(faults(recording)).toEqual([]);
  expect(changes(recording).filter((line) => line.endsWith("-apply"))).toHaveLength(3);
  state = emptyState;
  expect(faults(await up())).toEqual([]);
}, 240_000);
