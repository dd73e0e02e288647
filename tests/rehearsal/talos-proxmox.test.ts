import { expect, test } from "vitest";
import { diskImageUrl } from "../../lib/talos/schematic.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { changes, Life, wrong } from "./life.ts";

/** `talos-proxmox` without its releases, rehearsed by the unmodified program against one world through its life. */
const stack = loadStackConfig(process.cwd(), "talos-proxmox");
const { "groundwork:platform": _platform, ...config } = stack.config;
const life = new Life({ ...stack, stack: "talos-proxmox", config });
const { world } = life;

const machines = () =>
  world.proxmox
    .machines()
    .map(({ name, boot, starts }) => `${name} at ${boot?.address ?? "?"}, started ${starts}, ${boot?.image ?? "?"}`);

const image = (version: string) =>
  diskImageUrl(
    { schematic: { extensions: [], kernelArgs: [] }, version, platform: "nocloud", factory: "factory.talos.dev" },
    "qcow2",
  );

test("machines boot the image that follows from the stack file, with an address and nothing secret on their drives", async () => {
  const run = await life.up();
  expect(wrong(run)).toEqual([]);
  expect(run.outputs.established).toEqual(["cp-1", "worker-1"]);
  expect(machines()).toEqual([
    `lab-cp-1 at 10.0.40.61/24, started 1, ${image("v1.13.9")}`,
    `lab-worker-1 at 10.0.40.71/24, started 1, ${image("v1.13.9")}`,
  ]);
  // No snippet, and so neither SSH to the Proxmox node nor a file on it that holds the cluster's keys.
  expect(run.steps.filter(({ type }) => type.includes("FileLegacy"))).toEqual([]);
  expect(changes(await life.up())).toEqual([]);
}, 240_000);

test("a machine that changes in place is a healthy part of the cluster before the run goes on; others stay as they are", async () => {
  const run = await life.up(({ pools }) => {
    Object.assign(pools?.worker ?? {}, { memory: 6144 });
  });
  expect(wrong(run)).toEqual([]);
  expect(changes(run)).toEqual(["update worker-1", "update worker-1-member"]);
}, 240_000);

test("another release upgrades a machine in place, and is what one that is made anew boots", async () => {
  const run = await life.up(({ cluster, pools, proxmox }) => {
    Object.assign(cluster ?? {}, { version: "v1.13.10" });
    Object.assign(proxmox?.image ?? {}, { checksum: "1".repeat(128) });
    Object.assign(pools?.worker ?? {}, { memory: 6144, generation: 2 });
  });
  expect(wrong(run)).toEqual([]);
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
  const run = await life.destroy();
  expect(wrong(run)).toEqual([]);
  const root = { id: "root@pam" };
  const left = ["local", "local-lvm"].flatMap((storage) => world.proxmox.storages.contents(root, "pve1", storage));
  expect({ machines: machines(), left }).toEqual({ machines: [], left: [] });
}, 240_000);
