import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, expect, test, vi } from "vitest";
import {
  backup,
  type EtcdArgs,
  fetchSnapshot,
  list,
  planRestore,
  type Run,
  restore,
  type Server,
} from "../../commands/etcd/perform.ts";
import { at, joinArgs } from "../harness/cluster.ts";
import type { World } from "../harness/host.ts";
import { k3s, node } from "../harness/systems.ts";
import { clustersOfThree, worlds } from "../harness/worlds.ts";

// `npm run etcd`, with the node scripts really run on simulated servers.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();
const cluster = clustersOfThree(keep);
const servers: readonly Server[] = [1, 2, 3].map((number) => {
  const { name, address } = node("cp", number);
  return { id: name, name, address };
});
const numberOf = ({ id }: Server): number => Number(id.slice(3));
const label = "groundwork-20261121-120000";
const data = "clusters/c1/data";

const folder = mkdtempSync(join(tmpdir(), "groundwork-etcd-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function textOf(stdin: string | Readable | undefined): Promise<string> {
  if (stdin === undefined || typeof stdin === "string") return stdin ?? "";
  const parts: Buffer[] = [];
  for await (const part of stdin) parts.push(Buffer.from(part as Buffer));
  return Buffer.concat(parts).toString();
}

/** Runs steps on the world's machines. `cut`: the so many-th is cut off after its so many-th command. */
function etcd(world: World, cut?: { readonly step: number; readonly after: number }) {
  let step = 0;
  const done: string[] = [];
  const args: EtcdArgs = {
    servers,
    endpoint: k3s.endpoint,
    say: () => undefined,
    run: async (server, { script, stdin, into }: Run) => {
      step++;
      const [, verb = ""] = /groundwork step: (\S+)/.exec(script) ?? [];
      done.push(`${server.id} ${verb}`);
      const killAfter = cut?.step === step ? { killAfter: cut.after } : {};
      const { code, stdout, stderr } = await at(world, "cp", numberOf(server)).run({
        ...{ script, stdin: await textOf(stdin), ...killAfter },
      });
      if (code !== 0) throw new Error(stderr.trimEnd().split("\n").at(-1));
      if (into !== undefined) await new Promise<void>((resolve) => into.end(stdout, resolve));
      return stdout;
    },
  };
  return { args, done, steps: () => step };
}

const stdinOf = (server: Server): string => String(joinArgs("cp", numberOf(server)).stdin);

/** A cluster that was backed up and has changed since. */
async function changed(): Promise<{ readonly world: World; readonly snapshot: string }> {
  const world = cluster();
  world.set(data, "as it was");
  const { file } = await backup(etcd(world).args, { node: undefined, label });
  world.set(data, "changed since");
  return { world, snapshot: file };
}

const view = (world: World) => ({
  clusters: world.clusters().map(({ nodes, members }) => ({ nodes, members })),
  data: readFileSync(join(world.path, data), "utf8"),
  running: servers.map((server) => at(world, "cp", numberOf(server)).stateOf("units/k3s.active") !== undefined),
  unknown: world.unknown(),
});

const whole = {
  clusters: [{ nodes: ["cp-1", "cp-2", "cp-3", "worker-1"], members: ["cp-1", "cp-2", "cp-3"] }],
  data: "as it was\n",
  running: [true, true, true],
  unknown: "",
};

async function restoreTo(world: World, snapshot: string, cut?: { readonly step: number; readonly after: number }) {
  const { args, done, steps } = etcd(world, cut);
  await restore(args, await planRestore(args, { snapshot, node: undefined }), stdinOf);
  return { done, steps: steps() };
}

test("a backup is taken once, listed, and brought here whole, for its owner alone", async () => {
  const { world, snapshot } = await changed();
  const { args } = etcd(world);
  const [found, ...others] = (await list(args, undefined)).snapshots;
  expect({ found, others }).toEqual({
    found: { node: "cp-1", file: snapshot, bytes: 10, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    others: [],
  });
  expect(snapshot).toMatch(/^groundwork-20261121-120000-cp-1-\d+$/);
  expect(await backup(args, { node: "cp-1", label })).toEqual(found);
  const path = await fetchSnapshot(args, found as NonNullable<typeof found>, folder);
  expect([readFileSync(path, "utf8"), (statSync(path).mode & 0o777).toString(8)]).toEqual(["as it was\n", "600"]);
});

test("the first control plane that answers takes it; where none does, each says why", async () => {
  const { world } = await changed();
  at(world, "cp", 1).state("units/k3s.active", undefined);
  expect(await backup(etcd(world).args, { node: undefined, label: `${label}-2` })).toMatchObject({ node: "cp-2" });
  for (const number of [2, 3]) at(world, "cp", number).state("units/k3s.active", undefined);
  await expect(backup(etcd(world).args, { node: undefined, label: `${label}-3` })).rejects.toThrow(
    /^no snapshot was taken\ncp-1: .*took no snapshot.*\ncp-2: .*\ncp-3: /,
  );
});

test("a restore puts all three back to the snapshot, as one cluster, and can be done again", async () => {
  const { world, snapshot } = await changed();
  const { done } = await restoreTo(world, snapshot);
  expect(view(world)).toEqual(whole);
  expect(done.slice(3)).toEqual([
    "cp-1 etcd-state",
    ...["cp-2 etcd-stop", "cp-3 etcd-stop", "cp-1 etcd-restore"],
    ...["cp-2 etcd-forget", "cp-2 k3s-join", "cp-1 k3s-member"],
    ...["cp-3 etcd-forget", "cp-3 k3s-join", "cp-1 k3s-member"],
    "cp-1 etcd-complete",
  ]);
  world.set(data, "changed again");
  await restoreTo(world, snapshot);
  expect(view(world)).toEqual(whole);
});

test("a snapshot from a file, after quorum was lost for good", async () => {
  const { world, snapshot } = await changed();
  const { args } = etcd(world);
  const [found] = (await list(args, undefined)).snapshots;
  const file = await fetchSnapshot(args, found as NonNullable<typeof found>, folder);
  for (const number of [1, 2]) at(world, "cp", number).state("units/k3s.active", undefined);
  const plan = await planRestore(args, { snapshot, file, node: "cp-3" });
  expect([plan.server.id, plan.others.map(({ id }) => id)]).toEqual(["cp-3", ["cp-1", "cp-2"]]);
  await restore(args, plan, stdinOf);
  expect(view(world)).toEqual(whole);
});

test("cut off in any step and run again, it ends as if it had not been", async () => {
  const { world: from, snapshot } = await changed();
  const straight = keep(from.copy());
  const { steps } = await restoreTo(straight, snapshot);
  expect(steps).toBe(14);
  // Every step that changes something; early and late in it where there is time (CUT=everywhere).
  const places = process.env.CUT === "everywhere" ? [1, 2, 3, 4, 6, 8] : [4];
  const cuts = [5, 6, 7, 8, 9, 11, 12, 14].flatMap((step) => places.map((after) => ({ step, after })));
  const next = [...cuts];
  let effective = 0;
  const worker = async () => {
    for (let cut = next.shift(); cut !== undefined; cut = next.shift()) {
      const world = from.copy();
      const ended = await restoreTo(world, snapshot, cut).then(
        () => "done",
        () => "cut off",
      );
      if (ended === "cut off") effective++;
      if (ended === "cut off") await restoreTo(world, snapshot);
      expect([cut, view(world)]).toEqual([cut, whole]);
      world.remove();
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  expect(effective).toBeGreaterThan(3);
});

test("refused before anything is stopped: a snapshot that nobody has, one of another content, a server that is none", async () => {
  const { world, snapshot } = await changed();
  const before = view(world);
  const { args } = etcd(world);
  await expect(planRestore(args, { snapshot: "yesterday", node: undefined })).rejects.toThrow(
    "no control plane has a snapshot yesterday → npm run etcd -- <stack> list shows those that there are",
  );
  await expect(planRestore(args, { snapshot, node: "cp-9" })).rejects.toThrow(
    "there is no control plane cp-9. There are: cp-1, cp-2, cp-3",
  );
  const file = join(folder, snapshot);
  writeFileSync(file, "something else\n");
  const plan = await planRestore(args, { snapshot, file, node: "cp-1" });
  await expect(restore(args, plan, stdinOf)).rejects.toThrow(`cp-1 has another snapshot of the name ${snapshot}`);
  expect(view(world)).toEqual(before);
});
