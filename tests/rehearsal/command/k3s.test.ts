import { expect, test } from "vitest";
import {
  addNode,
  agentToken,
  createTestCluster,
  createTestWorld,
  join,
  keyPair,
  loadBalancer,
  privateAddress,
  serverToken,
  type TestWorld,
} from "./world.ts";

const members = (world: TestWorld) =>
  world.clusters.all().map((cluster) => [...cluster.nodes.values()].map(({ name, role }) => `${name} ${role}`));

test("three servers and an agent become one cluster, each in its time", async () => {
  const world = createTestWorld();
  for (const name of ["cp-1", "cp-2", "cp-3", "worker-1"]) {
    addNode(world, name, {
      init: name === "cp-1",
      config: { "node-label": ["pool=x"], "node-taint": ["a=b:NoSchedule"] },
    });
  }
  loadBalancer(world);
  const seconds: number[] = [];
  let now = 10;
  for (const [name, role] of [
    ["cp-1", "server"],
    ["cp-2", "server"],
    ["cp-3", "server"],
    ["worker-1", "agent"],
  ] as const) {
    const joined = await join(world, name, role, now);
    seconds.push(joined.seconds);
    now += joined.seconds;
  }
  // The first is in the tailnet at the end of cloud-init at 55, and starts the cluster in 25; a session takes one second.
  expect(seconds).toEqual([55 + 1 + 25 - 10, 1 + 20, 1 + 20, 1 + 10]);
  expect(members(world)).toEqual([["cp-1 server", "cp-2 server", "cp-3 server", "worker-1 agent"]]);
  const { labels, taints, readyAt } = world.clusters.all()[0]?.nodes.get("worker-1") ?? {};
  expect({ labels, taints, readyAt }).toEqual({ labels: { pool: "x" }, taints: ["a=b:NoSchedule"], readyAt: now });
  expect(world.findings).toEqual([]);
});

test("running a join again changes nothing", async () => {
  const world = await createTestCluster();
  const before = members(world);
  await join(world, "cp-1", "server", 5000);
  expect(members(world)).toEqual(before);
});

test("a node that may not start a cluster finds none: it waits for nothing that makes one", async () => {
  const world = createTestWorld();
  addNode(world, "cp-1");
  await expect(join(world, "cp-1", "server", 1000)).rejects.toThrow(
    "none of the servers 10.0.0.5:6443 answers on /ping, and cp-1 may not start a cluster of its own",
  );
});

test("an agent that joins before there is a server fails as the script does", async () => {
  const world = createTestWorld();
  addNode(world, "worker-1");
  loadBalancer(world);
  await expect(join(world, "worker-1", "agent", 1000)).rejects.toThrow(
    "Process exited with status 1: running step k3s-join name=worker-1 role=agent endpoint=10.0.0.5:6443 peers= timeout=600:\ngroundwork: the cluster's endpoint 10.0.0.5:6443 does not answer on /ping: worker-1 cannot join.",
  );
});

test.each([
  [
    "agent",
    "worker-2",
    "wrong-agent-token\n",
    "k3s-agent on worker-2 is not healthy after 600s: https://10.0.0.5:6443/v1-k3s/config: 401 Unauthorized",
  ],
  [
    "agent",
    "worker-2",
    `K10${"0".repeat(64)}::node:${agentToken}\n`,
    "token CA hash does not match the Cluster CA certificate hash",
  ],
  ["agent", "worker-2", "", "one line is expected on standard input: the agent token"],
  [
    "server",
    "cp-4",
    `${agentToken}\n${agentToken}\n`,
    "https://10.0.0.5:6443/v1-k3s/server-bootstrap: 401 Unauthorized",
  ],
  ["server", "cp-4", `${serverToken}\n`, "two lines are expected on standard input"],
] as const)("a %s with a wrong token does not get in", async (role, name, stdin, message) => {
  const world = await createTestCluster();
  addNode(world, name);
  await expect(join(world, name, role, 5000, { stdin })).rejects.toThrow(message);
});

