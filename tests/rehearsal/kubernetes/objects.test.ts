import fc from "fast-check";
import { expect, test } from "vitest";
import { labelFaults, nameFault } from "../../../rehearsal/kubernetes/names.ts";
import type { Props } from "../../../rehearsal/model.ts";
import { createTestKubernetes } from "./world.ts";

const namespaceType = "kubernetes:core/v1:Namespace";
const secretType = "kubernetes:core/v1:Secret";
const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";
const namespaceUrn = `urn:pulumi:dev::groundwork::${namespaceType}::apps`;

test("a Secret has the outputs and the id that the real provider gives it", async () => {
  const world = await createTestKubernetes();
  const inputs = {
    metadata: { name: "grafana", namespace: "kube-system", labels: { app: "grafana" } },
    stringData: { password: "geheim" },
  };
  expect(await world.create(secretType, "grafana-secret", inputs)).toMatchInlineSnapshot(`
    {
      "id": "kube-system/grafana",
      "outputs": {
        "apiVersion": "v1",
        "data": {
          "password": "Z2VoZWlt",
        },
        "kind": "Secret",
        "metadata": {
          "creationTimestamp": "2026-01-01T01:23:20Z",
          "labels": {
            "app": "grafana",
          },
          "name": "grafana",
          "namespace": "kube-system",
          "resourceVersion": "1000",
          "uid": "a6491920-f55c-42b5-aeb6-04da1685a666",
        },
        "type": "Opaque",
      },
      "seconds": 0.2,
    }
  `);
});

test.each<[string, string, Props, string]>([
  ["a Namespace", namespaceType, { metadata: { name: "apps" } }, "apps"],
  [
    "a Deployment",
    "kubernetes:apps/v1:Deployment",
    { metadata: { name: "web" }, spec: { replicas: 3 } },
    "default/web",
  ],
  [
    "a Service",
    "kubernetes:core/v1:Service",
    { metadata: { name: "web", namespace: "kube-system" }, spec: { ports: [{ port: 80 }] } },
    "kube-system/web",
  ],
  [
    "a ClusterRoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    { metadata: { name: "tailnet:admins" }, roleRef: {} },
    "tailnet:admins",
  ],
])("%s settles", async (_, type, inputs, id) => {
  const world = await createTestKubernetes();
  const created = await world.create(type, "one", inputs);
  expect(created.id).toBe(id);
  expect(created).toMatchSnapshot();
});

test("an object without a name gets one, as from the provider", async () => {
  const world = await createTestKubernetes();
  const { id, outputs } = await world.create("kubernetes:core/v1:ConfigMap", "settings", { data: { a: "b" } });
  expect(id).toMatch(/^default\/settings-[0-9a-f]{8}$/);
  expect(outputs.metadata).toMatchObject({ annotations: { "pulumi.com/autonamed": "true" }, namespace: "default" });
});

const secret = (fields: Props): Props => ({ metadata: { name: "s", namespace: "default" }, ...fields });

test.each<[string, string, Props, string]>([
  [
    "a namespace that does not exist",
    secretType,
    { metadata: { name: "s", namespace: "nowhere" } },
    'resource nowhere/s was not successfully created by the Kubernetes API server: namespaces "nowhere" not found (NotFound)',
  ],
  [
    "what comes with the cluster",
    namespaceType,
    { metadata: { name: "kube-system" } },
    'namespaces "kube-system" already exists. In the rehearsal: it comes with the cluster: use its Patch resource (AlreadyExists)',
  ],
  [
    "plain text in data",
    secretType,
    secret({ data: { token: "not base64!" } }),
    "illegal base64 data in token: put plain text into stringData",
  ],
  [
    "a Secret over a mebibyte",
    secretType,
    secret({ stringData: { a: "x".repeat(1_048_577) } }),
    'Secret "s" is invalid: data: Too long: may not be more than 1048576 bytes, and it has 1048577',
  ],
  [
    "a key that is no file name",
    secretType,
    secret({ stringData: { "a/b": "x" } }),
    'Invalid value: "a/b": a valid config key must consist of',
  ],
  [
    "capitals in a name",
    secretType,
    { metadata: { name: "Grafana" } },
    'Secret "Grafana" is invalid: metadata.name: Invalid value: "Grafana": a lowercase RFC 1123 subdomain must consist of',
  ],
  [
    "a dot in a namespace's name",
    namespaceType,
    { metadata: { name: "a.b" } },
    "a lowercase RFC 1123 label must consist of",
  ],
  [
    "a digit first in a Service's name",
    "kubernetes:core/v1:Service",
    { metadata: { name: "1web" } },
    "a DNS-1035 label must consist of",
  ],
  [
    "a label with a space",
    secretType,
    { metadata: { name: "s", labels: { team: "a b" } } },
    'metadata.labels: Invalid value: "a b": a valid label must be',
  ],
  [
    "an API that is no longer served",
    "kubernetes:policy/v1beta1:PodDisruptionBudget",
    { metadata: { name: "p" } },
    'no matches for kind "PodDisruptionBudget" in version "policy/v1beta1"',
  ],
  [
    "a custom kind that nothing brings",
    issuerType,
    { metadata: { name: "letsencrypt" } },
    'no matches for kind "ClusterIssuer" in version "cert-manager.io/v1". In the rehearsal: nothing in this cluster brings the kind: add the release whose chart does, and make one depend on it (NoKindMatch)',
  ],
])("%s is refused", async (_, type, inputs, message) => {
  const world = await createTestKubernetes();
  await expect(world.create(type, "one", inputs)).rejects.toThrow(message);
});

