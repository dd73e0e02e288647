import { describe, expect, test } from "vitest";
import type { Props } from "../../../rehearsal/model.ts";
import { createTestKubernetes, releaseUrn } from "./world.ts";

const waitingFor = (...charts: readonly string[]) => ({ now: 5200, dependsOn: charts.map(releaseUrn) });
const external = { "kubelet-arg": ["cloud-provider=external"], disable: ["servicelb", "traefik", "local-storage"] };

describe("network", () => {
  test("without one, nothing but what brings it becomes ready", async () => {
    const world = await createTestKubernetes({ "flannel-backend": "none" });
    await expect(world.release("app")).rejects.toThrow(
      "k3s was started with flannel-backend none and nothing brings a network: every node is NotReady, and no pod of app runs: let app depend on the release that brings the network, such as cilium",
    );
    expect((await world.release("cilium")).seconds).toBe(60);
    await expect(world.release("app", {}, waitingFor("cilium"))).resolves.toMatchObject({ seconds: 45 });
    expect(world.findings).toEqual([]);
  });

  test("it also ends the wait of the member check", async () => {
    const world = await createTestKubernetes({ "flannel-backend": "none" });
    await world.release("cilium");
    const checked = await world.hosts.step(
      "k3s-member",
      "cp-2",
      { name: "cp-1", role: "server", timeout: "600" },
      { now: 5010 },
    );
    expect(checked.seconds).toBe(50 + 5);
  });

  test("relying on it without waiting for it is found", async () => {
    const world = await createTestKubernetes({ "flannel-backend": "none" });
    await world.release("cilium");
    expect((await world.release("app", {}, { now: 5010 })).seconds).toBe(50 + 45);
    expect(world.findings.map(({ rule, message }) => [rule, message])).toEqual([
      [
        "missing-dependency",
        "app needs the pods' network, which cilium brings, but nothing makes it wait for that: here it was there in time, next time it may not be",
      ],
    ]);
  });
});

describe("cloud provider", () => {
  test("nodes keep their first taint until a cloud controller manager runs", async () => {
    const world = await createTestKubernetes(external);
    await expect(world.release("app")).rejects.toThrow(
      "every node has the taint node.cloudprovider.kubernetes.io/uninitialized",
    );
    await world.release("hcloud-cloud-controller-manager");
    await expect(world.release("app", {}, waitingFor("hcloud-cloud-controller-manager"))).resolves.toMatchObject({
      seconds: 45,
    });
    expect(world.findings).toEqual([]);
  });

  test.each<[string, Props]>([
    ["tolerates it", { tolerations: [{ key: "node.cloudprovider.kubernetes.io/uninitialized", operator: "Exists" }] }],
    ["tolerates everything", { controller: { tolerations: [{ operator: "Exists" }] } }],
  ])("a chart that %s goes on", async (_, values) => {
    const world = await createTestKubernetes(external);
    await expect(world.release("app", { values })).resolves.toMatchObject({ seconds: 45 });
  });

  test("a Deployment waits too", async () => {
    const world = await createTestKubernetes(external);
    await expect(
      world.create("kubernetes:apps/v1:Deployment", "web", { metadata: { name: "web" }, spec: {} }),
    ).rejects.toThrow(
      "the Kubernetes API server reported that \"default/web\" failed to fully initialize or become live: 'web' timed out waiting to be Ready. In the rehearsal: every node has the taint",
    );
  });
});

describe("taints", () => {
  const taint = "node-role.kubernetes.io/control-plane:NoSchedule";
  const onlyControlPlanes = async () => {
    const world = await createTestKubernetes({ "node-taint": [taint] });
    return world;
  };

  test("control planes alone, tainted, take no pods", async () => {
    const world = await onlyControlPlanes();
    await expect(world.release("app")).rejects.toThrow(
      "no node takes its pods: cp-1 (node-role.kubernetes.io/control-plane:NoSchedule); cp-2 (node-role.kubernetes.io/control-plane:NoSchedule); cp-3 (node-role.kubernetes.io/control-plane:NoSchedule); worker-1 (node-role.kubernetes.io/control-plane:NoSchedule): add a worker and let app depend on its join",
    );
  });

  test.each<[string, Props]>([
    ["the toleration", { tolerations: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] }],
    ["a toleration of everything", { nested: { defaultTolerations: [{ operator: "Exists" }] } }],
  ])("%s opens them", async (_, values) => {
    const world = await onlyControlPlanes();
    await expect(world.release("app", { values })).resolves.toMatchObject({ seconds: 45 });
  });

  test("so does a worker without the taint; one that only prefers not to is as good", async () => {
    const world = await onlyControlPlanes();
    world.changeNode("worker-1", { taints: ["app-type=db:PreferNoSchedule"], readyAt: 5020 });
    await expect(world.release("app")).resolves.toMatchObject({ seconds: 20 + 45 });
  });
});

