import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import {
  AdmissionregistrationV1Api,
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  PatchStrategy,
  StorageV1Api,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { controlPlanePrograms } from "../../../rehearsal/pulumi/kube/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../../rehearsal/pulumi/kube/control-plane.ts";
import { describeWith, say } from "./programs.ts";

const patience = { timeout: 60_000, interval: 200 };
const namespace = "default";

const podTemplate = (more: Readonly<Record<string, unknown>> = {}) => ({
  metadata: { labels: { app: "test" } },
  spec: { containers: [{ name: "main", image: "example.com/test" }], ...more },
});

describeWith(controlPlanePrograms, "a control plane without machines", () => {
  const dir = mkdtempSync(join(tmpdir(), "groundwork-kube-"));
  let controlPlane: ControlPlane;
  let core: CoreV1Api;

  beforeAll(async () => {
    controlPlane = await startControlPlane({
      dir: join(dir, "cluster"),
      nodes: [
        { name: "cp-1", role: "control-plane", taints: ["node-role.kubernetes.io/control-plane:NoSchedule"] },
        { name: "worker-1", role: "worker", labels: { disk: "fast" } },
      ],
      say,
    });
    core = controlPlane.config.makeApiClient(CoreV1Api);
  });

  afterAll(async () => {
    await controlPlane.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("the API server is called by a name that it is told of later, and by no other", async () => {
    const { hostname: host, port } = new URL(controlPlane.serverUrl);
    const ca = controlPlane.pki.authority.certificate;
    const fault = (servername: string) =>
      new Promise((done) => {
        const socket = connect({ host, port: Number(port), ca, servername }, () => {
          socket.destroy();
          done(undefined);
        });
        socket.once("error", ({ message }) => done(message));
      });
    await controlPlane.serveAs(["api.example.com", "203.0.113.7"]);
    expect(await fault("api.example.com")).toBeUndefined();
    expect(await fault("localhost")).toBeUndefined();
    expect(await fault("other.example.com")).toContain("does not match certificate's altnames");
  });

  test("a node renews its lease, without which it would be taken for lost", async () => {
    const coordination = controlPlane.config.makeApiClient(CoordinationV1Api);
    const revision = async () =>
      (await coordination.readNamespacedLease({ namespace: "kube-node-lease", name: "worker-1" })).metadata
        ?.resourceVersion;
    const before = await vi.waitFor(revision, patience);
    await vi.waitFor(async () => expect(await revision()).not.toBe(before), patience);
  });

  test("a pod is ready again after its node was out of sight", async () => {
    const body = { ...podTemplate(), metadata: { name: "seen" } };
    await core.createNamespacedPod({ namespace, body });
    const ready = async () => {
      const { status } = await core.readNamespacedPod({ namespace, name: "seen" });
      return status?.conditions?.find(({ type }) => type === "Ready");
    };
    await vi.waitFor(async () => expect((await ready())?.status).toBe("True"), patience);
    const marked = { type: "Ready", status: "False", lastTransitionTime: "2001-01-01T00:00:00Z" };
    await core.patchNamespacedPodStatus(
      { namespace, name: "seen", body: { status: { conditions: [marked] } } },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
    await vi.waitFor(async () => {
      const condition = await ready();
      expect({ status: condition?.status, year: condition?.lastTransitionTime?.getFullYear() }).toEqual({
        status: "True",
        year: new Date().getFullYear(),
      });
    }, patience);
  });

  test("a Job completes", async () => {
    const batch = controlPlane.config.makeApiClient(BatchV1Api);
    const spec = { template: podTemplate({ restartPolicy: "Never" }) };
    await batch.createNamespacedJob({ namespace, body: { metadata: { name: "once" }, spec } });
    await vi.waitFor(async () => {
      const { status } = await batch.readNamespacedJob({ namespace, name: "once" });
      expect({ succeeded: status?.succeeded, failed: status?.failed }).toEqual({ succeeded: 1, failed: undefined });
    }, patience);
  });

  test("a StatefulSet gets its claim bound on a node that its pods may be on", async () => {
    const provisioner = "csi.example.com";
    const storage = controlPlane.config.makeApiClient(StorageV1Api);
    await storage.createStorageClass({
      body: { metadata: { name: "late" }, provisioner, volumeBindingMode: "WaitForFirstConsumer" },
    });
    // It tells how much room there is: nobody gets any before.
    await storage.createCSIDriver({ body: { metadata: { name: provisioner }, spec: { storageCapacity: true } } });
    await controlPlane.config.makeApiClient(AppsV1Api).createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name: "data" },
        spec: {
          serviceName: "data",
          selector: { matchLabels: { app: "test" } },
          template: podTemplate(),
          volumeClaimTemplates: [claim("data", "late")],
        },
      },
    });
    await vi.waitFor(async () => {
      const { metadata, spec, status } = await core.readNamespacedPersistentVolumeClaim({
        namespace,
        name: "data-data-0",
      });
      const volume = await core.readPersistentVolume({ name: spec?.volumeName ?? "none" });
      expect({
        phase: status?.phase,
        node: metadata?.annotations?.["volume.kubernetes.io/selected-node"],
        size: volume.spec?.capacity,
        by: volume.metadata?.annotations?.["pv.kubernetes.io/provisioned-by"],
      }).toEqual({ phase: "Bound", node: "worker-1", size: { storage: "3Gi" }, by: provisioner });
    }, patience);
  });

  test("a claim waits for ever whose class nobody brought", async () => {
    await core.createNamespacedPersistentVolumeClaim({ namespace, body: claim("orphan", "nobody-has-it") });
    await core.createNamespacedPersistentVolumeClaim({ namespace, body: claim("early", "at-once") });
    await controlPlane.config.makeApiClient(StorageV1Api).createStorageClass({
      body: { metadata: { name: "at-once" }, provisioner: "csi.example.com", volumeBindingMode: "Immediate" },
    });
    const phase = async (name: string) =>
      (await core.readNamespacedPersistentVolumeClaim({ namespace, name })).status?.phase;
    await vi.waitFor(async () => expect(await phase("early")).toBe("Bound"), patience);
    expect(await phase("orphan")).toBe("Pending");
    // With the claim goes its volume.
    await core.deleteNamespacedPersistentVolumeClaim({ namespace, name: "early" });
    await vi.waitFor(async () => {
      const left = (await core.listPersistentVolume()).items.map(({ spec }) => spec?.claimRef?.name);
      expect(left).not.toContain("early");
    }, patience);
  });

  test("each Service of type LoadBalancer has an address of its own", async () => {
    for (const name of ["one", "two"]) {
      const spec = { type: "LoadBalancer", selector: { app: "test" }, ports: [{ port: 80 }] };
      await core.createNamespacedService({ namespace, body: { metadata: { name }, spec } });
    }
    await vi.waitFor(async () => {
      const { items } = await core.listNamespacedService({ namespace });
      expect(items.flatMap(({ status }) => status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? []).sort()).toEqual([
        "198.51.100.1",
        "198.51.100.2",
      ]);
    }, patience);
  });

  test("a webhook that nobody answers refuses nothing, and stays as it was made", async () => {
    const admission = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
    await admission.createValidatingWebhookConfiguration({
      body: {
        metadata: { name: "deaf" },
        webhooks: [
          {
            name: "deaf.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            failurePolicy: "Fail",
            clientConfig: { service: { name: "deaf", namespace } },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
          },
        ],
      },
    });
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "allowed" } } });
    const kept = await admission.readValidatingWebhookConfiguration({ name: "deaf" });
    expect(kept.webhooks?.map(({ failurePolicy }) => failurePolicy)).toEqual(["Fail"]);
  });

  test("a namespace's level of Pod Security is kept to", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
    await core.createNamespace({ body: { metadata: { name: "baseline", labels } } });
    const create = (name: string, hostNetwork: boolean) =>
      core.createNamespacedPod({
        namespace: "baseline",
        body: { ...podTemplate({ hostNetwork }), metadata: { name } },
      });
    // The controller manager makes the account that pods of a new namespace need.
    await vi.waitFor(() => create("plain", false), patience);
    await expect(create("host", true)).rejects.toThrow("violates PodSecurity");
  });

  test("pods move when their node goes, to one that was added and initialised", async () => {
    const apps = controlPlane.config.makeApiClient(AppsV1Api);
    const labels = { app: "moving" };
    const template = { ...podTemplate(), metadata: { labels } };
    const spec = { replicas: 2, selector: { matchLabels: labels }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: "moving" }, spec } });
    const places = async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=moving" });
      return items.map(({ spec: of, status }) => `${status?.phase ?? ""} ${of?.nodeName ?? "nowhere"}`).sort();
    };
    await vi.waitFor(async () => expect(await places()).toEqual(["Running worker-1", "Running worker-1"]), patience);
    await controlPlane.addNode({ name: "worker-2", role: "worker", uninitialised: true });
    await controlPlane.removeNode("worker-1");
    await vi.waitFor(async () => expect(await places()).toEqual(["Pending nowhere", "Pending nowhere"]), patience);
    await controlPlane.initialise("worker-2");
    await vi.waitFor(async () => expect(await places()).toEqual(["Running worker-2", "Running worker-2"]), patience);
  });

  test("nothing beside Kubernetes failed", () => {
    expect(controlPlane.failures()).toEqual([]);
  });

  test("a directory with an earlier cluster is refused", async () => {
    await expect(startControlPlane({ dir: join(dir, "cluster"), nodes: [] })).rejects.toThrow(
      `${join(dir, "cluster")} holds an earlier cluster → give a directory of its own`,
    );
  });
});

const claim = (name: string, storageClassName: string) => ({
  metadata: { name },
  spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } } },
});