test("two nodes that may both start a cluster, at once, make two: the loss of a cluster", async () => {
  const world = createTestWorld();
  for (const name of ["cp-1", "cp-2"]) {
    world.machine(name, {
      // Neither reaches the other: no common network.
      addresses: [{ address: name === "cp-1" ? "203.0.113.1" : "203.0.113.2", network: "public", openPorts: [22] }],
      files: { "/etc/rancher/k3s/config.yaml": `node-name: ${name}\n`, "/etc/groundwork/init": "" },
    });
  }
  const start = (name: string) =>
    world.step(
      "k3s-join",
      name,
      { name, role: "server", endpoint: "203.0.113.1:6443", peers: "", timeout: "600" },
      { stdin: `${serverToken}\n${agentToken}\n` },
    );
  await start("cp-1");
  await expect(start("cp-2")).rejects.toThrow("a second cluster was started beside the one of cp-1");
  expect(world.findings).toEqual([
    {
      rule: "second-cluster",
      urn: "urn:pulumi:dev::groundwork::command:remote:Command::cp-2-k3s-join",
      message:
        "cp-2 starts a cluster of its own although one with the same token exists (cp-1): it cannot reach it, and both go on apart with one set of names and addresses",
      remedy:
        "let only one node carry /etc/groundwork/init, give every server the others as peers, and let cp-2 wait for the first server's join",
    },
  ]);
});

test("servers that join at the same time meet in etcd", async () => {
  const world = createTestWorld();
  for (const name of ["cp-1", "cp-2", "cp-3"]) addNode(world, name, { init: name === "cp-1" });
  await join(world, "cp-1", "server", 1000);
  const [second, third] = [await join(world, "cp-2", "server", 1030), await join(world, "cp-3", "server", 1030)];
  expect([second.seconds, third.seconds]).toEqual([21, 41]);
  expect(world.findings.map(({ rule, message }) => [rule, message.slice(0, 44)])).toEqual([
    ["parallel-etcd-join", "cp-3 joins etcd while cp-2 still does: etcd "],
  ]);
});

test("a server whose settings differ from the others' is refused", async () => {
  const world = await createTestCluster();
  addNode(world, "cp-4", { config: { "cluster-cidr": "10.99.0.0/16" } });
  await expect(join(world, "cp-4", "server", 5000)).rejects.toThrow(
    'critical configuration value mismatch between servers: cluster-cidr ("10.99.0.0/16" here, unset there)',
  );
});

const leave = (world: TestWorld, peer: string, name: string, role = "server") =>
  world.step(
    "k3s-leave",
    peer,
    { name, role, drain: "300", settle: "20", force: "false", holder: `leave-${name}`, timeout: "900" },
    { now: 5000 },
  );

test("a control plane is replaced: it leaves, its machine goes, the new one joins", async () => {
  const world = await createTestCluster();
  await leave(world, "cp-2", "cp-1");
  world.hosts.remove("cp-1");
  addNode(world, "cp-1");
  await join(world, "cp-1", "server", 6000);
  expect(members(world)).toEqual([["cp-2 server", "cp-3 server", "worker-1 agent", "cp-1 server"]]);
  expect(world.model.finish?.({ project: "groundwork", stack: "dev" })).toEqual([]);
});

test("what has left does not come back with its old data", async () => {
  const world = await createTestCluster();
  await leave(world, "cp-2", "cp-1");
  await expect(join(world, "cp-1", "server", 6000)).rejects.toThrow(
    "the etcd member of cp-1 was removed from the cluster, so it may not start",
  );
});

test("a control plane whose machine went without leaving blocks its successor", async () => {
  const world = await createTestCluster();
  world.hosts.remove("cp-3");
  addNode(world, "cp-3");
  await expect(join(world, "cp-3", "server", 6000)).rejects.toThrow(
    "etcd cluster join failed: duplicate node name found, please use a unique name for this node",
  );
  addNode(world, "cp-4");
  await expect(join(world, "cp-4", "server", 6000)).rejects.toThrow("etcdserver: unhealthy cluster");
});

test("so does a worker's Node that is left behind", async () => {
  const world = await createTestCluster();
  world.hosts.remove("worker-1");
  addNode(world, "worker-1");
  await expect(join(world, "worker-1", "agent", 6000)).rejects.toThrow("Node password rejected, duplicate hostname");
  await leave(world, "cp-1", "worker-1", "agent");
  await expect(join(world, "worker-1", "agent", 7000)).resolves.toMatchObject({ seconds: 11 });
});

