import fc from "fast-check";
import { expect, test } from "vitest";
import { timelineOf } from "../../../rehearsal/engine/timeline.ts";
import type { Outcome, Toy } from "./harness.ts";
import { project, stack, toyWorld, up } from "./harness.ts";

const timeline = ({ run }: Outcome) => timelineOf({ ...run, project, stack });
const spans = ({ run }: Outcome) =>
  Object.fromEntries(run.resources.map(({ name, start, end }) => [name, [start, end]]));

test("an operation starts when the last of what it waits for ends; a component ends with its children", async () => {
  const outcome = await up([
    { name: "a" },
    { name: "b", dependsOn: ["a"] },
    { name: "group", kind: "component", dependsOn: ["a"] },
    { name: "inside", parent: "group" },
    { name: "under", parent: "inside" },
    { name: "c", dependsOn: ["b", "inside"] },
  ]);
  expect(spans(outcome)).toEqual({
    a: [0, 10],
    b: [10, 20],
    group: [10, 30],
    inside: [10, 20],
    under: [20, 30],
    c: [20, 30],
  });
});

test("the critical path leads through replacements and their deletions", async () => {
  const toys = (fixed: number): Toy[] => [
    { name: "a", inputs: { fixed }, options: { deleteBeforeReplace: true } },
    { name: "b", inputs: { fixed: "from a" }, from: { fixed: ["a"] }, options: { deleteBeforeReplace: true } },
    { name: "aside", inputs: { fixed } },
  ];
  const { state } = await up(toys(1));
  const outcome = await up(toys(2), { state });
  const { makespan, criticalPath } = timeline(outcome);
  expect(makespan).toBe(29);
  expect(criticalPath.map(({ urn, operation, start, end }) => [urn.split("::").at(-1), operation, start, end])).toEqual(
    [
      ["b", "delete-replaced", 0, 3],
      ["a", "delete-replaced", 3, 6],
      ["a", "create-replacement", 6, 16],
      ["b", "create-replacement", 16, 26],
      ["aside", "delete-replaced", 26, 29],
    ],
  );
});

test("the lower bound counts chains of values, not of dependsOn", async () => {
  const outcome = await up([
    { name: "a" },
    { name: "b", from: { x: ["a"] } },
    { name: "c", dependsOn: ["b"] },
    { name: "d", dependsOn: ["c"] },
  ]);
  expect(timeline(outcome)).toMatchObject({ makespan: 40, lowerBound: 20 });
});

test("deletions go in rounds, each as long as its slowest, as the engine does it", async () => {
  const { state } = await up([{ name: "a" }, { name: "b", dependsOn: ["a"] }, { name: "c" }]);
  const outcome = await up([], { state });
  expect(spans(outcome)).toEqual({ b: [0, 3], a: [3, 6], c: [3, 6] });
});

/** Any stack: each toy waits for some of those before it, by value or by order. */
const stacks = fc
  .array(
    fc.record({
      edges: fc.array(fc.nat(), { maxLength: 3 }),
      byValue: fc.boolean(),
      fixed: fc.boolean(),
      first: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((shapes) =>
    shapes.map(({ edges, byValue, fixed, first }, index): Toy => {
      const others = index === 0 ? [] : [...new Set(edges.map((edge) => `t${edge % index}`))];
      return {
        name: `t${index}`,
        inputs: { [fixed ? "fixed" : "size"]: 1 },
        options: { deleteBeforeReplace: first },
        ...(byValue ? { from: { [fixed ? "fixed" : "size"]: others } } : { dependsOn: others }),
      };
    }),
  );

const changed = (toys: readonly Toy[]) =>
  toys.map((toy, index) =>
    index % 2 === 0
      ? { ...toy, inputs: Object.fromEntries(Object.keys(toy.inputs ?? {}).map((key) => [key, 2])) }
      : toy,
  );

test("laws of any stack: it comes to rest, changes come to rest, and what is destroyed leaves nothing", async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (toys) => {
      const standing = new Map<string, Readonly<Record<string, unknown>>>();
      const world = toyWorld(standing);
      const made = await up(toys, { world });
      expect(made.did.length).toBe(toys.length);
      expect((await up(toys, { world, state: made.state })).did).toEqual([]);

      const next = await up(changed(toys), { world, state: made.state });
      expect(next.run.succeeded).toBe(true);
      expect((await up(changed(toys), { world, state: next.state })).did).toEqual([]);
      expect(standing.size).toBe(toys.length);

      // Nothing starts before what it waits for has ended.
      const ends = new Map<string, number>();
      for (const { urn, start, end, dependencies } of next.run.resources) {
        for (const dependency of dependencies) expect(start).toBeGreaterThanOrEqual(ends.get(dependency) ?? 0);
        ends.set(urn, end);
      }
      // The critical path has no gap, and is as long as the run.
      const { makespan, criticalPath, lowerBound } = timelineOf({ ...next.run, project, stack });
      let at = 0;
      for (const leg of criticalPath) {
        expect(leg.start).toBe(at);
        at = leg.end;
      }
      expect(at).toBe(makespan);
      expect(lowerBound).toBeLessThanOrEqual(makespan);

      const gone = await up([], { world, state: next.state });
      expect(gone.state.resources).toEqual([]);
      expect(standing.size).toBe(0);
    }),
    { numRuns: 60 },
  );
});
