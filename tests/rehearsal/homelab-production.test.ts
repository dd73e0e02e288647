import { expect, test } from "vitest";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { changes, Life, type Sections, wrong } from "./life.ts";

/** `homelab-production`, rehearsed by the unmodified program against one world through its life. */
const stack = loadStackConfig(process.cwd(), "homelab-production");

/** One on each Proxmox node, since its disks are on no shared storage. */
const templates = ["pve1", "pve2", "pve3"].map((node, index) => ({ node, id: 9001 + index }));

const proxmox = JSON.parse(stack.config["groundwork:proxmox"] ?? "") as { readonly image: object };
const life = new Life(
  { ...stack, stack: "homelab-production" },
  {
    ...stack.config,
    "groundwork:proxmox": JSON.stringify({ ...proxmox, image: { ...proxmox.image, templates } }),
  },
);
const { world } = life;

/** One `up` with some sections changed. */
async function up(edit?: (sections: Sections) => void): Promise<Run> {
  const run = await life.up(edit);
  expect(wrong(run)).toEqual([]);
  return run;
}

const pool = (sections: Sections): object => sections.pools?.node ?? {};
const machines = () =>
  world.proxmox
    .machines()
    .filter(({ name }) => !name.startsWith("template-"))
    .map(({ name, node, starts }) => `${name} on ${node}, started ${starts}`);

test("three machines on three Proxmox nodes become a cluster, and made again changes nothing", async () => {
  const first = await up();
  expect(first.outputs.established).toEqual(["node-1", "node-2", "node-3"]);
  expect(machines()).toEqual([
    "homelab-node-1 on pve1, started 1",
    "homelab-node-2 on pve2, started 1",
    "homelab-node-3 on pve3, started 1",
  ]);
  expect(changes(await up())).toEqual([]);
  // The provider gives every disk a speed and reads none back: the real engine would update all machines in every run.
  const ignored = first.resources
    .filter(({ type }) => type === "proxmoxve:index/vmLegacy:VmLegacy")
    .map(({ inputs, options }) => [(inputs.disks as readonly object[]).length, options.ignoreChanges]);
  expect(ignored).toEqual([1, 2, 3].map(() => [2, expect.arrayContaining(["disks[0].speed", "disks[1].speed"])]));
}, 60_000);

test("what only new machines take touches none that is there", async () => {
  const run = await up((sections) => {
    Object.assign(sections.proxmox?.image ?? {}, { checksum: "1".repeat(128) });
    Object.assign(sections.cluster ?? {}, { kubeletArgs: ["max-pods=200"] });
  });
  expect(changes(run).filter((line) => !line.includes("-image"))).toEqual([]);
  expect(machines().filter((line) => !line.endsWith("started 1"))).toEqual([]);
}, 60_000);

test("more memory restarts one machine after the other, each healthy before the next", async () => {
  const run = await up((sections) => {
    Object.assign(pool(sections), { memory: 24_576 });
    Object.assign(sections.proxmox?.image ?? {}, { checksum: "1".repeat(128) });
  });
  expect(changes(run)).toEqual(
    ["node-2", "node-3", "node-1"].flatMap((name) => [`update ${name}`, `update ${name}-member`]),
  );
}, 60_000);

test("a generation replaces one machine after the other, each drained before it goes; with a template by its clones", async () => {
  const run = await up((sections) => {
    Object.assign(pool(sections), { memory: 24_576, generation: 2 });
    Object.assign(sections.proxmox ?? {}, { image: { templates } });
  });
  const inOrder = ["node-2", "node-3", "node-1"].flatMap((name) => [
    `delete ${name}-member`,
    `delete ${name}`,
    `create ${name}`,
    `create ${name}-member`,
  ]);
  const done = changes(run);
  expect(done.filter((line) => inOrder.includes(line))).toEqual(inOrder);
  expect(done.filter((line) => line.includes("-image")).toSorted()).toEqual(
    templates.map(({ node }) => `delete ${node}-image`),
  );
  const made = run.resources.filter(({ type }) => type === "proxmoxve:index/vmLegacy:VmLegacy");
  const clones = made.map(({ name, inputs }) => ({ name, clone: inputs.clone }));
  expect(clones.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(
    templates.map(({ node, id }, index) => ({
      name: `node-${index + 1}`,
      clone: { vmId: id, nodeName: node, full: true, datastoreId: "local-lvm" },
    })),
  );
}, 60_000);

test("destroy leaves nothing on the Proxmox cluster", async () => {
  expect((await life.destroy()).steps.filter(({ error }) => error !== undefined)).toEqual([]);
  const root = { id: "root@pam" };
  const left = ["pve1", "pve2", "pve3"].flatMap((node) =>
    ["local", "local-lvm"].flatMap((storage) => world.proxmox.storages.contents(root, node, storage)),
  );
  const own = left.filter(({ volid }) => !volid.includes(":base-"));
  expect({ machines: machines(), own }).toEqual({ machines: [], own: [] });
}, 60_000);
