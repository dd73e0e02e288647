import { expect, test } from "vitest";
import { parseState, stringifyState } from "../../../rehearsal/engine/state.ts";
import { type Standing, toyWorld, up, urnOf } from "./harness.ts";

test("what is new is created, what is unchanged is left alone, what changed is updated in place", async () => {
  const world = toyWorld();
  const first = await up(
    [
      { name: "a", inputs: { size: 1 } },
      { name: "b", dependsOn: ["a"] },
    ],
    { world },
  );
  expect(first.did).toEqual(["create a", "create b"]);
  const second = await up(
    [
      { name: "a", inputs: { size: 1 } },
      { name: "b", dependsOn: ["a"] },
    ],
    { world, state: first.state },
  );
  expect(second.did).toEqual([]);
  expect(second.state).toEqual(first.state);
  const third = await up(
    [
      { name: "a", inputs: { size: 2 } },
      { name: "b", dependsOn: ["a"] },
    ],
    { world, state: first.state },
  );
  expect(third.did).toEqual(["update a"]);
  expect(third.state.resources[0]).toMatchObject({ id: "a-1", inputs: { size: 2 }, outputs: { size: 2 } });
});

test("what the program no longer registers is deleted at the end, dependents first", async () => {
  const chain = [{ name: "a" }, { name: "b", dependsOn: ["a"] }, { name: "c", from: { x: ["b"] } }];
  const { state } = await up(chain);
  const { did, state: after } = await up([{ name: "a" }], { state });
  expect(did).toEqual(["delete c", "delete b"]);
  expect(after.resources.map(({ name }) => name)).toEqual(["a"]);
});

test("an input that cannot change in place replaces: the new one comes first, the old one goes at the end", async () => {
  const standing: Standing = new Map();
  const world = toyWorld(standing);
  const { state } = await up([{ name: "a", inputs: { fixed: 1 } }, { name: "b" }], { world });
  const { did, run } = await up([{ name: "a", inputs: { fixed: 2 } }, { name: "b" }], { world, state });
  expect(did).toEqual(["create-replacement a", "delete-replaced a"]);
  expect(run.resources.map(({ name, operation }) => [name, operation])).toEqual([
    ["a", "replace"],
    ["b", "same"],
  ]);
  expect([...standing.values()]).toEqual([{}, { fixed: 2 }]);
});

test("deleteBeforeReplace first deletes the dependents that a changed input would replace, and only those", async () => {
  const toys = (fixed: number) => [
    { name: "root", inputs: { fixed }, options: { deleteBeforeReplace: true } },
    { name: "forced", inputs: { fixed: "id of root" }, from: { fixed: ["root"] } },
    { name: "further", inputs: { fixed: "id of forced" }, from: { fixed: ["forced"] } },
    { name: "updatable", inputs: { size: "id of root" }, from: { size: ["root"] } },
    { name: "ordered", dependsOn: ["root"] },
  ];
  const { state } = await up(toys(1));
  const { did } = await up(toys(2), { state });
  expect(did).toEqual([
    "delete-replaced further",
    "delete-replaced forced",
    "delete-replaced root",
    "create-replacement root",
    "create-replacement forced",
    "create-replacement further",
  ]);
});

test("a model can say that its provider deletes first; the program overrules it", async () => {
  const [toy] = toyWorld();
  const thing = toy?.resource("toy:index:Thing");
  if (thing === undefined) throw new Error("the toys have no model");
  const world = [{ name: "toy", resource: () => ({ ...thing, deleteBeforeReplace: () => true }) }];
  const { state } = await up([{ name: "a", inputs: { fixed: 1 } }], { world });
  const changed = { name: "a", inputs: { fixed: 2 } };
  expect((await up([changed], { world, state })).did).toEqual(["delete-replaced a", "create-replacement a"]);
  const overruled = await up([{ ...changed, options: { deleteBeforeReplace: false } }], { world, state });
  expect(overruled.did).toEqual(["create-replacement a", "delete-replaced a"]);
});

