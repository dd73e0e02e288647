import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { Secret } from "../../rehearsal/recording.ts";
import { changes, Life, type Sections, wrong } from "./life.ts";

/** `dev`, rehearsed by the unmodified program against one simulated Docker through its life. */
const life = new Life({ stack: "dev", ...loadStackConfig(process.cwd(), "dev") });
const { world } = life;
vi.setConfig({ testTimeout: 60_000 });

async function up(edit?: (sections: Sections) => void): Promise<Run> {
  const run = await life.up(edit);
  expect(wrong(run)).toEqual([]);
  return run;
}

const workers = (count: number) => (sections: Sections) => {
  Object.assign(sections.pools ?? {}, {
    worker: { machine: "docker", role: "worker", count, firstAddress: "172.30.0.10", labels: { tier: "web" } },
  });
};

/** Container -> the address that it has and keeps. */
const addresses = () =>
  Object.fromEntries(
    Object.entries(world.docker.state.containers).map(([name, { address, keeps }]) => [name, [address, keeps]]),
  );

const servers = {
  "k3d-dev-server-0": ["172.30.0.4", "172.30.0.4"],
  "k3d-dev-server-1": ["172.30.0.5", "172.30.0.5"],
  "k3d-dev-server-2": ["172.30.0.6", "172.30.0.6"],
  "k3d-dev-serverlb": ["172.30.0.7", "172.30.0.7"],
};

test("a machine without k3d, and with a Docker that does not answer, is said before anything is made", async () => {
  const stdout = "docker silent: Cannot connect to the Docker daemon.\nk3d\n";
  const models = world.models.map((model) =>
    model.name === "command" ? { ...model, function: () => () => ({ stdout, stderr: "" }) } : model,
  );
  const { failure, steps } = await life.up({}, models);
  expect(failure).toContain("no k3d on PATH, by which this machine makes the cluster; nothing was made");
  expect(failure).toContain("docker does not answer: Cannot connect to the Docker daemon.");
  expect(steps.filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
});

test("dev is made at the addresses that Prometheus is told, and made again changes nothing", async () => {
  const first = await up();
  expect(addresses()).toEqual(servers);
  const monitoring = first.resources.find(({ name }) => name === "release/kube-prometheus-stack");
  expect(monitoring?.inputs.values).toMatchObject({
    kubeEtcd: { endpoints: ["172.30.0.4", "172.30.0.5", "172.30.0.6"], service: { port: 2381 } },
  });
  expect(first.outputs.endpoint).toBe("https://127.0.0.1:6444");
  expect(first.outputs.established).toEqual(["cp-1", "cp-2", "cp-3"]);
  expect(changes(await up())).toEqual([]);
});

test("the kubeconfig has the one context k3d-dev, at the port of the machine", async () => {
  const { outputs } = await up();
  const config = parse(String((outputs.kubeconfig as Secret).value)) as Record<string, unknown>;
  expect(outputs.kubeconfig).toBeInstanceOf(Secret);
  expect(config).toMatchObject({
    contexts: [{ name: "k3d-dev", context: { cluster: "k3d-dev", user: "k3d-dev-admin" } }],
    "current-context": "k3d-dev",
    clusters: [{ name: "k3d-dev", cluster: { server: "https://127.0.0.1:6444" } }],
  });
});

test("a worker more, one in the middle less: nothing else changes, and the one that goes is drained", async () => {
  expect(changes(await up(workers(2)))).toEqual(["create worker-1-node", "create worker-2-node"]);
  expect(addresses()).toEqual({
    ...servers,
    "k3d-dev-worker-1-0": ["172.30.0.10", "172.30.0.10"],
    "k3d-dev-worker-2-0": ["172.30.0.11", "172.30.0.11"],
  });
  const less = await up((sections) => {
    workers(1)(sections);
    Object.assign(sections.pools?.worker ?? {}, { skip: [1] });
  });
  expect(changes(less)).toEqual(["delete worker-1-node"]);
  expect(changes(await up())).toEqual(["delete worker-2-node"]);
  expect(addresses()).toEqual(servers);
});

test("a Helm value upgrades its release alone", async () => {
  const changed = await up(({ platform }) => {
    Object.assign(platform?.["kube-prometheus-stack"] ?? {}, { prometheus: { retention: "3d" } });
  });
  expect(changes(changed)).toEqual(["update release/kube-prometheus-stack"]);
  await up();
});

test("servers more or less than a cluster that stands has are a fault of the configuration", async () => {
  const { failure, steps } = await life.up(({ pools }) => void Object.assign(pools?.cp ?? {}, { count: 1 }));
  expect(failure).toContain(`Pulumi.dev.yaml has 1 fault; nothing was made.

  groundwork:pools.cp.count
    k3d cannot change the servers of a cluster that stands: dev has cp-1, cp-2 and cp-3, and 1 are asked for
    → write 3; workers come and go. To begin anew, destroy the stack and make it again`);
  expect(steps.filter(({ operation }) => operation !== "same" && operation !== "read")).toEqual([]);
});

test("settings that k3d cannot change in place are refused, and the cluster stays", async () => {
  const refused = await life.up(({ cluster }) => void Object.assign(cluster ?? {}, { ports: [] }));
  expect(refused.failure ?? refused.steps.find(({ error }) => error !== undefined)?.error).toMatch(
    /the cluster dev was made with other settings/,
  );
  expect(addresses()).toEqual(servers);
  expect(changes(await up())).toEqual([]);
});

test("destroy drains nothing and leaves nothing of Docker's", async () => {
  await up(workers(1));
  const { failure, steps } = await life.destroy();
  expect(failure).toBeUndefined();
  expect(world.docker.state).toEqual({ networks: {}, containers: {}, taken: [], desktop: false });
  expect(life.state.resources).toEqual([]);
  const drained = steps.filter(({ name, skipped }) => name.endsWith("-node") && skipped !== "deletedWith");
  expect(drained).toEqual([]);
});
