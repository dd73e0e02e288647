import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { at, expectOk, joinArgs, leaveArgs, machine, running } from "../harness/cluster.ts";
import { converges } from "../harness/interrupted.ts";
import { clustersOfThree, worlds } from "../harness/worlds.ts";

// The scripts themselves run here, with a real shell, on machines of files and stand-ins for their commands.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();
const cluster = clustersOfThree(keep);

test.each([
  ["alive", false],
  ["dead", true],
])(
  "a control plane that is %s leaves, after a snapshot, and once it is gone leaving again does nothing",
  async (_, dead) => {
    const world = cluster();
    if (dead) at(world, "cp", 3).die();
    const peer = at(world, "cp", 1);
    expectOk(await peer.run(leaveArgs("cp", 3)));
    const after = [{ nodes: ["cp-1", "cp-2", "worker-1"], members: ["cp-1", "cp-2"], snapshots: 1, lock: undefined }];
    expect(world.clusters()).toEqual(after);
    expect(peer.log().some((line) => line.includes("kubectl drain cp-3"))).toBe(!dead);
    const again = await peer.run(leaveArgs("cp", 3));
    expect(again).toMatchObject({ code: 0, stdout: "", stderr: "groundwork: cp-3 is not in the cluster\n" });
    expect(world.clusters()).toEqual(after);
  },
);

test("what leaving does, in order", async () => {
  const world = cluster();
  const peer = at(world, "cp", 1);
  const before = peer.log().length;
  expectOk(await peer.run(leaveArgs("cp", 3)));
  const changes = peer
    .log()
    .slice(before)
    .filter((line) => line.startsWith("k3s") && !/ get /.test(line))
    .map((line) => line.replace(" --request-timeout=10s", ""));
  expect(changes).toMatchInlineSnapshot(`
    [
      "k3s kubectl create -f -",
      "k3s etcd-snapshot save --name groundwork-leave",
      "k3s etcd-snapshot prune --name groundwork-leave --snapshot-retention 5",
      "k3s kubectl cordon cp-3",
      "k3s kubectl drain cp-3 --ignore-daemonsets --delete-emptydir-data --force --timeout=120s",
      "k3s kubectl annotate node cp-3 etcd.k3s.cattle.io/remove=true --overwrite",
      "k3s kubectl delete node cp-3 --ignore-not-found --wait=false",
      "k3s kubectl -n kube-system delete configmap groundwork-membership --ignore-not-found",
    ]
  `);
});

test("a worker leaves without a snapshot", async () => {
  const world = cluster();
  expectOk(await at(world, "cp", 1).run(leaveArgs("worker", 1)));
  expect(world.clusters()).toEqual([
    { nodes: ["cp-1", "cp-2", "cp-3"], members: ["cp-1", "cp-2", "cp-3"], snapshots: 0, lock: undefined },
  ]);
});

test("a healthy control plane may not leave when that would lose the quorum", async () => {
  const world = cluster();
  at(world, "cp", 2).die();
  const before = world.clusters();
  const outcome = await at(world, "cp", 1).run(leaveArgs("cp", 3));
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(
    /removing cp-3 would leave 1 healthy of 2 etcd members, and 2 are needed: nothing was changed\. Not healthy: cp-2-[0-9a-f]{8}\. Bring those back, or remove them first; then run again/,
  );
  expect(world.clusters()).toEqual(before);
});

test("nor while another member is away, even when the quorum would hold", async () => {
  const world = cluster();
  for (const number of [4, 5]) expectOk(await machine(world, "cp", number).run(joinArgs("cp", number)));
  at(world, "cp", 2).die();
  const before = world.clusters();
  const outcome = await at(world, "cp", 1).run(leaveArgs("cp", 3));
  expect(outcome.stderr).toMatch(
    /etcd has other members that are not healthy voters: cp-2-[0-9a-f]{8}\. Two changes at once risk the quorum: nothing was changed/,
  );
  expect(world.clusters()).toEqual(before);
  // The one that is away is the one to remove first, and then the other may go.
  expectOk(await at(world, "cp", 1).run(leaveArgs("cp", 2)));
  expectOk(await at(world, "cp", 1).run(leaveArgs("cp", 3)));
  expect(world.clusters()[0]?.members).toEqual(["cp-1", "cp-4", "cp-5"]);
});

