import { expect, test } from "vitest";
import { ambientProvider } from "../../../rehearsal/findings/ambient-provider.ts";
import { customKinds } from "../../../rehearsal/findings/custom-kinds.ts";
import { duplicateNames } from "../../../rehearsal/findings/duplicate-names.ts";
import { unpinnedReleases } from "../../../rehearsal/findings/unpinned-releases.ts";
import { brief, knowledge, recording, resource, urn } from "./recording.ts";

const release = "kubernetes:helm.sh/v3:Release";
const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";
const certManager = resource(release, "cert-manager", { inputs: { chart: "cert-manager" } });
const issuer = (more = {}) => resource(issuerType, "letsencrypt", more);

test("a custom resource waits for the release that brings its kind, directly, through others, or by its component", () => {
  const between = resource("kubernetes:core/v1:Secret", "token", { dependencies: [certManager.urn] });
  const component = resource("groundwork:platform:Issuers", "issuers", {
    custom: false,
    dependencies: [certManager.urn],
  });
  const waiting = [
    issuer({ dependencies: [certManager.urn] }),
    issuer({ propertyDependencies: { spec: [between.urn] } }),
    issuer({ parent: component.urn }),
  ];
  for (const each of waiting) {
    expect(customKinds(recording([certManager, between, component, each]), knowledge)).toEqual([]);
  }
  expect(brief(customKinds(recording([certManager, between, component, issuer()]), knowledge))).toEqual([
    "missing-dependency letsencrypt: it is a cert-manager.io/ClusterIssuer, which cert-manager brings, but nothing makes it wait: the API server may not know that kind yet",
  ]);
});

test("the release has to be in the same cluster, and a chart may come from a registry", () => {
  const [one, other] = ["one", "other"].map((name) => urn("pulumi:providers:kubernetes", name));
  if (one === undefined || other === undefined) throw new Error("two providers are needed");
  const elsewhere = resource(release, "cert-manager", {
    inputs: { chart: "oci://registry.example.com/charts/cert-manager" },
    options: { provider: other },
  });
  const here = issuer({ dependencies: [elsewhere.urn], options: { provider: one } });
  expect(brief(customKinds(recording([elsewhere, here]), knowledge))).toEqual([
    "unknown-kind letsencrypt: no release and no CustomResourceDefinition in this stack brings cert-manager.io/ClusterIssuer to its cluster",
  ]);
  expect(
    customKinds(
      recording([elsewhere, issuer({ dependencies: [elsewhere.urn], options: { provider: other } })]),
      knowledge,
    ),
  ).toEqual([]);
});

test("built-in kinds and those of k3s itself need no release; a definition in the program brings its own", () => {
  const definition = resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "widgets", {
    inputs: { spec: { group: "example.com", names: { kind: "Widget" } } },
  });
  const resources = [
    definition,
    resource("kubernetes:networking.k8s.io/v1:Ingress", "web"),
    resource("kubernetes:helm.cattle.io/v1:HelmChartConfig", "traefik"),
    resource("kubernetes:example.com/v1:Widget", "widget", { dependencies: [definition.urn] }),
  ];
  expect(customKinds(recording(resources), knowledge)).toEqual([]);
});

test("one name twice in one namespace is found; other namespaces, kinds and clusters, and patches, are not", () => {
  const secret = (name: string, namespace: string, more = {}) =>
    resource("kubernetes:core/v1:Secret", name, { inputs: { metadata: { name: "token", namespace } }, ...more });
  const resources = [
    secret("first", "apps"),
    secret("elsewhere", "databases"),
    secret("cluster", "apps", { options: { provider: "other" } }),
    resource("kubernetes:core/v1:ConfigMap", "map", { inputs: { metadata: { name: "token", namespace: "apps" } } }),
    resource("kubernetes:core/v1:SecretPatch", "patch", { inputs: { metadata: { name: "token", namespace: "apps" } } }),
    secret("gone", "apps", { operation: "delete" }),
    secret("second", "apps"),
    resource(release, "a", { inputs: { name: "x", namespace: "apps" } }),
    resource(release, "b", { inputs: { name: "x", namespace: "apps" } }),
  ];
  expect(brief(duplicateNames(recording(resources), knowledge))).toEqual([
    'duplicate-name second: it and first are both the Secret "token" in the namespace apps',
    'duplicate-name b: it and a are both the Release "x" in the namespace apps',
  ]);
});

test("a Kubernetes resource without an explicit provider is found; components and providers are not meant", () => {
  const resources = [
    resource("kubernetes:core/v1:Namespace", "apps"),
    resource("kubernetes:core/v1:Namespace", "databases", { options: { provider: "cluster" } }),
    resource("pulumi:providers:kubernetes", "cluster"),
    resource("kubernetes:yaml:ConfigGroup", "group", { custom: false }),
  ];
  expect(brief(ambientProvider(recording(resources), knowledge))).toEqual([
    "ambient-provider apps: it has no explicit provider, so it goes to whichever cluster the kubeconfig at hand points at",
  ]);
});

test("a release needs a fixed name and one exact version", () => {
  const of = (name: string, inputs: Readonly<Record<string, unknown>>) =>
    resource(release, name, { inputs: { chart: "loki", ...inputs } });
  const resources = [
    of("good", { name: "loki", version: "v6.30.1" }),
    of("nameless", { version: "6.30.1" }),
    of("floating", { name: "loki", version: "^6.0.0" }),
    of("latest", { name: "loki" }),
  ];
  expect(brief(unpinnedReleases(recording(resources), knowledge))).toEqual([
    "unnamed-release nameless: the release of loki has no fixed name: it gets a random suffix, which no helm command of a runbook knows",
    'unpinned-release floating: the release of loki has the version "^6.0.0", which is not one version',
    "unpinned-release latest: the release of loki has no version",
  ]);
});
