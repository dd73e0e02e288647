import { expect, test } from "vitest";
import { hasPods, objectNeeds, objectUses } from "../../lib/platform/objects.ts";
import type { Manifest } from "../../lib/platform/release.ts";

const metadata = { name: "shop", namespace: "apps" };
const deployment: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec: {
    template: {
      spec: {
        imagePullSecrets: [{ name: "ghcr" }],
        volumes: [
          { name: "a", secret: { secretName: "tls" } },
          { name: "b", projected: { sources: [{ secret: { name: "token" } }, { configMap: { name: "settings" } }] } },
          { name: "c", secret: { secretName: "perhaps", optional: true } },
        ],
        initContainers: [{ envFrom: [{ secretRef: { name: "migrations" } }] }],
        containers: [
          { env: [{ name: "DB", valueFrom: { secretKeyRef: { name: "mysql", key: "url" } } }] },
          { env: [{ name: "DB", valueFrom: { secretKeyRef: { name: "mysql", key: "other" } } }] },
        ],
      },
    },
  },
};

test("pods wait for every Secret that they cannot start without, each named once", () => {
  expect(objectNeeds(deployment)).toEqual([
    "namespace:apps",
    "secret:apps/ghcr",
    "secret:apps/tls",
    "secret:apps/token",
    "secret:apps/migrations",
    "secret:apps/mysql",
  ]);
  expect(hasPods(deployment)).toBe(true);
  const { spec } = deployment;
  const cron: Manifest = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: { jobTemplate: { spec: spec ?? {} } },
  };
  expect(objectNeeds(cron)).toEqual(objectNeeds(deployment));
});

test("claims want their storage class, or a default one, or none", () => {
  const claim = (spec: Manifest["spec"]): readonly string[] =>
    objectNeeds({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" }, spec: spec ?? {} });
  expect(claim({})).toEqual(["default-storage-class"]);
  expect(claim({ storageClassName: "nfs-client" })).toEqual(["storage-class:nfs-client"]);
  expect(claim({ storageClassName: "" })).toEqual([]);
  expect(claim({ volumeName: "disk-1" })).toEqual([]);
  const volumeClaimTemplates = [{ spec: { storageClassName: "longhorn" } }, { spec: {} }];
  const set: Manifest = { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { volumeClaimTemplates } };
  expect(objectNeeds(set)).toEqual(["namespace:apps", "storage-class:longhorn", "default-storage-class"]);
});

test("what has to come sometime: an Ingress's class and issuer, a Certificate's issuer, an autoscaler's metrics", () => {
  const annotations = { "cert-manager.io/cluster-issuer": "letsencrypt" };
  expect(
    objectUses({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { ...metadata, annotations },
      spec: { ingressClassName: "traefik" },
    }),
  ).toEqual(["ingress-class:traefik", "issuer:letsencrypt"]);
  const certificate = (kind: string): readonly string[] =>
    objectUses({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata,
      spec: { issuerRef: { kind, name: "internal" } },
    });
  expect(certificate("ClusterIssuer")).toEqual(["issuer:internal"]);
  expect(certificate("Issuer")).toEqual([]);
  expect(objectUses({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata })).toEqual([
    "pod-metrics",
  ]);
  expect(objectUses(deployment)).toEqual([]);
});
