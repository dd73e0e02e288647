import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, NetworkingV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../../../lib/platform/catalogue.ts";
import { hasChart } from "../../../lib/platform/release.ts";
import { type ChartRepository, serveCharts } from "../../../rehearsal/pulumi/charts/repository.ts";
import { controlPlanePrograms, ensurePrograms } from "../../../rehearsal/pulumi/kube/binaries.ts";
import { runCloudController } from "../../../rehearsal/pulumi/kube/cloud-controller.ts";
import { type ControlPlane, startControlPlane } from "../../../rehearsal/pulumi/kube/control-plane.ts";
import type { Watcher } from "../../../rehearsal/pulumi/kube/watch.ts";
import { makeStep } from "./install.ts";
import { prod } from "./prod.ts";
import { describeWith, say } from "./programs.ts";

// What a user would lose: a plan whose order, namespaces or values a real API server and a real Helm refuse.

describeWith([...controlPlanePrograms, "helm"], "the platform of prod on a real API server", () => {
  const dir = mkdtempSync(join(tmpdir(), "groundwork-platform-"));
  let helm: string;
  let charts: ChartRepository;
  let controlPlane: ControlPlane;
  let cloud: Watcher;
  let made: readonly string[];

  beforeAll(async () => {
    ({ helm } = await ensurePrograms(["helm"], say));
    charts = await serveCharts();
    for (const line of charts.description) say(line);
    const { nodes, plan } = prod(charts.url);
    controlPlane = await startControlPlane({ dir: join(dir, "cluster"), nodes, say });
    cloud = await runCloudController({
      config: controlPlane.config,
      namespace: "kube-system",
      deployment: "hcloud-cloud-controller-manager",
      providerId: (node) => `hcloud://${node}`,
    });
    const done: string[] = [];
    for (const step of plan.steps) {
      const begun = Date.now();
      await makeStep(step, { controlPlane, helm });
      done.push(step.id);
      if (step.kind === "release") say(`${step.id} in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    }
    made = done;
  });

  afterAll(async () => {
    await cloud.stop();
    await controlPlane.stop();
    await charts.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("every release of the stack is installed from the mirror alone", () => {
    const releases = made.filter((id) => id.startsWith("release/")).map((id) => id.slice("release/".length));
    const asked = new Set(charts.requests.filter((line) => line !== "200 index.yaml"));
    const expected = catalogue
      .filter(hasChart)
      .filter(({ name }) => releases.includes(name))
      .map(({ chart }) => `200 ${chart.chart.replace(/^.*\//, "")}-${chart.version}.tgz`);
    expect([...asked].sort()).toEqual(expected.sort());
  });

  test("every workload is as many as it wants to be", async () => {
    const apps = controlPlane.config.makeApiClient(AppsV1Api);
    const deployments = (await apps.listDeploymentForAllNamespaces()).items;
    const daemonSets = (await apps.listDaemonSetForAllNamespaces()).items;
    const states = [
      ...deployments.map(({ metadata, spec, status }) => ({
        name: metadata?.name,
        missing: (spec?.replicas ?? 1) - (status?.availableReplicas ?? 0),
      })),
      ...daemonSets.map(({ metadata, status }) => ({
        name: metadata?.name,
        missing: (status?.desiredNumberScheduled ?? 0) - (status?.numberAvailable ?? 0),
      })),
    ];
    expect(states.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["hcloud-cloud-controller-manager", "hcloud-csi-node", "haproxy-kubernetes-ingress"]),
    );
    expect(states.filter(({ missing }) => missing !== 0)).toEqual([]);
  });

  test("nodes are initialised by the cloud controller's Deployment, which alone tolerates them before", async () => {
    const { items } = await controlPlane.config.makeApiClient(CoreV1Api).listNode();
    expect(
      items.map(({ metadata, spec }) => ({ name: metadata?.name, taints: spec?.taints, id: spec?.providerID })),
    ).toEqual(
      items.map(({ metadata }) => ({
        name: metadata?.name,
        taints: undefined,
        id: `hcloud://${metadata?.name ?? ""}`,
      })),
    );
  });

  test("claims are bound by the class that the CSI driver's release brings", async () => {
    const { items } = await controlPlane.config.makeApiClient(CoreV1Api).listPersistentVolumeClaimForAllNamespaces();
    expect(items.map(({ metadata, spec, status }) => [metadata?.name, spec?.storageClassName, status?.phase])).toEqual([
      ["kube-prometheus-stack-grafana", "hcloud-volumes", "Bound"],
    ]);
  });

  test("ingress classes, and Grafana's Ingress that uses one", async () => {
    const networking = controlPlane.config.makeApiClient(NetworkingV1Api);
    const classes = (await networking.listIngressClass()).items.map(({ metadata }) => metadata?.name);
    const ingresses = (await networking.listIngressForAllNamespaces()).items.map(({ spec }) => ({
      class: spec?.ingressClassName,
      hosts: spec?.rules?.map(({ host }) => host),
    }));
    expect({ classes, ingresses }).toEqual({
      classes: ["haproxy", "tailscale"],
      ingresses: [{ class: "haproxy", hosts: ["grafana.example.com"] }],
    });
  });

  test("a kind whose versions a webhook converts is read in the other version", async () => {
    const custom = controlPlane.config.makeApiClient(CustomObjectsApi);
    const at = { group: "metallb.io", namespace: "metallb-system", plural: "bgppeers" };
    const body = {
      apiVersion: "metallb.io/v1beta2",
      kind: "BGPPeer",
      metadata: { name: "rack" },
      spec: { myASN: 64512 },
    };
    await custom.createNamespacedCustomObject({ ...at, version: "v1beta2", body });
    const read: unknown = await custom.getNamespacedCustomObject({ ...at, version: "v1beta1", name: "rack" });
    expect(read).toMatchObject({ apiVersion: "metallb.io/v1beta1", spec: { myASN: 64512 } });
  });

  test("nothing beside Kubernetes failed", () => {
    expect([...controlPlane.failures(), ...cloud.failures]).toEqual([]);
  });
});
