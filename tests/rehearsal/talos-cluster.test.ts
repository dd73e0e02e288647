import { expect, test } from "vitest";
import { parse } from "yaml";
import { createHosts } from "../../rehearsal/command/hosts.ts";
import { createClusters } from "../../rehearsal/command/k3s/clusters.ts";
import { createCommand } from "../../rehearsal/command/provider.ts";
import { destroy, type RunResult } from "../../rehearsal/engine/run.ts";
import { emptyState } from "../../rehearsal/engine/state.ts";
import { plain } from "../../rehearsal/engine/values.ts";
import { createRandom } from "../../rehearsal/random/provider.ts";
import { createShow } from "../../rehearsal/report/artifacts.ts";
import { createShowDocument } from "../../rehearsal/report/documents.ts";
import { genericSources } from "../../rehearsal/report/sources.ts";
import { createTalosMachines } from "../../rehearsal/talos/machines.ts";
import { createTalosSteps } from "../../rehearsal/talos/steps.ts";
import { createTls } from "../../rehearsal/tls/provider.ts";
import { runToy } from "./engine/program.ts";

/** A Talos cluster's life: each `up` goes on from where the last one ended. */
function life(disks = ["/dev/nvme0n1", "/dev/sda"]) {
  const hosts = createHosts();
  const clusters = createClusters({ seed: "talos", hosts });
  const machines = createTalosMachines({ hosts, clusters });
  const models = [
    createCommand({ hosts, clusters, localSteps: createTalosSteps({ machines, disks }) }),
    createRandom({ seed: "talos" }),
    createTls({ seed: "talos" }),
  ];
  let state = emptyState;
  let established: readonly string[] = [];
  let errors: readonly string[] = [];
  return {
    /** What failed in the last run, and why. */
    errors: () => errors,
    hosts,
    clusters,
    async up(config: Readonly<Record<string, string>> = {}): Promise<RunResult> {
      const result = await runToy(
        "talos.ts",
        { established: JSON.stringify(established), ...config },
        { models, state },
      );
      ({ state } = result);
      errors = result.recording.steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]));
      if (result.recording.succeeded) established = plain(result.recording.outputs).names as string[];
      return result;
    },
    destroy: async () => destroy({ project: "toys", stack: "test", models, state }),
  };
}

/** `<operation> <name>` of the commands, in order, without what stayed as it was. */
const did = ({ recording }: RunResult): readonly string[] =>
  recording.steps
    .filter(({ operation, type }) => operation !== "same" && type === "command:local:Command")
    .map(({ operation, name }) => `${operation.replace(/-replace(d|ment)$/, "")} ${name}`);

test("a cluster is made: configurations side by side, one bootstrap after all of them, then everything else", async () => {
  const { up, clusters, errors } = life();
  const made = await up();
  expect(errors()).toEqual([]);
  expect(made.recording.findings).toEqual([]);
  const order = did(made);
  const nodes = ["cp-1", "cp-2", "cp-3"];
  for (const name of nodes) {
    expect(order.indexOf(`create ${name}-apply`)).toBeLessThan(order.indexOf("create metal-bootstrap"));
    expect(order.indexOf(`create ${name}-member`)).toBeGreaterThan(order.indexOf("create metal-bootstrap"));
  }
  expect(clusters.all().map((cluster) => [...cluster.nodes.keys()].toSorted())).toEqual([[...nodes, "worker-1"]]);
  const { kubeconfig } = plain(made.recording.outputs);
  expect(parse(String(kubeconfig))).toMatchObject({
    "current-context": "metal",
    clusters: [{ name: "metal", cluster: { server: "https://10.42.0.100:6443" } }],
  });
  expect(clusters.byServer(String(kubeconfig), 10_000).kind).toBe("cluster");

  const document = createShowDocument(made.recording, new Map(), false);
  const artifacts = genericSources.flatMap((source) => source(made.recording, createShow(false), document));
  const shown = artifacts.filter(({ path }) => path.startsWith("talos/"));
  expect(shown.map(({ path }) => path).toSorted()).toEqual(
    [...nodes, "worker-1"].map((name) => `talos/${name}.yaml`).toSorted(),
  );
  for (const { content } of shown) {
    expect(content).toContain("kind: HostnameConfig");
    expect(content).toMatch(/^ {2}secret: "?\[secret\]"?$/m);
    const keys = [...content.matchAll(/\b(?:key|token|secret|secretboxEncryptionSecret): (.+)$/gm)].map(
      ([, value]) => value,
    );
    // Of a token its second half is the secret.
    expect(keys.filter((value) => !/^(?:""|"?\[secret\]"?|"?[a-z0-9]{6}\.\[secret\]"?)$/.test(value ?? ""))).toEqual(
      [],
    );
  }
});

test("a new generation rolls one node after the other, the first last, and the cluster stays the same one", async () => {
  const { up, clusters } = life();
  await up();
  const before = clusters.all()[0];
  const rolled = await up({ generation: "2" });
  expect(rolled.recording.failure).toBe(undefined);
  expect(rolled.recording.findings).toEqual([]);
  expect(did(rolled).filter((step) => !step.includes("worker"))).toEqual(
    ["cp-2", "cp-3", "cp-1"].flatMap((name) => [
      `delete ${name}-member`,
      `delete ${name}-apply`,
      `create ${name}-apply`,
      `create ${name}-member`,
    ]),
  );
  expect(clusters.all()).toEqual([before]);
}, 240_000);

test("a disk that is not there is named before anything is written to the machine", async () => {
  const { up, clusters } = life(["/dev/sda"]);
  const failed = await up({ cp: "1", workers: "0" });
  expect(failed.recording.succeeded).toBe(false);
  expect(JSON.stringify(failed.recording)).toContain(
    "cp-1 has no disk /dev/nvme0n1: nothing was changed. It has: /dev/sda . Name one of them in the stack file",
  );
  expect(clusters.all()).toEqual([]);
});

test("a program that has forgotten that its cluster stands never starts a second one", async () => {
  const { up, clusters } = life();
  await up({ cp: "1", workers: "0" });
  const [only] = clusters.all();
  // As after a first run that failed later on: its bootstrap is in the state all the same.
  const grown = await up({ cp: "3", workers: "0", established: "[]" });
  expect(grown.recording.succeeded).toBe(true);
  expect(clusters.all()).toEqual([only]);
  expect(only?.nodes.size).toBe(3);
});