test("two machines gone of three: the quorum is lost, and whoever took them is named", async () => {
  const world = await createTestCluster();
  world.hosts.remove("cp-3");
  world.hosts.remove("cp-2");
  expect(world.model.finish?.({ project: "groundwork", stack: "dev" })).toEqual([
    {
      rule: "quorum-lost",
      urn: "urn:cp-2",
      message:
        "without cp-2, 1 of 3 etcd members of the cluster of cp-1 are left, and 2 are needed: the API server stops answering, for good",
      remedy:
        "take a control plane out of etcd before its machine goes, one at a time: a command whose delete runs k3s-leave on another control plane, with deleteBeforeReplace",
    },
  ]);
  await expect(leave(world, "cp-1", "cp-3")).rejects.toThrow("the API server on this control plane does not answer");
});

test("destroying everything is no loss of quorum", async () => {
  const world = await createTestCluster();
  for (const name of ["worker-1", "cp-1", "cp-2", "cp-3"]) world.hosts.remove(name);
  expect(world.model.finish?.({ project: "groundwork", stack: "dev" })).toEqual([]);
});

test("leaving is refused while another member is dead, and for the last one", async () => {
  const world = await createTestCluster();
  world.hosts.remove("cp-3");
  await expect(leave(world, "cp-2", "cp-1")).rejects.toThrow(
    "removing cp-1 would leave 1 healthy of 2 etcd members, and 2 are needed: nothing was changed. Not healthy: cp-3.",
  );
  await leave(world, "cp-1", "cp-3");
  await leave(world, "cp-1", "cp-2");
  await expect(leave(world, "cp-1", "cp-1")).rejects.toThrow("cp-1 holds the last etcd member");
});

test("the member check of a cluster without a network fails: nothing makes its nodes Ready", async () => {
  const world = createTestWorld();
  addNode(world, "cp-1", { init: true, config: { "flannel-backend": "none" } });
  await join(world, "cp-1", "server", 1000);
  await expect(
    world.step("k3s-member", "cp-1", { name: "cp-1", role: "server", timeout: "600" }, { now: 1100 }),
  ).rejects.toThrow("Node cp-1 is not Ready. In the rehearsal: k3s was started with flannel-backend none");
});

test("where the platform brings the network, being registered is enough until it has; then Ready is waited for", async () => {
  const world = createTestWorld();
  addNode(world, "cp-1", { init: true, config: { "flannel-backend": "none" } });
  await join(world, "cp-1", "server", 1000);
  const member = (now: number) =>
    world.step("k3s-member", "cp-1", { name: "cp-1", role: "server", timeout: "600", ready: "no" }, { now });
  const { seconds } = await member(1100);
  const [cluster] = world.clusters.all();
  if (cluster === undefined) throw new Error("there is no cluster");
  cluster.networkAt = 1200;
  // It is there by now, and costs nothing more; before, nobody has waited until 1200.
  expect([seconds, (await member(1300)).seconds]).toEqual([seconds, seconds]);
  expect(seconds).toBeLessThan(100);
  cluster.networkAt = 1100;
  for (const node of cluster.nodes.values()) node.readyAt = 1150;
  // Asked from 1121 on: a session takes one second.
  expect((await member(1120)).seconds).toBe(29 + seconds);
});

test("the permanent host key is the only one once its step has run", async () => {
  const world = createTestWorld();
  addNode(world, "cp-1");
  const permanent = keyPair("permanent");
  const { stdout, seconds } = await world.step("host-key", "cp-1", { timeout: "60" }, { stdin: permanent.private });
  expect({ stdout, seconds, keys: world.hosts.get("cp-1")?.hostKeys }).toEqual({
    stdout: permanent.public,
    seconds: 1 + 3,
    keys: [permanent.public],
  });
  await expect(world.step("host-key", "cp-1", { timeout: "60" }, { stdin: "nonsense" })).rejects.toThrow(
    "standard input holds no unencrypted OpenSSH private key: nothing was changed",
  );
});

test("the addresses of the test's nodes are what its other tests take them for", () => {
  const world = createTestWorld();
  addNode(world, "cp-1");
  expect(privateAddress(world, "cp-1")).toBe("10.0.1.10");
});
