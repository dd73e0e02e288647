import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { at, expectOk, joinArgs, leaveArgs, machine, memberArgs } from "../harness/cluster.ts";
import { World } from "../harness/host.ts";
import { converges } from "../harness/interrupted.ts";
import { clustersOfThree, worlds } from "../harness/worlds.ts";

// The scripts themselves run here, with a real shell, on machines of files and stand-ins for their commands.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();
const cluster = clustersOfThree(keep);

test("nodes joined in order are one cluster, and every step run again changes nothing", async () => {
  const world = cluster();
  const whole = [
    { nodes: ["cp-1", "cp-2", "cp-3", "worker-1"], members: ["cp-1", "cp-2", "cp-3"], snapshots: 0, lock: undefined },
  ];
  expect(world.clusters()).toEqual(whole);
  for (const [pool, number] of [
    ["cp", 1],
    ["cp", 2],
    ["worker", 1],
  ] as const) {
    const host = at(world, pool, number);
    const before = host.tree();
    expect(await host.run(joinArgs(pool, number))).toMatchObject({ code: 0, stdout: "" });
    expect(await at(world, "cp", 3).run(memberArgs(pool, number))).toMatchObject({ code: 0, stdout: "" });
    expect(host.tree()).toEqual(before);
    expect(host.log().filter((line) => /^systemctl (re)?start/.test(line))).toHaveLength(1);
  }
  expect(world.clusters()).toEqual(whole);
});

test("tokens are readable by root alone, and a worker has no server token anywhere", () => {
  const world = cluster();
  const server = at(world, "cp", 1).tree();
  expect([server["etc/rancher/k3s/token"], server["etc/rancher/k3s/agent-token"]]).toEqual([
    "600 server-canary\n",
    "600 agent-canary\n",
  ]);
  expect(JSON.stringify(at(world, "worker", 1).tree())).not.toContain("server-canary");
});

test("flannel is told the interface that has the address, whatever it is called", () => {
  expect(at(cluster(), "cp", 2).read("/etc/rancher/k3s/config.yaml.d/20-address.yaml")).toBe(
    'node-ip: "10.0.1.11"\nflannel-iface: "enp7s0"\n',
  );
});

test("the first node is not the first when another already answers: it joins", async () => {
  const world = cluster();
  expectOk(await at(world, "cp", 2).run(leaveArgs("cp", 1)));
  const again = machine(world, "cp", 1, true);
  expectOk(await again.run(joinArgs("cp", 1)));
  expect(world.clusters().map(({ members }) => members)).toEqual([["cp-1", "cp-2", "cp-3"]]);
  expect(again.read("/etc/rancher/k3s/config.yaml.d/10-membership.yaml")).toBe('server: "https://10.0.1.11:6443"\n');
});

test("a first node that lost its disk's content while its peers are away does not start a second cluster", async () => {
  const world = cluster();
  const first = at(world, "cp", 1);
  for (const number of [2, 3]) at(world, "cp", number).die();
  rmSync(join(first.root, "var/lib/rancher/k3s/server/db/etcd"), { recursive: true });
  rmSync(join(first.path, "units/k3s.active"));
  const outcome = await first.run(joinArgs("cp", 1, 30));
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain(
    "none of the servers 10.0.1.11:6443 10.0.1.12:6443 10.0.1.13:6443 10.0.1.14:6443 10.0.0.100:6443 answers on /ping, and cp-1 may not start a cluster of its own",
  );
  expect(outcome.stderr).toContain("Start k3s on one of them, or restore the cluster from a snapshot");
  expect(world.clusters()).toHaveLength(1);
});

test("a server that joins no one gives up in time, without a cluster of its own", async () => {
  const world = keep(new World());
  const began = world.now();
  expect(await machine(world, "cp", 2).run(joinArgs("cp", 2, 60))).toMatchObject({ code: 1 });
  expect(world.clusters()).toEqual([]);
  expect(world.now() - began).toBeLessThanOrEqual(60);
});

test("a node whose etcd member was removed stays out, and says how it can come back", async () => {
  const world = cluster();
  expectOk(await at(world, "cp", 1).run(leaveArgs("cp", 3)));
  const outcome = await at(world, "cp", 3).run(joinArgs("cp", 3));
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain(
    "the etcd member of cp-3 was removed from the cluster, so it may not start: replace the node by raising its generation",
  );
  expect(world.clusters().map(({ members }) => members)).toEqual([["cp-1", "cp-2"]]);
});