describe("storage", () => {
  const values = { persistence: { enabled: true, storageClass: "hcloud-volumes" } };
  const disabled = { disable: ["local-storage"] };

  test("a class that does not exist keeps claims pending", async () => {
    const world = await createTestKubernetes();
    await expect(world.release("app", { values })).rejects.toThrow(
      "the storage class hcloud-volumes does not exist (there are: local-path): its volume claims stay Pending: let app depend on what makes the storage class hcloud-volumes, or name another",
    );
    await world.release("hcloud-csi");
    await expect(world.release("app", { values }, waitingFor("hcloud-csi"))).resolves.toMatchObject({ seconds: 45 });
  });

  test.each<[string, Props]>([
    ["persistence", { persistence: { enabled: true } }],
    ["a claim template", { prometheus: { storageSpec: { volumeClaimTemplate: { spec: { resources: {} } } } } }],
  ])("%s without a class takes the default one, which has to exist", async (_, wanted) => {
    const world = await createTestKubernetes(disabled);
    await expect(world.release("app", { values: wanted })).rejects.toThrow(
      "a default storage class does not exist (there are: none)",
    );
    const bundled = await createTestKubernetes();
    await expect(bundled.release("app", { values: wanted })).resolves.toMatchObject({ seconds: 45 });
  });

  test("no claim, no class: an existing claim, an empty directory, persistence off", async () => {
    const world = await createTestKubernetes(disabled);
    const wanted = {
      a: { persistence: { enabled: false } },
      b: { persistence: { enabled: true, existingClaim: "x" } },
      c: { persistence: { enabled: true, type: "emptyDir" } },
    };
    await expect(world.release("app", { values: wanted })).resolves.toMatchObject({ seconds: 45 });
  });

  test("a StorageClass of the program's own counts, and has to be waited for", async () => {
    const world = await createTestKubernetes(disabled);
    const type = "kubernetes:storage.k8s.io/v1:StorageClass";
    await world.create(type, "fast", { metadata: { name: "fast" }, provisioner: "x" });
    const claim = { metadata: { name: "data" }, spec: { storageClassName: "fast" } };
    await world.create("kubernetes:core/v1:PersistentVolumeClaim", "data", claim);
    expect(world.findings.map(({ remedy }) => remedy)).toEqual(["add fast to its dependsOn"]);
    await expect(
      world.create("kubernetes:core/v1:PersistentVolumeClaim", "other", {
        metadata: { name: "other" },
        spec: { storageClassName: "slow" },
      }),
    ).rejects.toThrow("the storage class slow does not exist (there are: fast)");
  });
});

describe("load balancer", () => {
  const service = { metadata: { name: "web" }, spec: { type: "LoadBalancer" } };
  const type = "kubernetes:core/v1:Service";

  test("servicelb gives addresses where it is on", async () => {
    const world = await createTestKubernetes();
    const { outputs, seconds } = await world.create(type, "web", service);
    expect({ status: outputs.status, seconds }).toEqual({
      status: { loadBalancer: { ingress: [{ ip: expect.stringMatching(/^198\.51\.100\./) }] } },
      seconds: 15.2,
    });
  });

  test("without it, MetalLB needs a pool before it gives any", async () => {
    const world = await createTestKubernetes({ disable: ["servicelb"] });
    const failure =
      "servicelb is disabled, and nothing else gives addresses: neither a cloud controller manager, nor MetalLB or Cilium with a pool";
    await expect(world.create(type, "web", service)).rejects.toThrow(failure);
    await world.release("metallb");
    await expect(world.create(type, "web", service, waitingFor("metallb"))).rejects.toThrow(failure);
    const pool = "kubernetes:metallb.io/v1beta1:IPAddressPool";
    await world.create(pool, "pool", { metadata: { name: "pool", namespace: "kube-system" } }, waitingFor("metallb"));
    const waits = { now: 5200, dependsOn: [`urn:pulumi:dev::groundwork::${pool}::pool`] };
    await expect(world.create(type, "web", service, waits)).resolves.toMatchObject({ id: "default/web" });
    expect(world.findings).toEqual([]);
  });

  test("a chart whose values ask for one waits in the same way", async () => {
    const world = await createTestKubernetes({ disable: ["servicelb"] });
    await expect(world.release("app", { values: { service: { type: "LoadBalancer" } } })).rejects.toThrow(
      "app has a Service of type LoadBalancer, servicelb is disabled",
    );
  });
});

describe("ingress", () => {
  const type = "kubernetes:networking.k8s.io/v1:Ingress";
  const ingress = (ingressClassName: string, annotations: Props = {}): Props => ({
    metadata: { name: "web", annotations },
    spec: { ingressClassName, rules: [] },
  });

  test("k3s's own Traefik gives an address", async () => {
    const world = await createTestKubernetes();
    await expect(world.create(type, "web", ingress("traefik"))).resolves.toMatchObject({ seconds: 15.2 });
  });

  test("a controller behind node ports writes no address: Pulumi waits in vain unless told not to", async () => {
    const world = await createTestKubernetes({ disable: ["servicelb", "traefik"] });
    await expect(world.create(type, "web", ingress("haproxy"))).rejects.toThrow(
      "no controller serves the ingress class haproxy",
    );
    await world.release("kubernetes-ingress", { values: { controller: { service: { type: "NodePort" } } } });
    await expect(world.create(type, "web", ingress("haproxy"), waitingFor("kubernetes-ingress"))).rejects.toThrow(
      'kubernetes-ingress, the controller of the ingress class haproxy, is exposed by node ports, so nobody writes an address into the status of web: set the annotation pulumi.com/skipAwait: "true" on web',
    );
    await expect(
      world.create(
        type,
        "web",
        ingress("haproxy", { "pulumi.com/skipAwait": "true" }),
        waitingFor("kubernetes-ingress"),
      ),
    ).resolves.toMatchObject({ seconds: 0.2 });
  });
});
