import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ClusterNode } from "../../rehearsal/hosts/clusters.ts";
import type { Machine } from "../../rehearsal/hosts/machine.ts";
import { memberArgs } from "../harness/cluster.ts";
import type { Ended } from "./client.ts";
import { identify, permanent, Rig } from "./rig.ts";
import { join, leave, member } from "./steps.ts";

// A whole cluster over SSH, one test after the other: each begins with what the one before has left.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const told: string[] = [];
const rig = new Rig({
  onNodeJoined: ({ name, address, role }: ClusterNode) => void told.push(`+ ${name} ${address} ${role}`),
  onNodeLeft: ({ name }: ClusterNode) => void told.push(`- ${name}`),
});
const cp = (number: number): Machine => rig.machines.get(`cp-${number}`);
const worker = (number: number): Machine => rig.machines.get(`worker-${number}`);

/** A step on a machine that has its permanent key. @throws unless it ends well */
async function run(machine: Machine, step: { readonly script: string; readonly stdin?: string }): Promise<Ended> {
  const ended = await rig.run(machine, step, permanent.public);
  if (ended.code !== 0) throw new Error(`${machine.spec.name}: ${ended.code ?? "killed"}\n${ended.stderr}`);
  return ended;
}

async function enter(pool: "cp" | "worker", number: number): Promise<void> {
  const machine = pool === "cp" ? cp(number) : worker(number);
  await rig.identify(machine);
  await run(machine, join(pool, number));
}

beforeAll(async () => {
  await rig.gateway().booted;
  for (const number of [1, 2, 3]) rig.node("cp", number, number === 1);
  for (const number of [1, 2]) rig.node("worker", number);
});

afterAll(async () => {
  expect([rig.machines.failures(), rig.world.unknown()]).toEqual([[], ""]);
  await rig.stop();
});

test("three control planes joined in order, and two workers beside them, are one cluster", async () => {
  for (const number of [1, 2, 3]) await enter("cp", number);
  await Promise.all([1, 2].map((number) => enter("worker", number)));
  await Promise.all([
    ...[1, 2, 3].map((number) => run(cp(number === 1 ? 2 : 1), member("cp", number))),
    ...[1, 2].map((number) => run(cp(1), member("worker", number))),
  ]);
  expect(rig.world.clusters()).toEqual([
    {
      nodes: ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2"],
      members: ["cp-1", "cp-2", "cp-3"],
      snapshots: 0,
      lock: undefined,
    },
  ]);
  expect(told.slice(0, 3)).toEqual([
    "+ cp-1 10.0.1.10 control-plane",
    "+ cp-2 10.0.1.11 control-plane",
    "+ cp-3 10.0.1.12 control-plane",
  ]);
  expect(told.slice(3).sort()).toEqual(["+ worker-1 10.0.2.10 worker", "+ worker-2 10.0.2.11 worker"]);
});

test("every step of every node, run again, changes nothing", async () => {
  const nodes = [
    ...[1, 2, 3].map((number) => ["cp", number] as const),
    ...[1, 2].map((number) => ["worker", number] as const),
  ];
  const state = () => [rig.machines.all().map(({ host }) => host.tree()), rig.world.clusters(), [...told]];
  const before = state();
  await Promise.all(
    nodes.map(async ([pool, number]) => {
      const machine = rig.machines.get(`${pool}-${number}`);
      const [identified, joined, watched] = [
        await run(machine, identify),
        await run(machine, join(pool, number)),
        await run(cp(3), member(pool, number)),
      ];
      expect([identified.stdout, joined.stdout, watched.stdout]).toEqual([`${permanent.public}\n`, "", ""]);
    }),
  );
  expect(state()).toEqual(before);
});

test("a control plane whose machine died is replaced: removed by a peer, made anew, joined under its name", async () => {
  cp(2).powerOff();
  const refused = await rig.run(cp(1), memberArgs("cp", 3, 30), permanent.public);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/etcd member cp-2-[0-9a-f]{8} is not healthy/);
  told.length = 0;
  await run(cp(1), leave("cp", 2));
  rig.machines.remove("cp-2");
  rig.node("cp", 2);
  await enter("cp", 2);
  await run(cp(1), member("cp", 2));
  expect(told).toEqual(["- cp-2", "+ cp-2 10.0.1.11 control-plane"]);
  expect(rig.world.clusters()).toEqual([
    {
      nodes: ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2"],
      members: ["cp-1", "cp-2", "cp-3"],
      snapshots: 1,
      lock: undefined,
    },
  ]);
});

test("after a power cut of the whole site the cluster comes back by itself", async () => {
  told.length = 0;
  for (const machine of rig.machines.all()) machine.reboot();
  await Promise.all(rig.machines.all().map(({ booted }) => booted));
  for (const number of [1, 2, 3]) await run(cp(1), member("cp", number));
  for (const number of [1, 2]) await run(cp(1), member("worker", number));
  expect([rig.world.clusters().length, told]).toEqual([1, []]);
});
