import { expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { changes, Life, wrong } from "./life.ts";

/** `talos-metal` without its releases, rehearsed by the unmodified program against one world through its life. */
const stack = loadStackConfig(process.cwd(), "talos-metal");
const { "groundwork:platform": _platform, ...config } = stack.config;
const life = new Life({ ...stack, stack: "talos-metal", config });

/** One control plane at a time, the first last, each a healthy member before the next is touched. */
const inTurn = ["cp-2", "cp-3", "cp-1"].flatMap((name) => [`update ${name}-apply`, `update ${name}-member`]);

function expectInTurn(run: Run): void {
  expect(changes(run)).toEqual(inTurn);
  const steps = inTurn.map((line) => run.steps.find(({ name }) => line.endsWith(` ${name}`)));
  for (const [index, step] of steps.slice(1).entries())
    expect(step?.start, step?.name).toBeGreaterThanOrEqual(steps[index]?.end ?? Number.NaN);
}

test("three machines become a cluster, and made again nothing changes", async () => {
  const run = await life.up();
  expect(wrong(run)).toEqual([]);
  expect(run.outputs.established).toEqual(["cp-1", "cp-2", "cp-3"]);
  expect(changes(await life.up())).toEqual([]);
}, 240_000);

test("more nodes are made, and fewer leave one after the other, drained; the others are not touched", async () => {
  const worker = {
    machine: "talos",
    role: "worker",
    count: 1,
    firstAddress: "10.42.0.121",
    disk: { device: "/dev/sda" },
  };
  const more = await life.up(({ pools }) => {
    Object.assign(pools ?? {}, { cp: { ...(pools?.cp as object), count: 5 }, worker });
  });
  expect(wrong(more)).toEqual([]);
  expect(changes(more).toSorted()).toEqual(
    ["cp-4", "cp-5", "worker-1"].flatMap((name) => [`create ${name}-apply`, `create ${name}-member`]),
  );
  const fewer = await life.up();
  expect(wrong(fewer)).toEqual([]);
  expect(changes(fewer).filter((line) => line.includes("cp-"))).toEqual(
    ["cp-5", "cp-4"].flatMap((name) => [`delete ${name}-member`, `delete ${name}-apply`]),
  );
}, 240_000);

test("a changed configuration is applied in place, to one control plane after the other", async () => {
  const run = await life.up(({ cluster }) => Object.assign(cluster ?? {}, { kubeletArgs: ["max-pods=200"] }));
  expect(wrong(run)).toEqual([]);
  expectInTurn(run);
}, 240_000);

test("another release upgrades one control plane after the other, and none goes back", async () => {
  const changed = { kubeletArgs: ["max-pods=200"] };
  const run = await life.up(({ cluster }) => Object.assign(cluster ?? {}, { ...changed, version: "v1.13.10" }));
  expect(wrong(run)).toEqual([]);
  expectInTurn(run);
  const back = await life.up(({ cluster }) =>
    Object.assign(cluster ?? {}, { ...changed, version: "v1.12.7", kubernetes: "v1.35.4" }),
  );
  expect(back.steps.filter(({ error }) => error !== undefined).map(({ name }) => name)).toEqual(["cp-2-apply"]);
  expect(wrong(back)[0]).toContain("metal-cp-2 runs Talos v1.13.10, from which no way leads back to v1.12.7");
}, 240_000);

test("destroy drains nothing, and gives every machine back: the stack can be made again", async () => {
  const run = await life.destroy();
  expect(wrong(run)).toEqual([]);
  expect(changes(run).filter((line) => line.endsWith("-apply"))).toHaveLength(3);
  expect(wrong(await life.up())).toEqual([]);
}, 240_000);
