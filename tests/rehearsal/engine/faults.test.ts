import { expect, test } from "vitest";
import { eachTypeFailsOnce, type FaultPlan } from "../../../rehearsal/engine/faults.ts";
import { rehearseWithFaults } from "../../../rehearsal/engine/rehearse-faults.ts";
import { emptyState } from "../../../rehearsal/engine/state.ts";
import type { ProviderModel } from "../../../rehearsal/model.ts";
import { type Standing, toyWorld, up, urnOf } from "./harness.ts";
import { programs } from "./program.ts";

const once = (fault: ReturnType<FaultPlan>): FaultPlan => {
  let struck = false;
  return () => {
    if (struck) return undefined;
    struck = true;
    return fault;
  };
};

test("fail-before: the service refuses, nothing is made, and the next run makes it", async () => {
  const standing: Standing = new Map();
  const world = toyWorld(standing);
  const { state, run } = await up([{ name: "a" }], { world, faults: once("fail-before") });
  expect(run.steps[0]?.error).toBe("the service refuses: temporarily unavailable (injected fault: fail-before)");
  expect(standing.size).toBe(0);
  expect((await up([{ name: "a" }], { world, state })).did).toEqual(["create a"]);
});

test("lost-reply: it is made, the engine forgets it, and the next create meets it", async () => {
  const standing: Standing = new Map();
  const world = toyWorld(standing);
  const toy = { name: "a", inputs: { taken: "the name" } };
  const { state } = await up([toy], { world, faults: once("lost-reply") });
  expect(state.resources).toEqual([]);
  expect(standing.size).toBe(1);
  expect((await up([toy], { world, state })).errors).toEqual(["the name is already taken (uniqueness_error)"]);
  const adopting = { ...toy, inputs: { ...toy.inputs, adopt: true } };
  expect((await up([adopting], { world, state })).state.resources).toMatchObject([{ id: "a-1" }]);
});

test("slow: ten times the time, and nothing else", async () => {
  const { run } = await up([{ name: "a" }, { name: "b", dependsOn: ["a"] }], { faults: once("slow") });
  expect(run.resources.map(({ name, start, end }) => [name, start, end])).toEqual([
    ["a", 0, 100],
    ["b", 100, 110],
  ]);
});

test("the plan strikes every type once, the same for one seed, and each fault in three seeds", () => {
  const attempt = { urn: "urn", type: "toy:index:Thing", operation: "create" } as const;
  const strikes = [0, 1, 2].map((seed) => {
    const plan = eachTypeFailsOnce(seed);
    return [plan({ ...attempt, operation: "delete" }), plan(attempt), plan(attempt)];
  });
  expect(strikes.map(([deleting, , second]) => [deleting, second])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(new Set(strikes.map(([, first]) => first))).toEqual(new Set(["fail-before", "lost-reply", "slow"]));
  expect(eachTypeFailsOnce(0)(attempt)).toBe(strikes[0]?.[1]);
});

test("a program that adopts what it finds comes through every fault", async () => {
  const result = await rehearse("true");
  expect(result.converged).toBe(true);
  expect(result.findings).toEqual([]);
  expect(result.faults.map(({ fault, run, recovered }) => ({ fault, run, recovered }))).toEqual([
    { fault: "lost-reply", run: 1, recovered: 2 },
  ]);
  expect(result.runs).toBe(3);
}, 60_000);

test("a program that cannot take over what a lost reply left behind is reported, by name", async () => {
  const result = await rehearse("false");
  expect(result.converged).toBe(false);
  expect(result.findings).toEqual([
    {
      rule: "no-recovery",
      urn: urnOf("named"),
      message:
        'still fails after 3 runs: the name is already taken (uniqueness_error). It began with the injected fault "lost-reply" in run 1',
      remedy:
        "make it idempotent: a repeated run has to find what a broken one left behind, and take it over or clear it away",
    },
  ]);
}, 60_000);

test("what a lost reply left behind is imported where its provider can look it up, and the command is told", async () => {
  const standing: Standing = new Map();
  const [toy] = toyWorld(standing);
  const thing = toy?.resource("toy:index:Thing");
  if (thing === undefined) throw new Error("the toys have no model");
  const readable = {
    ...thing,
    read: (id: string) => ({ id, inputs: { ...standing.get(id), computed: true }, outputs: {} }),
  };
  const result = await rehearse("false", [{ name: "toy", resource: () => readable }]);
  expect(result.findings).toEqual([]);
  expect(result.faults.map(({ fault, run, recovered, command }) => ({ fault, run, recovered, command }))).toEqual([
    { fault: "lost-reply", run: 1, recovered: 3, command: "pulumi import toy:index:Thing named named-1" },
  ]);
  expect(result.state.resources).toMatchObject([{ type: "pulumi:pulumi:Stack" }, { id: "named-1" }]);
}, 60_000);

/** The seed is chosen for the fault that its type then gets. */
function rehearse(adopt: string, models: readonly ProviderModel[] = toyWorld()) {
  const seed =
    [0, 1, 2].find(
      (candidate) =>
        eachTypeFailsOnce(candidate)({ urn: "", type: "toy:index:Thing", operation: "create" }) === "lost-reply",
    ) ?? 0;
  return rehearseWithFaults({
    projectDir: programs,
    project: "toys",
    stack: "test",
    entry: "named.ts",
    config: { "toys:adopt": adopt },
    secretKeys: [],
    models,
    state: emptyState,
    seed,
    maxRuns: 10,
  });
}