test("a second object of one name is refused, and the provider's upsert takes it over", async () => {
  const world = await createTestKubernetes();
  await world.create(secretType, "first", secret({}));
  await expect(world.create(secretType, "second", secret({}))).rejects.toThrow(
    'resource default/s was not successfully created by the Kubernetes API server: secrets "s" already exists. In the rehearsal: first made it: give one of them another name',
  );
  await expect(
    world.create(secretType, "second", secret({}), { provider: { upsertExistingObjects: "true" } }),
  ).resolves.toMatchObject({ id: "default/s" });
});

test("an object whose namespace was there by luck is found; one that waits for it is not", async () => {
  const world = await createTestKubernetes();
  await world.create(namespaceType, "apps", { metadata: { name: "apps" } });
  const inputs = { metadata: { name: "s", namespace: "apps" } };
  await world.create(secretType, "lucky", inputs);
  await world.create("kubernetes:core/v1:ConfigMap", "waiting", inputs, { dependsOn: [namespaceUrn] });
  expect(world.findings).toEqual([
    {
      rule: "missing-dependency",
      urn: `urn:pulumi:dev::groundwork::${secretType}::lucky`,
      message:
        "lucky needs the namespace apps, which apps brings, but nothing makes it wait for that: here it was there in time, next time it may not be",
      remedy: "add apps to its dependsOn",
    },
  ]);
});

test("a deleted namespace takes what is in it along", async () => {
  const world = await createTestKubernetes();
  const made = await world.create(namespaceType, "apps", { metadata: { name: "apps" } });
  const inputs = { metadata: { name: "s", namespace: "apps" } };
  await world.create(secretType, "s", inputs, { dependsOn: [namespaceUrn] });
  const context = world.contextOf(namespaceType, "apps");
  expect(await world.resource(namespaceType).delete?.({ ...made, inputs: {} }, context)).toBe(10);
  await world.create(namespaceType, "apps", { metadata: { name: "apps" } });
  await expect(world.create(secretType, "s", inputs, { dependsOn: [namespaceUrn] })).resolves.toMatchObject({
    id: "apps/s",
  });
});

test("what is looked up is there or is not", async () => {
  const world = await createTestKubernetes();
  await world.create(secretType, "s", secret({ stringData: { a: "b" } }));
  const read = async (id: string) => world.resource(secretType).read?.(id, {}, world.contextOf(secretType, "s"));
  expect((await read("default/s"))?.outputs).toMatchObject({
    metadata: { name: "s", namespace: "default" },
    data: { a: "Yg==" },
  });
  await expect(read("default/t")).rejects.toThrow("resource default/t of kind Secret does not exist (NotFound)");
});

test("a Patch needs a name, leaves the object to whoever made it, and may come on top of it", async () => {
  const world = await createTestKubernetes();
  const type = "kubernetes:core/v1:NamespacePatch";
  await expect(world.create(type, "p", { metadata: { labels: {} } })).rejects.toThrow(
    "a Patch resource needs metadata.name",
  );
  const made = await world.create(type, "p", { metadata: { name: "kube-system", labels: { a: "b" } } });
  await world.resource(type).delete?.({ ...made, inputs: {} }, world.contextOf(type, "p"));
  await expect(
    world.create(secretType, "s", { metadata: { name: "s", namespace: "kube-system" } }),
  ).resolves.toMatchObject({ id: "kube-system/s" });
});

test("what replaces an object, and that a named one goes before its successor comes", async () => {
  const { resource } = await createTestKubernetes();
  const replaceOn = (type: string) => resource(type).replaceOn;
  expect({
    secret: replaceOn(secretType),
    deployment: replaceOn("kubernetes:apps/v1:Deployment"),
    custom: replaceOn(issuerType),
    named: resource(secretType).deleteBeforeReplace?.({ metadata: { name: "s" } }),
    autonamed: resource(secretType).deleteBeforeReplace?.({ metadata: {} }),
  }).toEqual({
    secret: ["apiVersion", "kind", "metadata.name", "metadata.namespace", "type", "stringData", "data"],
    deployment: ["apiVersion", "kind", "metadata.name", "metadata.namespace", "spec.selector"],
    custom: ["apiVersion", "kind", "metadata.name", "metadata.namespace"],
    named: true,
    autonamed: false,
  });
});

test("every DNS label is a name of anything but a Service, and no name has capitals", () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const kind = (name: string) => ({ group: "", version: "v1", kind: name, patch: false });
  fc.assert(
    fc.property(label, (name) =>
      ["Namespace", "Service", "Secret"].every((each) => nameFault(kind(each), name) === undefined),
    ),
  );
  fc.assert(fc.property(label, (name) => nameFault(kind("Secret"), `${name}A`) !== undefined));
  fc.assert(fc.property(label, (name) => labelFaults({ [name]: name, [`example.com/${name}`]: "" }).length === 0));
});
