import { beforeAll, expect, test } from "vitest";
import { diskImageUrl } from "../../lib/talos/schematic.ts";
import type { Run } from "../../rehearsal/engine/events.ts";
import { destroy, runProgram } from "../../rehearsal/engine/run.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { emptyState, type State } from "../../rehearsal/engine/state.ts";
import { createWorld, type World } from "../../rehearsal/world.ts";

/** `talos-proxmox` without its releases, rehearsed by the unmodified program against one world through its life. */
const stack = loadStackConfig(process.cwd(), "talos-proxmox");
const { "groundwork:platform": _platform, ...config } = stack.config;
let world: World;
let state: State = emptyState;

type Sections = Record<string, Record<string, object>>;

/** One `up` with some sections changed. */
async function up(edit: (sections: Sections) => void = () => {}): Promise<Run> {
  const sections = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith("groundwork:"))
      .map(([key, value]) => [key.slice("groundwork:".length), JSON.parse(value) as Record<string, object>]),
  );
  edit(sections);
  const edited = Object.entries(sections).map(([key, value]) => [`groundwork:${key}`, JSON.stringify(value)]);
  const result = await runProgram({
    ...{ projectDir: process.cwd(), project: stack.project, stack: "talos-proxmox", secretKeys: stack.secretKeys },
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
    .map(({ operation, name }) => `${operation.replace(/-replaced|-replacement/, "")} ${name}`);

const machines = () =>
  world.proxmox
    .machines()
    .map(({ name, boot, starts }) => `${name} at ${boot?.address ?? "?"}, started ${starts}, ${boot?.image ?? "?"}`);

beforeAll(() => {
  world = createWorld({ stack: "talos-proxmox", config, secrets: [...stack.canaries.values()] });
});

const image = (version: string) =>
  diskImageUrl(
    { schematic: { extensions: [], kernelArgs: [] }, version, platform: "nocloud", factory: "factory.talos.dev" },
    "qcow2",
  );

test("machines boot the image that follows from the stack file, with an address and nothing secret on their drives", async () => {
  const run = await up();
  expect(faults(run)).toEqual([]);
  expect(run.outputs.established).toEqual(["cp-1", "worker-1"]);
  expect(machines()).toEqual([
    `lab-cp-1 at 10.0.40.61/24, started 1, ${image("v1.13.9")}`,
    `lab-worker-1 at 10.0.40.71/24, started 1, ${image("v1.13.9")}`,
  ]);
  // No snippet, and so neither SSH to the Proxmox node nor a file on it that holds the cluster's keys.
  expect(run.steps.filter(({ type }) => type.includes("FileLegacy"))).toEqual([]);
  expect(changes(await up())).toEqual([]);
}, 240_000);

test("a machine that changes in place is a healthy part of the cluster before the run goes on; others stay as they are", async () => {
  const run = await up(({ pools }) => {
    Object.assign(pools?.worker ?? {}, { memory: 6144 });
  });
  expect(faults(run)).toEqual([]);
  expect(changes(run)).toEqual(["update worker-1", "update worker-1-member"]);
}, 240_000);

test("another release upgrades a machine in place, and is what one that is made anew boots", async () => {
  const run = await up(({ cluster, pools, proxmox }) => {
    Object.assign(cluster ?? {}, { version: "v1.13.10" });
    Object.assign(proxmox?.image ?? {}, { checksum: "1".repeat(128) });
    Object.assign(pools?.worker ?? {}, { memory: 6144, generation: 2 });
  });
  expect(faults(run)).toEqual([]);
  expect(changes(run).filter((line) => line.includes("cp-1"))).toEqual(["update cp-1-apply", "update cp-1-member"]);
  const ofWorker = ["delete worker-1-member", "delete worker-1-apply", "delete worker-1"];
  expect(changes(run).filter((line) => line.includes("worker-1"))).toEqual([
    ...ofWorker,
    ...ofWorker.toReversed().map((line) => line.replace("delete", "create")),
  ]);
  expect(machines()).toEqual([
    `lab-cp-1 at 10.0.40.61/24, started 1, ${image("v1.13.9")}`,
    `lab-worker-1 at 10.0.40.71/24, started 1, ${image("v1.13.10")}`,
  ]);
}, 240_000);

test("destroy leaves nothing on the Proxmox cluster", async () => {
  const { recording } = await destroy({
    ...{ project: stack.project, stack: "talos-proxmox", models: world.models, state },
  });
  expect(faults(recording)).toEqual([]);
  const root = { id: "root@pam" };
  const left = ["local", "local-lvm"].flatMap((storage) => world.proxmox.storages.contents(root, "pve1", storage));
  expect({ machines: machines(), left }).toEqual({ machines: [], left: [] });
}, 240_000);
