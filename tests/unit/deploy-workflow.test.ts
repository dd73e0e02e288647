import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const step = z.strictObject({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
  env: z.record(z.string(), z.string()).optional(),
  run: z.string().optional(),
});
const job = z.strictObject({
  needs: z.string().optional(),
  if: z.string().optional(),
  "runs-on": z.string(),
  "timeout-minutes": z.int(),
  environment: z.string().optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])),
  env: z.record(z.string(), z.string()).optional(),
  steps: z.array(step).min(1),
});
/** As much of GitHub's form as the workflow uses: docs.github.com, "Workflow syntax for GitHub Actions". */
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  concurrency: z.strictObject({ group: z.string() }),
  env: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), job),
});

const text = readFileSync(new URL("../../examples/web-application/deploy.yaml", import.meta.url), "utf8");
const { jobs } = workflow.parse(parse(text));
const steps = Object.entries(jobs).flatMap(([name, { steps: all }]) => all.map((each) => ({ job: name, ...each })));
const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

test("actions of others are named by commit: a tag can be moved to anything", () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.map((each) => each.replace(/@[0-9a-f]{40}$/, "@commit"))).toEqual([
    "actions/checkout@commit",
    "tailscale/github-action@commit",
  ]);
});

test("nothing is pasted into a script, where what somebody typed would run: it comes as a variable", () => {
  expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
});

test("scripts are what bash can read", () => {
  for (const script of scripts) execFileSync("bash", ["-n"], { input: script });
  expect(scripts).toHaveLength(7);
});

test("expressions name steps, jobs and outputs that there are", () => {
  const ids = steps.flatMap(({ id }) => id ?? []);
  const named = [...text.matchAll(/steps\.(\w+)\.|needs\.(\w+)\./g)].map(([, id, needed]) => id ?? needed ?? "");
  expect([...new Set(named)].sort()).toEqual(["image", "roll", "tag"]);
  expect(named.filter((each) => !ids.includes(each) && !Object.hasOwn(jobs, each))).toEqual([]);
  const outputs = [...text.matchAll(/steps\.tag\.outputs\.(\w+)/g)].map(([, output]) => output);
  expect(outputs.every((output) => text.includes(`echo "${String(output)}=`))).toBe(true);
});

test("a job has the rights that it uses, and no other: the rollout cannot read the code, the build sees no cluster", () => {
  expect(
    Object.entries(jobs).map(([name, { permissions, environment }]) => ({ name, permissions, environment })),
  ).toEqual([
    { name: "image", permissions: { contents: "read", packages: "write" }, environment: undefined },
    { name: "rollout", permissions: { packages: "write" }, environment: "production" },
  ]);
});

test("in order: rootless build and push; then the cluster is reached before the tag moves, and a failed roll goes back", () => {
  expect(steps.map(({ job: of, name, uses = "" }) => `${of}: ${name ?? uses.replace(/@.*/, "")}`)).toEqual([
    "image: actions/checkout",
    "image: Podman runs without root",
    "image: Build",
    "image: Push",
    "rollout: Join the tailnet, where the cluster's API is",
    "rollout: The cluster answers to the deployer",
    "rollout: Tag the image",
    "rollout: Roll",
    "rollout: Back to what ran before",
  ]);
});
