import { afterEach, expect, test, vi } from "vitest";
import { k3dConfigFile } from "../../lib/k3d/config.ts";
import { clusterStep, kubeconfigStep, leaveStep, nodeStep, removeStep } from "../../lib/k3d/steps.ts";
import { emptyDocker } from "../../rehearsal/docker/daemon.ts";
import { DockerMachine } from "../harness/docker.ts";
import { dev } from "../harness/k3d.ts";

// The scripts themselves run here, with a real shell, against a simulated Docker and k3d.

vi.setConfig({ testTimeout: 60_000 });
const machines: DockerMachine[] = [];
afterEach(async () => {
  for (const each of machines.splice(0)) await each.remove();
});
function machine(args: ConstructorParameters<typeof DockerMachine>[0] = {}): DockerMachine {
  const made = new DockerMachine(args);
  machines.push(made);
  return made;
}

const network = { subnet: "172.30.0.0/16", firstServer: "172.30.0.4" };
const make = (on: DockerMachine, cluster = dev) =>
  on.run(clusterStep({ cluster, ...network, timeout: 8 }), k3dConfigFile(cluster, "token"));
const worker = { cluster: "dev", name: "dev-worker-1", address: "172.30.0.10" };
const addWorker = (on: DockerMachine) =>
  on.run(nodeStep({ ...worker, labels: { tier: "web" }, taints: ["a=b:NoSchedule"], timeout: 8 }));
const remove = (on: DockerMachine) => on.run(removeStep({ cluster: "dev", timeout: 60 }));

const whole = {
  "k3d-dev-server-0": "172.30.0.4 keeps 172.30.0.4",
  "k3d-dev-server-1": "172.30.0.5 keeps 172.30.0.5",
  "k3d-dev-server-2": "172.30.0.6 keeps 172.30.0.6",
  "k3d-dev-serverlb": "172.30.0.7 keeps 172.30.0.7",
};

test.each([false, true])(
  "servers have the addresses that the stage says, and keep them (Docker Desktop: %s)",
  async (desktop) => {
    const on = machine();
    on.standIn.restart(emptyDocker({ desktop }));
    expect(await make(on)).toMatchObject({ code: 0 });
    expect(on.addresses()).toEqual({ ...whole, ...(desktop ? { "k3d-dev-tools": "172.30.0.3" } : {}) });
  },
);

test("a second run changes nothing", async () => {
  const on = machine();
  await make(on);
  const before = structuredClone(on.docker.state);
  const { length } = on.calls;
  expect(await make(on)).toMatchObject({ code: 0 });
  expect(on.docker.state).toEqual(before);
  expect(on.calls.slice(length).filter((call) => /create|delete|start|stop|connect|rm /.test(call))).toEqual([]);
});

test("a cluster that was made with other settings stays, and is not taken over", async () => {
  const on = machine();
  await make(on);
  const before = on.addresses();
  const again = await make(on, { ...dev, version: "v1.36.3+k3s1" });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(
    "groundwork: the cluster dev was made with other settings (servers, k3s version, ports or arguments), and k3d cannot change them in place: take the change back, or remove the cluster with what is in it (pulumi destroy) and make it anew",
  );
  expect(on.addresses()).toEqual(before);
});

test("somebody else's cluster of that name is left alone", async () => {
  const on = machine();
  await make(on);
  const { containers } = on.docker.state;
  const server = containers["k3d-dev-server-0"];
  if (server !== undefined) containers["k3d-dev-server-0"] = { ...server, labels: { "k3d.cluster": "dev" } };
  const again = await make(on);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(
    "there is a cluster dev in k3d that is not this stage's: give the stage another cluster.name",
  );
});

test("a half-made cluster is removed and made again", async () => {
  const on = machine();
  await make(on);
  const { containers } = on.docker.state;
  delete containers["k3d-dev-server-2"];
  expect(await make(on)).toMatchObject({ code: 0 });
  expect(on.addresses()).toEqual(whole);
});

test("a run cut off before addresses were kept is finished by the next", async () => {
  const on = machine();
  await make(on);
  const { containers } = on.docker.state;
  for (const [name, { keeps: _, ...container }] of Object.entries(containers)) containers[name] = container;
  expect(await make(on)).toMatchObject({ code: 0 });
  expect(on.addresses()).toEqual(whole);
});

test("a container that is in the network already moves the servers, which is said, and nothing is left", async () => {
  const on = machine();
  const { containers, networks } = on.docker.state;
  networks["k3d-dev"] = { subnet: "172.30.0.0/16", gateway: "172.30.0.1", reserved: ["172.30.0.2"] };
  containers.stranger = { image: "x", labels: {}, ports: [], network: "k3d-dev", address: "172.30.0.5" };
  const { code, stderr } = await make(on);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "Docker gave the servers other addresses than the stage says: k3d-dev-server-1 has 172.30.0.6 and not 172.30.0.5; k3d-dev-server-2 has 172.30.0.7 and not 172.30.0.6; the cluster is removed",
  );
  expect(Object.keys(on.addresses())).toEqual(["stranger"]);
});

