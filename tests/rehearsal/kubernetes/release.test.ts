import { expect, test } from "vitest";
import { createTestKubernetes, releaseType, releaseUrn } from "./world.ts";

test("a release's outputs and id", async () => {
  const world = await createTestKubernetes();
  expect(
    await world.release("cert-manager", { version: "v1.21.1", values: { crds: { enabled: true } } }),
  ).toMatchInlineSnapshot(`
    {
      "id": "kube-system/cert-manager",
      "outputs": {
        "chart": "cert-manager",
        "name": "cert-manager",
        "namespace": "kube-system",
        "resourceNames": {
          "CustomResourceDefinition.apiextensions.k8s.io/apiextensions.k8s.io/v1": [
            "certificates.cert-manager.io",
            "clusterissuers.cert-manager.io",
          ],
          "Service/v1": [
            "kube-system/cert-manager-webhook",
          ],
        },
        "status": {
          "appVersion": "1.21.1",
          "chart": "cert-manager",
          "name": "cert-manager",
          "namespace": "kube-system",
          "revision": 1,
          "status": "deployed",
          "version": "v1.21.1",
        },
        "values": {
          "crds": {
            "enabled": true,
          },
        },
        "version": "v1.21.1",
      },
      "seconds": 30,
    }
  `);
});

test("a name in use is refused; after an uninstall it is free, and an upgrade is revision 2", async () => {
  const world = await createTestKubernetes();
  const made = await world.release("app", { version: "1.0.0" });
  await expect(world.release("app", {}, { resource: "other" })).rejects.toThrow(
    "cannot re-use a name that is still in use. In the rehearsal: the release kube-system/app was made by app (NameInUse)",
  );
  const resource = world.resource(releaseType);
  const inputs = { chart: "app", name: "app", namespace: "kube-system", version: "1.1.0" };
  const updated = await resource.update?.(inputs, { ...made, inputs: {} }, world.contextOf(releaseType, "app"));
  expect(updated?.outputs.status).toEqual({
    appVersion: "1.1.0",
    chart: "app",
    name: "app",
    namespace: "kube-system",
    revision: 2,
    status: "deployed",
    version: "1.1.0",
  });
  expect(await resource.delete?.({ ...made, inputs }, world.contextOf(releaseType, "app"))).toBe(10);
  await expect(world.release("app")).resolves.toMatchObject({ id: "kube-system/app" });
});

test("its namespace has to exist, unless Helm makes it", async () => {
  const world = await createTestKubernetes();
  await expect(world.release("app", { namespace: "apps" })).rejects.toThrow('namespaces "apps" not found');
  await expect(world.release("app", { namespace: "apps", createNamespace: true })).resolves.toMatchObject({
    id: "apps/app",
  });
});

test("without a name it gets a suffix; a bad one is refused", async () => {
  const world = await createTestKubernetes();
  const { id } = await world.create(releaseType, "nameless", { chart: "app", namespace: "kube-system" });
  expect(id).toMatch(/^kube-system\/nameless-[0-9a-f]{8}$/);
  await expect(world.release("app", { name: "App" })).rejects.toThrow("invalid release name, must match regex");
});

test("monitors before the monitoring kinds: Helm does not even start", async () => {
  const world = await createTestKubernetes();
  const values = { metrics: { serviceMonitor: { enabled: true } } };
  await expect(world.release("app", { values })).rejects.toThrow(
    'no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1"\nensure CRDs are installed first. In the rehearsal: app has to wait for the release that brings them',
  );
  await world.release("prometheus-operator-crds");
  await world.release("app", { values }, { now: 5010, dependsOn: [releaseUrn("prometheus-operator-crds")] });
  expect(world.findings).toEqual([]);
  await world.release("app", { values, name: "lucky" }, { now: 5010, resource: "lucky" });
  expect(world.findings.map(({ rule, remedy }) => [rule, remedy])).toEqual([
    ["missing-dependency", "add prometheus-operator-crds to its dependsOn"],
  ]);
});

test.each([
  ["bundled definitions", {}, true],
  ["definitions from another release, which is not there", { crds: { enabled: false } }, false],
])("kube-prometheus-stack with %s", async (_, values, works) => {
  const world = await createTestKubernetes();
  const made = world.release("kube-prometheus-stack", { values });
  await (works
    ? expect(made).resolves.toMatchObject({ id: "kube-system/kube-prometheus-stack" })
    : expect(made).rejects.toThrow('no matches for kind "Prometheus"'));
});

test("a timeout shorter than the chart takes is over before it is ready", async () => {
  const world = await createTestKubernetes();
  await expect(world.release("cilium", { timeout: 30 })).rejects.toThrow(
    'Helm release "kube-system/cilium" was created, but failed to initialize completely. Use Helm CLI to investigate: failed to become available within allocated timeout. Error: Helm Release kube-system/cilium: context deadline exceeded (30s). In the rehearsal: it is ready about 60 s from now: raise its timeout (Timeout)',
  );
});

test("skipAwait comes back at once, and what relies on the release then meets it unready", async () => {
  const world = await createTestKubernetes();
  const { seconds } = await world.release("cert-manager", { skipAwait: true });
  expect(seconds).toBe(3);
  await expect(
    world.create(
      "kubernetes:cert-manager.io/v1:ClusterIssuer",
      "issuer",
      { metadata: { name: "i" } },
      { now: 5003, dependsOn: [releaseUrn("cert-manager")] },
    ),
  ).rejects.toThrow("do not set skipAwait on it");
});

test("in a second run, what the first one made is ready", async () => {
  const world = await createTestKubernetes();
  await world.release("cert-manager");
  world.hosts.model.finish?.({ project: "groundwork", stack: "dev" });
  world.model.finish?.({ project: "groundwork", stack: "dev" });
  await expect(
    world.create(
      "kubernetes:cert-manager.io/v1:ClusterIssuer",
      "issuer",
      { metadata: { name: "i" } },
      { now: 0, dependsOn: [releaseUrn("cert-manager")] },
    ),
  ).resolves.toMatchObject({ id: "i" });
});
