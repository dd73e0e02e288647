import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOptions } from "../../commands/recover/options.ts";
import { serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/hetzner/model.ts";
import type { Door } from "../../rehearsal/clouds/http/door.ts";

// The command itself, with an engine that only writes down what it is asked to do, and Hetzner's API behind its door.

const root = fileURLToPath(new URL("../../", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "groundwork-recover-"));
let door: Door;
let group: number;

beforeAll(async () => {
  const model = createModel({ tokens: ["t0ken"], now: () => new Date() });
  group = model.placement_groups.create({
    name: "prod-cp-spread-1",
    type: "spread",
    labels: { cluster: "prod", "managed-by": "groundwork" },
  }).id;
  door = await serveHetzner(model);
});
afterAll(async () => {
  await door.close();
  rmSync(dir, { recursive: true });
});

const urnOf = (type: string, name: string): string => `urn:pulumi:prod::groundwork::${type}::${name}`;

/** A state with one operation that was not finished: a placement group, which Hetzner has. */
const state = () => ({
  version: 3,
  deployment: {
    resources: [
      {
        ...{
          urn: urnOf("pulumi:providers:hcloud", "hetzner"),
          custom: true,
          id: "p1",
          type: "pulumi:providers:hcloud",
        },
        inputs: { endpoint: door.url, token: "t0ken" },
      },
    ],
    pending_operations: [
      {
        type: "creating",
        resource: {
          urn: urnOf("hcloud:index/placementGroup:PlacementGroup", "cp-spread-1"),
          ...{ custom: true, type: "hcloud:index/placementGroup:PlacementGroup" },
          provider: `${urnOf("pulumi:providers:hcloud", "hetzner")}::p1`,
          inputs: { name: "prod-cp-spread-1", labels: { cluster: "prod", "managed-by": "groundwork" } },
        },
      },
    ],
  },
});

/** An engine: `pulumi <command>` prints the file of that name and notes its arguments; without one it fails. */
const engine = `#!/bin/sh
cat > "$FAKE/stdin"
printf '%s\\n' "$*" >> "$FAKE/calls"
case "$*" in *"--stack nope "*) echo "error: no stack named 'nope' found" >&2; exit 255 ;; esac
case "$1 $2" in "stack export" | "stack import") name=$1-$2 ;; *) name=$1 ;; esac
if [ -f "$FAKE/$name" ]; then cat "$FAKE/$name"; else echo "error: $name was not to be called" >&2; exit 255; fi
`;

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** What the engine was told to change. */
  readonly changes: readonly string[];
  readonly home: string;
}

