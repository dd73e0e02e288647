import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Secret } from "../../../rehearsal/recording.ts";
import { toyWorld } from "./harness.ts";
import { runToy } from "./program.ts";

const password = "correct horse battery staple";

function world() {
  const [toy] = toyWorld();
  if (toy === undefined) throw new Error("there are no toys");
  return [
    {
      ...toy,
      function: (token: string) =>
        token === "toy:index:find" ? ({ name }: Readonly<Record<string, unknown>>) => ({ found: name }) : undefined,
    },
  ];
}

test("secrets, assets, references, options and outputs cross the wire whole", async () => {
  const models = world();
  const { recording, state } = await runToy("wire.ts", { password }, { models });
  const find = (name: string) => {
    const resource = recording.resources.find((candidate) => candidate.name === name);
    if (resource === undefined) throw new Error(`${name} was not recorded`);
    return resource;
  };
  const secret = new Secret(password);
  expect(find("secret").inputs).toEqual({
    whole: secret,
    part: { user: "app", password: secret },
    listed: ["a", secret],
    derived: new Secret("token=token of plain-1"),
  });
  expect(find("secret").outputs).toEqual({
    whole: secret,
    part: { user: "app", password: secret },
    listed: new Secret(["a", password]),
    derived: new Secret("token=token of plain-1"),
    token: new Secret("token of secret-2"),
  });
  const urn = (name: string) => find(name).urn;
  expect(find("file")).toMatchObject({
    inputs: { file: { text: "content" }, other: "plain-1", box: urn("box") },
    dependencies: [urn("plain"), urn("box-1"), urn("box-2")],
    propertyDependencies: { other: [urn("plain")], box: [urn("box-1"), urn("box-2")] },
    options: {
      protect: true,
      ignoreChanges: ["note"],
      replaceOnChanges: ["other"],
      deleteBeforeReplace: false,
      deletedWith: urn("plain"),
      retainOnDelete: true,
      customTimeouts: { create: "5m" },
      replacementTrigger: "1",
    },
  });
  expect(find("box-1")).toMatchObject({ parent: urn("box"), options: { provider: urn("toys") }, start: 20, end: 30 });
  expect(find("box")).toMatchObject({ custom: false, outputs: { size: 2 }, start: 20, end: 30 });
  expect(recording.outputs).toEqual({
    runs: 1,
    password: secret,
    content: "content",
    size: 2,
    answer: { found: "in clear" },
  });
  expect(recording.log.filter(({ message }) => !message.startsWith("Undefined value"))).toEqual([
    { severity: "info", message: "working" },
    { severity: "warning", message: "look here", urn: urn("plain") },
  ]);

  const again = await runToy("wire.ts", { password }, { models, state });
  expect(again.recording.outputs).toMatchObject({ runs: 2, was: secret });
  const changes = again.recording.steps.filter(({ operation }) => operation !== "same" && operation !== "read");
  expect(changes).toEqual([]);

  const broken = await runToy("wire.ts", { password, fail: "refuse" }, { models, state: again.state });
  expect(broken.recording.succeeded).toBe(false);
  // A failed run only adds to the outputs.
  expect(broken.state.stackOutputs).toMatchObject({ runs: 3, was: secret });
}, 60_000);

test("a refused resource is told once, as its own error, and nothing of it is left", async () => {
  const { recording, state } = await runToy("wire.ts", { password, fail: "refuse" }, { models: world() });
  const failed = recording.steps.filter(({ error }) => error !== undefined);
  expect(failed.map(({ name, operation, error }) => ({ name, operation, error }))).toEqual([
    { name: "refused", operation: "create", error: "refused may not be made (forbidden)" },
  ]);
  expect(recording.failure).toBe(undefined);
  expect(recording.log.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(recording.resources.some(({ name }) => name === "waiting")).toBe(false);
  expect(state.resources.some(({ name }) => name === "refused")).toBe(false);
});

test("what the program throws is its failure, and nothing is deleted after it", async () => {
  const models = world();
  const first = await runToy("wire.ts", { password }, { models });
  const { recording, state } = await runToy("wire.ts", { password, fail: "throw" }, { models, state: first.state });
  expect(recording.failure?.split("\n").slice(1, 2)).toEqual(["Error: the program gives up"]);
  expect(recording.steps.filter(({ operation }) => operation === "delete")).toEqual([]);
  expect(state.resources.map(({ name }) => name).sort()).toEqual(first.state.resources.map(({ name }) => name).sort());
}, 60_000);

test("what no model can answer fails with the name of what was asked", async () => {
  const called = await runToy("wire.ts", { password, fail: "call" }, { models: world() });
  expect(called.recording.failure).toContain("no model answers the method toy:index:Thing/method");
  const invoked = await runToy("wire.ts", { password }, { models: toyWorld() });
  expect(invoked.recording.failure).toContain("no model answers the function toy:index:find");
}, 60_000);

test("a rehearsal knows no stack but its own", async () => {
  const { recording } = await runToy(
    "wire.ts",
    { password, reference: "organization/toys/other" },
    { models: world() },
  );
  expect(recording.steps.find(({ error }) => error !== undefined)?.error).toBe(
    'stack "organization/toys/other" is not there: a rehearsal knows only its own stack, "organization/toys/test"',
  );
  expect(recording.failure).toBe(undefined);
});

test("what never comes, and what fails with nobody looking, fails the program as with the SDK alone", async () => {
  const leaking = await runToy("wire.ts", { password, fail: "leak" }, { models: world() });
  expect(leaking.recording.succeeded).toBe(false);
  expect(leaking.recording.failure).toContain(
    "program exited before the following resource\nregistrations could complete",
  );
  expect(leaking.recording.failure).toContain("leaking");
  const unseen = await runToy("wire.ts", { password, fail: "unseen" }, { models: world() });
  expect(unseen.recording.succeeded).toBe(false);
  expect(unseen.recording.failure).toContain("nobody looks at this");
});

test("what makes a program quick, in a rehearsal and on the engine, changes nothing of it: values, options, log and serialised functions", async () => {
  const onEngine = ["compile-cache.js", "quiet-sdk.ts"].map(
    (name) => `--import=${pathToFileURL(resolve("lib", name)).href}`,
  );
  const all = (entry: string) =>
    Promise.all(
      [{}, { nodeArguments: onEngine }, { nodeArguments: [] }].map((args) =>
        runToy(entry, { password }, { models: world(), ...args }),
      ),
    );
  for (const entry of ["wire.ts", "functions.ts"]) {
    const [quick, engine, plain] = await all(entry);
    expect(quick?.recording).toEqual(plain?.recording);
    expect(engine?.recording).toEqual(plain?.recording);
    expect(quick?.recording.succeeded).toBe(true);
  }
});