test("a wrong token ends in time, with the journal's last lines", async () => {
  const world = cluster();
  const { script } = joinArgs("cp", 4, 60);
  const outcome = await machine(world, "cp", 4).run({ script, stdin: "wrong\nagent-canary\n" });
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain("the journal of k3s");
  expect(outcome.stderr).toContain("k3s on cp-4 is not healthy after 60s: the API server's /readyz does not say ok");
  expect(outcome.stderr).not.toContain("canary");
});

test("a worker waits for the endpoint, and says so when it does not come", async () => {
  const world = keep(new World());
  const outcome = await machine(world, "worker", 1).run(joinArgs("worker", 1, 60));
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain(
    "the cluster's endpoint 10.0.0.100:6443 does not answer on /ping: worker-1 cannot join",
  );
});

test("missing tokens are refused before anything is started", async () => {
  const world = keep(new World());
  const host = machine(world, "cp", 1, true);
  const outcome = await host.run({ script: joinArgs("cp", 1).script, stdin: "only-one\n" });
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain("two lines are expected on standard input: the server token, then the agent token");
  expect(host.log().filter((line) => line.startsWith("systemctl"))).toEqual([]);
});

test("a changed configuration restarts k3s once", async () => {
  const world = cluster();
  const host = at(world, "cp", 2);
  host.write("/etc/rancher/k3s/config.yaml", `${host.read("/etc/rancher/k3s/config.yaml")}debug: true\n`, "0600");
  for (let run = 0; run < 2; run++) expectOk(await host.run(joinArgs("cp", 2)));
  expect(host.log().filter((line) => line === "systemctl restart --no-block k3s")).toHaveLength(1);
});

test("a node counts as a member only when it is Ready and all of etcd votes and is well", async () => {
  const world = cluster();
  const peer = at(world, "cp", 1);
  at(world, "worker", 1).die();
  const worker = await peer.run(memberArgs("worker", 1, 30));
  expect(worker.stderr).toContain(
    "worker-1 is not a complete part of the cluster after 30s: Node worker-1 is not Ready",
  );
  // Where the pods' network comes later, being registered is enough, until one node has it.
  expect((await peer.run(memberArgs("worker", 1, 30, false))).stderr).toContain("Node worker-1 is not Ready");
  const asLate = (name: string): void => world.set(`clusters/c1/nodes/${name}/ready`, "9999999999");
  for (const name of ["cp-1", "cp-2", "cp-3"]) asLate(name);
  expect((await peer.run(memberArgs("worker", 1, 30, false))).stderr).toContain("worker-1 is registered");
  expect((await peer.run(memberArgs("cp", 2, 30, false))).stderr).toContain(
    "cp-2 is registered, and a healthy voting member of etcd",
  );
  for (const name of ["cp-1", "cp-2", "cp-3"]) world.set(`clusters/c1/nodes/${name}/ready`, "0");
  expect((await peer.run(memberArgs("cp", 4, 30, false))).stderr).toContain("no Node named cp-4 is registered");
  at(world, "cp", 3).die();
  const other = await peer.run(memberArgs("cp", 2, 30));
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(
    /cp-2 is not a complete part of the cluster after 30s: etcd member cp-3-[0-9a-f]{8} is not healthy/,
  );
  const unknown = await peer.run(memberArgs("cp", 4, 30));
  expect(unknown.stderr).toContain("no Node named cp-4 is registered");
});

test("starting a cluster, cut off anywhere and run again, ends in the same one cluster", {
  timeout: 60_000,
}, async () => {
  const from = keep(new World());
  machine(from, "cp", 1, true);
  const host = (world: World) => at(world, "cp", 1);
  await converges({ from, host, args: joinArgs("cp", 1), view: (world) => [world.clusters(), host(world).tree()] });
});

test("joining one does too", { timeout: 60_000 }, async () => {
  const from = cluster();
  machine(from, "cp", 4);
  const host = (world: World) => at(world, "cp", 4);
  await converges({ from, host, args: joinArgs("cp", 4), view: (world) => [world.clusters(), host(world).tree()] });
});