/** @param answers what the engine prints, by command */
async function run(
  args: readonly string[],
  answers: Readonly<Record<string, string>> = {},
  lock?: object,
  stackFile?: string,
): Promise<Ran> {
  const home = mkdtempSync(join(dir, "run-"));
  copyFileSync(join(root, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
  writeFileSync(join(home, "pulumi"), engine);
  chmodSync(join(home, "pulumi"), 0o755);
  const url = `file://${home}/state`;
  const all = {
    whoami: JSON.stringify({ url }),
    "stack-export": JSON.stringify(state()),
    preview: '{"steps":[]}',
    ...answers,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(home, name), text);
  if (lock !== undefined) {
    const file = join(home, "state/.pulumi/locks/organization/groundwork/prod/1.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(lock));
  }
  if (stackFile !== undefined) {
    mkdirSync(join(home, dirname(stackFile)), { recursive: true });
    writeFileSync(join(home, stackFile), "config: {}\n");
  }
  const child = spawn(process.execPath, [join(root, "commands/recover.ts"), ...args], {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FAKE: home, PATH: `${home}${delimiter}${process.env.PATH}` },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => (said.out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said.err += text.toString()));
  const [status] = (await once(child, "close")) as [number];
  const calls = existsSync(join(home, "calls")) ? readFileSync(join(home, "calls"), "utf8").trim().split("\n") : [];
  const changes = calls.filter((call) => !/^(whoami|stack export|preview)/.test(call));
  return { ...said, status, changes, home };
}

const flags = "--non-interactive --color never";

test("a plan is shown and nothing done where nobody can be asked; with --yes it is done, and the state kept", async () => {
  const [asked, done] = await Promise.all([
    run(["prod"]),
    run(["prod", "--yes"], { cancel: "", "stack-import": "", import: "" }, lockOf({ pid: 2 ** 22 })),
  ]);
  expect(asked).toMatchObject({ status: 1, changes: [] });
  expect(asked.out).toBe(`To do:
  clear    cp-spread-1 (hcloud:PlacementGroup): interrupted while creating; it was made: placement group ${group}
  import   cp-spread-1 (hcloud:PlacementGroup): placement group ${group} is there
           pulumi import hcloud:index/placementGroup:PlacementGroup cp-spread-1 ${group} --provider provider=${urnOf("pulumi:providers:hcloud", "hetzner")}
Nothing was done. To do it: npm run recover -- prod --yes
`);
  expect({ status: done.status, changes: done.changes }).toEqual({
    status: 0,
    changes: [
      `cancel --yes --stack prod ${flags}`,
      `stack import --stack prod ${flags}`,
      `import hcloud:index/placementGroup:PlacementGroup cp-spread-1 ${group} --yes --skip-preview --protect=false --generate-code=false --provider provider=${urnOf("pulumi:providers:hcloud", "hetzner")} --stack prod ${flags}`,
    ],
  });
  const [kept = ""] = readdirSync(join(done.home, ".recover"));
  expect(JSON.parse(readFileSync(join(done.home, ".recover", kept), "utf8"))).toEqual(state());
});

const lockOf = (more: object) => ({
  pid: 1,
  username: "me",
  hostname: hostname(),
  timestamp: "2026-01-02T03:04:05Z",
  ...more,
});

test.each(["rack", "organization/groundwork/rack"])(
  "%s, whose file is under examples/: the engine is told where",
  async (stack) => {
    const file = "examples/rack/Pulumi.rack.yaml";
    const { status, out, changes } = await run([stack, "--yes"], { "stack-import": "", import: "" }, undefined, file);
    expect({ status, imported: changes.at(-1)?.includes(` --config-file ${file} `) }).toEqual({
      status: 0,
      imported: true,
    });
    expect(out).toContain(`Now: pulumi up --stack ${stack} --config-file ${file}\n`);
  },
);

test("while a run is at work, here or elsewhere, nothing is looked at and nothing done, --yes or not", async () => {
  const [here, elsewhere] = await Promise.all([
    run(["prod", "--yes"], {}, lockOf({ pid: process.pid })),
    run(["prod", "--yes"], {}, lockOf({ hostname: "ci-runner" })),
  ]);
  expect(here).toMatchObject({ status: 1, changes: [] });
  expect(here.out).toContain(`me@${hostname()} (pid ${process.pid}, since 2026-01-02T03:04:05) holds it`);
  expect(elsewhere).toMatchObject({ status: 1, changes: [] });
  expect(elsewhere.out).toContain("when you know that it has ended: pulumi cancel --stack prod, and recover again");
});

test("a healthy stack has nothing to do; as JSON on standard output alone", async () => {
  const healthy = JSON.stringify({ version: 3, deployment: { resources: state().deployment.resources } });
  const { status, out, changes } = await run(["prod", "--json"], { "stack-export": healthy });
  expect({ status, changes, document: JSON.parse(out) as unknown }).toEqual({
    ...{ status: 0, changes: [] },
    document: { stack: "prod", actions: [], left: [], done: true },
  });
});

test("what cannot be done is left, with what the engine said, and the rest is done", async () => {
  const { status, out, changes } = await run(["prod", "--yes"], { "stack-import": "" });
  expect({ status, changes: changes.map((call) => call.split(" ", 2).join(" ")) }).toEqual({
    ...{ status: 1 },
    changes: ["stack import", "import hcloud:index/placementGroup:PlacementGroup"],
  });
  expect(out).toContain("error: import was not to be called");
});

test("wrong use is named; a stack that is not there, too", async () => {
  expect(() => readOptions([])).toThrow("name the stack");
  expect(() => readOptions(["prod", "dev"])).toThrow("one stack at a time; dev is too much");
  expect(() => readOptions(["prod", "--yes", "--dry-run"])).toThrow("--yes does it and --dry-run does not");
  expect(() => readOptions(["prod", "--force"])).toThrow("--force");
  const { status, err, changes } = await run(["nope", "--yes"]);
  expect({ status, changes }).toEqual({ status: 2, changes: [] });
  expect(err).toContain("recover: error: no stack named 'nope' found");
});