test.each([
  [
    "no docker",
    ["k3d"] as const,
    "there is no docker on this machine: install it (https://docs.docker.com/engine/install)",
  ],
  ["no k3d", ["docker"] as const, "there is no k3d on this machine: install v5.9.0 or later"],
])("%s is said before anything is made", async (_, programs, message) => {
  const on = machine({ programs });
  const { code, stderr } = await make(on);
  expect({ code, said: stderr.includes(message), containers: on.addresses() }).toEqual({
    code: 1,
    said: true,
    containers: {},
  });
});

test("a port that a container has is said before anything is made", async () => {
  const on = machine();
  const { containers, networks } = on.docker.state;
  networks.other = { subnet: "172.18.0.0/16", gateway: "172.18.0.1", reserved: [] };
  containers.web = { image: "x", labels: {}, ports: [8080], network: "other", address: "172.18.0.2" };
  const { code, stderr } = await make(on);
  expect(code).toBe(1);
  expect(stderr).toContain("port 8080 of this machine is taken by the container web: stop it, or choose another port");
  expect(Object.keys(on.docker.state.networks)).toEqual(["other"]);
});

test("a port that another program has makes k3d fail, and nothing of the cluster is left", async () => {
  const on = machine();
  on.standIn.restart(emptyDocker({ taken: [8443] }));
  const { code, stderr } = await make(on);
  expect(code).toBe(1);
  expect(stderr).toContain("Bind for 0.0.0.0:8443 failed: port is already allocated");
  expect(on.addresses()).toEqual({});
});

test("a range that another network has is said", async () => {
  const on = machine();
  const { networks } = on.docker.state;
  networks.other = { subnet: "172.30.4.0/24", gateway: "172.30.4.1", reserved: [] };
  const { code, stderr } = await make(on);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "the Docker network k3d-dev cannot be made on 172.30.0.0/16: Error response from daemon: invalid pool request: Pool overlaps",
  );
});

test("a worker comes with its address, labels and taints, once, and goes drained", async () => {
  const on = machine();
  await make(on);
  expect(await addWorker(on)).toMatchObject({ code: 0 });
  const node = on.standIn.nodes["dev-worker-1"];
  expect(node).toMatchObject({ labels: { tier: "web" }, taints: ["a=b:NoSchedule"], cordoned: false });
  expect(on.addresses()).toEqual({ ...whole, "k3d-dev-worker-1-0": "172.30.0.10 keeps 172.30.0.10" });
  const before = on.calls.length;
  expect(await addWorker(on)).toMatchObject({ code: 0 });
  expect(on.calls.slice(before).filter((call) => call.startsWith("k3d"))).toEqual([]);

  const leave = leaveStep({ cluster: "dev", name: "dev-worker-1", drain: 60, timeout: 120 });
  expect(await on.run(leave)).toMatchObject({ code: 0 });
  expect(on.addresses()).toEqual(whole);
  expect(Object.keys(on.standIn.nodes)).toEqual(["dev-cp-1", "dev-cp-2", "dev-cp-3"]);
  const done = on.calls.filter((call) => /drain|cordon|node delete|delete node/.test(call));
  expect(done).toEqual([
    "docker exec k3d-dev-server-0 kubectl cordon dev-worker-1",
    "docker exec k3d-dev-server-0 kubectl drain dev-worker-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s",
    "k3d node delete k3d-dev-worker-1-0",
    "docker exec k3d-dev-server-0 kubectl delete node dev-worker-1 --ignore-not-found --wait=false",
  ]);
  expect(await on.run(leave)).toMatchObject({ code: 0 });
});

test("addresses last: a Docker that starts again gives each container its own", async () => {
  const on = machine();
  await make(on);
  await addWorker(on);
  const before = on.addresses();
  await on.run("k3d cluster stop dev && k3d cluster start dev");
  expect(on.addresses()).toEqual(before);
});

test("the cluster goes with its network, and going again is no fault", async () => {
  const on = machine();
  await make(on);
  await addWorker(on);
  expect(await remove(on)).toMatchObject({ code: 0 });
  expect({ docker: on.docker.state, nodes: on.standIn.nodes }).toEqual({ docker: emptyDocker(), nodes: {} });
  expect(await remove(on)).toMatchObject({ code: 0 });
});

test("the kubeconfig is k3d's, with nothing before it", async () => {
  const on = machine();
  await make(on);
  const { stdout } = await on.run(kubeconfigStep({ cluster: "dev", renewal: {}, timeout: 60 }));
  expect(stdout).toBe("kind: Config\n");
});

test("before the administrator's certificate ends the first server is started again", async () => {
  const on = machine();
  await make(on);
  const before = on.standIn.calls.length;
  const renewal = { of: "2027-11-21T00:00:00.000Z" };
  const { stdout } = await on.run(kubeconfigStep({ cluster: "dev", renewal, timeout: 60 }));
  expect(stdout).toBe("kind: Config\n");
  expect(on.standIn.calls.slice(before)).toEqual([
    "docker version --format {{.Server.Version}}",
    "docker stop k3d-dev-server-0",
    "docker start k3d-dev-server-0",
    "docker exec k3d-dev-server-0 kubectl get --raw /readyz",
    "k3d kubeconfig get dev",
  ]);
});