test("the last control plane does not leave", async () => {
  const world = keep(await running(1));
  const outcome = await at(world, "cp", 1).run(leaveArgs("cp", 1));
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(
    "cp-1 holds the last etcd member, and removing it would end the cluster: nothing was changed",
  );
  expect(world.clusters()[0]?.members).toEqual(["cp-1"]);
});

test("without a quorum nothing is tried, and the way out is named", async () => {
  const world = cluster();
  for (const number of [2, 3]) at(world, "cp", number).die();
  const outcome = await at(world, "cp", 1).run(leaveArgs("cp", 3, { timeout: 60 }));
  expect(outcome.stderr).toContain(
    "does not answer, so cp-3 cannot be removed in order. If etcd has lost its quorum, restore it from a snapshot first",
  );
});

test("two members are never removed at a time: the second run waits for the first's lock, and takes over an expired one", async () => {
  const world = cluster();
  const peer = at(world, "cp", 1);
  world.lock("leave-cp-2", world.now() + 3600);
  const held = await peer.run(leaveArgs("cp", 3, { timeout: 120 }));
  expect(held.code).toBe(1);
  expect(held.stderr).toContain("leave-cp-2 holds the ConfigMap kube-system/groundwork-membership until");
  expect(world.clusters()[0]).toMatchObject({ members: ["cp-1", "cp-2", "cp-3"], lock: "leave-cp-2", snapshots: 0 });
  world.wait(3600);
  expectOk(await peer.run(leaveArgs("cp", 3)));
  expect(world.clusters()[0]).toMatchObject({ members: ["cp-1", "cp-2"], lock: undefined });
});

test("a member whose Node was deleted by force is removed all the same", async () => {
  const world = cluster();
  at(world, "cp", 3).die();
  rmSync(join(world.path, "clusters/c1/nodes/cp-3"), { recursive: true });
  expect(world.clusters()[0]).toMatchObject({ nodes: ["cp-1", "cp-2", "worker-1"], members: ["cp-1", "cp-2", "cp-3"] });
  expectOk(await at(world, "cp", 1).run(leaveArgs("cp", 3)));
  expect(world.clusters()[0]).toMatchObject({ nodes: ["cp-1", "cp-2", "worker-1"], members: ["cp-1", "cp-2"] });
});

test("a drain that a disruption budget holds up stops the leaving, unless asked to go on", async () => {
  const world = cluster();
  const peer = at(world, "cp", 1);
  world.set("clusters/c1/nodes/worker-1/pods", "stuck");
  const refused = await peer.run(leaveArgs("worker", 1));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "worker-1 could not be drained in 120s; it stays cordoned and in the cluster. See what holds it with 'k3s kubectl get poddisruptionbudgets -A'",
  );
  expect(world.clusters()[0]).toMatchObject({ nodes: ["cp-1", "cp-2", "cp-3", "worker-1"], lock: undefined });
  expectOk(await peer.run(leaveArgs("worker", 1, { force: true })));
  expect(world.clusters()[0]?.nodes).toEqual(["cp-1", "cp-2", "cp-3"]);
});

test("leaving, cut off anywhere and run again, ends in the same cluster without the node or a lock", {
  timeout: 240_000,
}, async () => {
  await converges({
    from: cluster(),
    host: (world) => at(world, "cp", 1),
    args: leaveArgs("cp", 3),
    // A run that was cut off may have taken a snapshot of its own.
    view: (world) => world.clusters().map(({ nodes, members, lock }) => ({ nodes, members, lock })),
  });
});
