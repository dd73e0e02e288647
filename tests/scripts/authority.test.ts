import { expect, test, vi } from "vitest";
import type { Authorities } from "../../lib/k3s/authority.ts";
import { at, expectOk, joinArgs, machine } from "../harness/cluster.ts";
import { World } from "../harness/host.ts";
import { converges } from "../harness/interrupted.ts";
import { node } from "../harness/systems.ts";
import { worlds } from "../harness/worlds.ts";

// Certificate authorities of a cluster's own, as the join script brings them to its servers.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();

const tls = "/var/lib/rancher/k3s/server/tls";
const certificate = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const files = ["client-ca", "server-ca", "request-header-ca", "etcd/peer-ca", "etcd/server-ca"];

const under = (root: string): Authorities => ({
  files: files.flatMap((name) => [
    { path: `${name}.crt`, content: certificate(name) + certificate("intermediate") + certificate(root) },
    { path: `${name}.key`, content: `the key of ${name}, canary\n` },
  ]),
  rootHash: "ab".repeat(32),
});

const ours = under("root");

/** A world in which the first server has started with authorities of its own. */
async function begun(): Promise<World> {
  const world = keep(new World());
  world.endpoint(
    "10.0.0.100",
    [1, 2].map((number) => node("cp", number).address),
  );
  expectOk(await machine(world, "cp", 1, true).run(joinArgs("cp", 1, 300, ours)));
  return world;
}

test("k3s finds all of them at its first start, for root alone, and a second run changes nothing", async () => {
  const world = await begun();
  const host = at(world, "cp", 1);
  const found = Object.fromEntries(
    ours.files.map(({ path }) => [path, host.tree()[`${tls.slice(1)}/${path}`]] as const),
  );
  expect(found).toEqual(Object.fromEntries(ours.files.map(({ path, content }) => [path, `600 ${content}`])));
  expect(host.log().join("\n")).not.toContain("canary");
  const before = host.tree();
  expect(await host.run(joinArgs("cp", 1, 300, ours))).toMatchObject({ code: 0, stdout: "" });
  expect(host.tree()).toEqual(before);
});

test("whoever joins names the root in its token and gets the authorities from its peer", async () => {
  const world = await begun();
  expectOk(await machine(world, "cp", 2).run(joinArgs("cp", 2, 300, ours)));
  expectOk(await machine(world, "worker", 1).run(joinArgs("worker", 1, 300, ours)));
  const token = `K10${ours.rootHash}::`;
  expect([at(world, "cp", 2), at(world, "worker", 1)].map((host) => host.read("/etc/rancher/k3s/token"))).toEqual([
    `${token}server:server-canary\n`,
    `${token}node:agent-canary\n`,
  ]);
  expect(at(world, "cp", 2).read(`${tls}/server-ca.key`)).toBe("the key of server-ca, canary\n");
  expect(JSON.stringify(at(world, "worker", 1).tree())).not.toContain("the key of");
  expect(world.clusters().map(({ members }) => members)).toEqual([["cp-1", "cp-2"]]);
});

test.each([
  ["a server that stands", 1, "the certificates of cp-1 are under another root"],
  ["a server that joins", 2, "the certificates of 10.0.1.10:6443 are under another root"],
] as const)("another root is refused, and nothing is changed: %s", async (_, number, message) => {
  const world = await begun();
  const host = number === 1 ? at(world, "cp", 1) : machine(world, "cp", 2);
  const before = host.tree();
  const outcome = await host.run(joinArgs("cp", number, 60, under("another root")));
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toContain(message);
  expect(outcome.stderr).not.toContain("canary");
  expect(host.tree()).toEqual(before);
});

test("cut off anywhere at its first start and run again, it is the same server", async () => {
  const world = keep(new World());
  machine(world, "cp", 1, true);
  await converges({
    from: world,
    host: (each) => at(each, "cp", 1),
    args: joinArgs("cp", 1, 300, ours),
    view: (each) => ({ clusters: each.clusters(), files: at(each, "cp", 1).tree() }),
  });
});
