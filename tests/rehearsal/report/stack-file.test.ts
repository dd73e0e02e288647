import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { loadStackConfig, UsageError } from "../../../rehearsal/engine/stack-file.ts";

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

function projectWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "stack-file-"));
  made.push(directory);
  for (const [path, content] of Object.entries({ "Pulumi.yaml": "name: demo\nmain: main.ts\n", ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

const failure = (directory: string, stack: string): string => {
  try {
    loadStackConfig(directory, stack);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("it was read without a complaint");
};

test("structures go as JSON, scalars as text, and secrets as stand-ins that are the same every time", () => {
  const directory = projectWith({
    "Pulumi.yaml":
      'name: demo\nmain: main.ts\nconfig:\n  region: here\n  size: { default: 3 }\n  pulumi:disable-default-providers: { value: ["kubernetes"] }\n',
    "Pulumi.prod.yaml": [
      "encryptionsalt: v1:x",
      "config:",
      "  demo:nodes: { count: 3, names: [a] }",
      "  demo:on: true",
      "  demo:region: there",
      "  demo:inner: { list: [{ token: { secure: v1:abc } }] }",
      "  demo:whole: { secure: v1:def }",
      "  secret:token: <unset>",
      "",
    ].join("\n"),
  });
  const loaded = loadStackConfig(directory, "prod");
  const canary = (path: string) => loaded.canaries.get(path) ?? "";
  expect(loaded).toEqual({
    project: "demo",
    entry: "main.ts",
    config: {
      "demo:region": "there",
      "demo:size": "3",
      "pulumi:disable-default-providers": '["kubernetes"]',
      "demo:nodes": '{"count":3,"names":["a"]}',
      "demo:on": "true",
      "demo:inner": JSON.stringify({ list: [{ token: canary("demo:inner.list[0].token") }] }),
      "demo:whole": canary("demo:whole"),
      "secret:token": canary("secret:token"),
    },
    secretKeys: ["demo:inner", "demo:whole", "secret:token"],
    canaries: new Map([...loaded.canaries]),
  });
  expect(canary("secret:token")).toMatch(/^canary[0-9a-f]{58}$/);
  expect(new Set(loaded.canaries.values()).size).toBe(3);
  expect(loadStackConfig(directory, "prod")).toEqual(loaded);
});

test("an example's stack is found by its name", () => {
  const directory = projectWith({ "examples/rack/Pulumi.rack.yaml": "config: { demo:a: b }\n" });
  expect(loadStackConfig(directory, "rack").config).toEqual({ "demo:a": "b" });
});

test("an unknown stack is answered with those that there are", () => {
  const directory = projectWith({ "Pulumi.dev.yaml": "", "examples/rack/Pulumi.rack.yaml": "" });
  expect(failure(directory, "prd")).toMatchInlineSnapshot(`
    "there is no stack "prd". There are:
      dev                      Pulumi.dev.yaml
      rack                     examples/rack/Pulumi.rack.yaml"
  `);
});

test("YAML that cannot be read is answered with file, line and column", () => {
  const directory = projectWith({
    "Pulumi.tab.yaml": "config:\n  demo:a: 1\n  demo:a: 2\n",
    "Pulumi.list.yaml": "- a\n",
    "Pulumi.text.yaml": "config: text\n",
  });
  expect(failure(directory, "tab")).toMatchInlineSnapshot(`"Pulumi.tab.yaml:3:3: Map keys must be unique"`);
  expect(failure(directory, "list")).toMatchInlineSnapshot(`"Pulumi.list.yaml:1:1: it has to be a mapping of keys"`);
  expect(failure(directory, "text")).toMatchInlineSnapshot(
    `"Pulumi.text.yaml: \`config\` has to be a mapping of keys"`,
  );
});

test("a directory that is no project is answered with what to do", () => {
  const directory = mkdtempSync(join(tmpdir(), "stack-file-"));
  made.push(directory);
  expect(failure(directory, "prod")).toMatchInlineSnapshot(
    `"Pulumi.yaml is missing: run this in the project's directory"`,
  );
});
