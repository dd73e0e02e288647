import { expect, test } from "vitest";
import { createTestKubernetes, releaseUrn } from "./world.ts";

const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";

test("a custom resource right after its release is well; before it is ready its webhook refuses it; unawaited it is found", async () => {
  const world = await createTestKubernetes();
  const issuer = (extra: { readonly now: number; readonly dependsOn?: readonly string[] }) =>
    world.create(issuerType, "letsencrypt", { metadata: { name: `i-${extra.now}` } }, extra);
  const { seconds } = await world.release("cert-manager");
  expect(seconds).toBe(30);
  await expect(issuer({ now: 5001 })).rejects.toThrow(
    "cert-manager brings it, and is not that far yet: make letsencrypt depend on it",
  );
  await expect(issuer({ now: 5010, dependsOn: [releaseUrn("cert-manager")] })).rejects.toThrow(
    'failed calling webhook "cert-manager-webhook": failed to call webhook: Post "https://cert-manager-webhook.kube-system.svc:443/": no endpoints available for service "cert-manager-webhook". In the rehearsal: cert-manager is ready 20 s from now',
  );
  await expect(issuer({ now: 5030, dependsOn: [releaseUrn("cert-manager")] })).resolves.toMatchObject({ id: "i-5030" });
  expect(world.findings).toEqual([]);
  await issuer({ now: 5031 });
  expect(world.findings.map(({ rule, message }) => [rule, message])).toEqual([
    [
      "missing-dependency",
      "letsencrypt needs the kind cert-manager.io/ClusterIssuer, which cert-manager brings, but nothing makes it wait for that: here it was there in time, next time it may not be",
    ],
  ]);
});

test("a definition of the program's own brings its kind", async () => {
  const world = await createTestKubernetes();
  const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
  const spec = {
    group: "example.com",
    names: { kind: "Widget" },
    scope: "Cluster",
    versions: [{ name: "v1", served: true }],
  };
  await world.create(type, "widgets", { metadata: { name: "widgets.example.com" }, spec });
  const dependsOn = [`urn:pulumi:dev::groundwork::${type}::widgets`];
  await expect(
    world.create("kubernetes:example.com/v1:Widget", "w", { metadata: { name: "w" } }, { dependsOn }),
  ).resolves.toMatchObject({ id: "w" });
  await expect(
    world.create("kubernetes:example.com/v2:Widget", "w", { metadata: { name: "w" } }, { dependsOn }),
  ).rejects.toThrow("no matches for kind");
  expect(world.findings).toEqual([]);
});

test("a release of a chart that nobody has facts of may have brought any kind", async () => {
  const world = await createTestKubernetes();
  await world.release("unheard-of");
  const inputs = { metadata: { name: "x", namespace: "kube-system" } };
  await expect(
    world.create("kubernetes:x.io/v1:Thing", "x", inputs, { now: 5100, dependsOn: [releaseUrn("unheard-of")] }),
  ).resolves.toMatchObject({ id: "kube-system/x" });
});