test("ignoreChanges keeps the old value while the resource stays, and a replacement takes the new one", async () => {
  const toy = (image: string, generation: number) => ({
    name: "a",
    inputs: { env: { image, size: 1 } },
    options: { ignoreChanges: ["env.image"], replacementTrigger: generation },
  });
  const first = await up([toy("old", 1)]);
  const ignored = await up([toy("new", 1)], { state: first.state });
  expect(ignored.did).toEqual([]);
  expect(ignored.state.resources[0]?.inputs).toEqual({ env: { image: "old", size: 1 } });
  const replaced = await up([toy("new", 2)], { state: ignored.state });
  expect(replaced.did).toEqual(["create-replacement a", "delete-replaced a"]);
  expect(replaced.run.steps[0]?.reasons).toEqual(["replacementTrigger"]);
  expect(replaced.state.resources[0]?.inputs).toEqual({ env: { image: "new", size: 1 } });
});

test("a replacement trigger that appears replaces nothing, as in the engine", async () => {
  const { state } = await up([{ name: "a" }]);
  expect((await up([{ name: "a", options: { replacementTrigger: 1 } }], { state })).did).toEqual([]);
});

test("replaceOnChanges names what replaces, by path", async () => {
  const toy = (port: number, host: string) => ({
    name: "a",
    inputs: { rules: [{ port, host }] },
    options: { replaceOnChanges: ["rules[*].port"] },
  });
  const { state } = await up([toy(1, "x")]);
  expect((await up([toy(1, "y")], { state })).did).toEqual(["update a"]);
  expect((await up([toy(2, "x")], { state })).did).toEqual(["create-replacement a", "delete-replaced a"]);
});

test("deletedWith goes without a request when its resource goes, and is replaced when that is", async () => {
  const toys = (fixed: number) => [
    { name: "host", inputs: { fixed } },
    { name: "inside", dependsOn: ["host"], options: { deletedWith: urnOf("host") } },
  ];
  const { state } = await up(toys(1));
  const gone = await up([], { state });
  expect(gone.run.steps.map(({ operation, name, skipped }) => [operation, name, skipped])).toEqual([
    ["delete", "inside", "deletedWith"],
    ["delete", "host", undefined],
  ]);
  const replaced = await up(toys(2), { state });
  expect(replaced.did.slice(0, 2)).toEqual(["create-replacement host", "create-replacement inside"]);
});

test("retainOnDelete forgets a resource and leaves it standing, also when a parent asks for it", async () => {
  const standing: Standing = new Map();
  const world = toyWorld(standing);
  const toys = [
    { name: "group", kind: "component", options: { retainOnDelete: true } },
    { name: "bucket", parent: "group" },
  ];
  const { state } = await up(toys, { world });
  const { run, state: after } = await up([], { world, state });
  expect(run.steps.map(({ name, skipped }) => [name, skipped])).toEqual([
    ["bucket", "retainOnDelete"],
    ["group", "retainOnDelete"],
  ]);
  expect(after.resources).toEqual([]);
  expect(standing.size).toBe(1);
});

test("what is protected is neither deleted nor replaced", async () => {
  const toy = (fixed: number) => ({ name: "a", inputs: { fixed }, options: { protect: true } });
  const { state } = await up([toy(1)]);
  const replaced = await up([toy(2)], { state });
  expect(replaced.errors.join()).toContain(
    `"${urnOf("a")}" is protected and would be replaced (fixed): unset "protect" first`,
  );
  expect(replaced.state.resources).toEqual(state.resources);
  const deleted = await up([], { state });
  expect(deleted.run.succeeded).toBe(false);
  expect(deleted.state.resources).toEqual(state.resources);
});

test("a failing create leaves nothing behind, stops what starts later, and lets what runs beside it finish", async () => {
  const toys = [
    { name: "beside" },
    { name: "refused", inputs: { refuse: true } },
    { name: "at-once" },
    { name: "dependent", dependsOn: ["refused"] },
    { name: "later", dependsOn: ["beside"] },
  ];
  const { did, errors, state, run } = await up(toys);
  expect(did).toEqual(["create beside", "create refused", "create at-once"]);
  expect(errors).toEqual([
    "refused may not be made (forbidden)",
    `${urnOf("later")} was not begun: another resource has failed`,
  ]);
  expect(state.resources.map(({ name }) => name)).toEqual(["beside", "at-once"]);
  expect(run.resources.find(({ name }) => name === "refused")?.error).toBe("refused may not be made (forbidden)");
});

test("after a failure nothing is deleted, and what was not reached is still known", async () => {
  const { state } = await up([{ name: "a" }, { name: "old", dependsOn: ["a"] }]);
  const failed = await up([{ name: "a" }, { name: "new", inputs: { refuse: true } }], { state });
  expect(failed.did).toEqual(["create new"]);
  expect(failed.state.resources.map(({ name }) => name)).toEqual(["a", "old"]);
});

test("a replacement broken off after its delete is taken up by the next run without deleting again", async () => {
  const toy = (fixed: number, refuse: boolean) => ({
    name: "a",
    inputs: { fixed, refuse },
    options: { deleteBeforeReplace: true },
  });
  const first = await up([toy(1, false)]);
  const broken = await up([toy(2, true)], { state: first.state });
  expect(broken.did).toEqual(["delete-replaced a", "create-replacement a"]);
  const next = await up([toy(2, false)], { state: broken.state });
  expect(next.did).toEqual(["create-replacement a"]);
  expect(next.state.resources).toMatchObject([{ name: "a", inputs: { fixed: 2 } }]);
});

test("a replaced resource whose old one cannot be deleted is tried again in the next run", async () => {
  const { state } = await up([{ name: "a", inputs: { fixed: 1, stuck: true } }]);
  const stuck = await up([{ name: "a", inputs: { fixed: 2 } }], { state });
  expect(stuck.did).toEqual(["create-replacement a", "delete-replaced a"]);
  expect(stuck.run.succeeded).toBe(false);
  expect(stuck.state.resources.map(({ name, condemned }) => [name, condemned])).toEqual([
    ["a", undefined],
    ["a", true],
  ]);
  expect((await up([{ name: "a", inputs: { fixed: 2 } }], { state: stuck.state })).did).toEqual(["delete-replaced a"]);
});

test("a resource that was renamed or moved under a component is the same one when it has an alias", async () => {
  const { state } = await up([{ name: "old" }]);
  const renamed = await up([{ name: "new", aliases: [{ name: "old" }] }], { state });
  expect(renamed.did).toEqual([]);
  expect(renamed.state.resources[0]).toMatchObject({ urn: urnOf("new"), id: "old-1" });
  const toys = [
    { name: "group", kind: "component" },
    { name: "old", parent: "group", aliases: [{ noParent: true }] },
  ];
  expect((await up(toys, { state })).did).toEqual(["create group"]);
});

test("children of a renamed component keep their identity", async () => {
  const toys = (name: string, aliases: { name: string }[]) => [
    { name, kind: "component", aliases },
    { name: `${name}-disk`, parent: name },
  ];
  const { state } = await up(toys("box", []));
  expect((await up(toys("crate", [{ name: "box" }]), { state })).did).toEqual([]);
});

test("two resources under one name are an error that names it", async () => {
  const { errors } = await up([{ name: "a" }, { name: "a" }]);
  expect(errors).toEqual([`two resources have the URN ${urnOf("a")}: give one of them another name`]);
});

test("resources of a replaced provider are replaced", async () => {
  const provider = urnOf("provider");
  const toys = (fixed: number) => [
    { name: "provider", inputs: { fixed } },
    { name: "a", options: { provider } },
  ];
  const { state } = await up(toys(1));
  const { run } = await up(toys(2), { state });
  expect(run.steps.find(({ name }) => name === "a")).toMatchObject({
    operation: "create-replacement",
    reasons: ["provider"],
  });
});

test("a state goes through JSON and back, secrets included", async () => {
  const { state } = await up([
    { name: "a", inputs: { size: 1 } },
    { name: "b", from: { x: ["a"] }, options: { protect: true } },
  ]);
  expect(parseState(stringifyState(state))).toEqual(state);
});
