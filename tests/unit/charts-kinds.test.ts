import { expect, test } from "vitest";
import { kindsTooEarly, missingKinds } from "../../lib/charts/kinds.ts";

const facts = {
  kinds: ["Plan", "Route"].map((kind) => ({ group: "a.io", kind, versions: ["v1"], scope: "Namespaced" as const })),
  webhooks: [],
  services: [],
};

const definition = (group: string, kind: string, source = `demo/templates/${kind}.yaml\n`): string => `---
# Source: ${source}apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${kind.toLowerCase()}s.${group}
spec:
  group: ${group}
  names:
    kind: ${kind}
    listKind: ${kind}List
`;

test("kinds without a definition in what Helm renders are named: of the same group, and definitions alone", () => {
  const plan = definition("a.io", "Plan");
  expect(missingKinds(facts, plan + definition("a.io", "Route"))).toEqual([]);
  expect(missingKinds(facts, plan)).toEqual(["a.io/Route"]);
  expect(missingKinds(facts, plan + definition("b.io", "Route"))).toEqual(["a.io/Route"]);
  expect(missingKinds(facts, `${plan}---\napiVersion: a.io/v1\nkind: Route\nspec:\n  group: a.io\n`)).toEqual([
    "a.io/Route",
  ]);
  expect(missingKinds(facts, definition('"a.io"', "'Plan'"))).toEqual(["a.io/Route"]);
});

test("kinds that a chart's own programs make are not looked for", () => {
  expect(missingKinds({ ...facts, kindsLater: true }, "")).toEqual([]);
});

const made = (apiVersion: string, kind: string, annotations = ""): string =>
  `---\n# Source: demo/templates/made.yaml\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: made\n${annotations}`;

test("objects of kinds that nobody has brought yet are named once, unless the chart itself brings them before", () => {
  const plans = made("a.io/v1", "Plan") + made("a.io/v1", "Plan");
  expect(kindsTooEarly(plans, new Set())).toEqual(["a.io/Plan"]);
  expect(kindsTooEarly(plans, new Set(["a.io/Plan"]))).toEqual([]);
  // Among the templates it is made together with the object, and Helm asks for the kind before.
  for (const source of ["demo/templates/plan.yaml\n", "demo/templates/crds/plan.yaml\n"])
    expect(kindsTooEarly(definition("a.io", "Plan", source) + plans, new Set())).toEqual(["a.io/Plan"]);
  for (const source of ["crds/plan.yaml\n", "demo/charts/inner/crds/plan.yaml\n", "crds/plan.yaml\n---\n"])
    expect(kindsTooEarly(definition("a.io", "Plan", source) + plans, new Set())).toEqual([]);
});

test("Kubernetes' own kinds need nobody, and hooks come when the release is there", () => {
  const own = made("v1", "Secret") + made("apps/v1", "Deployment") + made("rbac.authorization.k8s.io/v1", "Role");
  expect(kindsTooEarly(own, new Set())).toEqual([]);
  const hook = "  annotations:\n    helm.sh/hook: post-install\n";
  expect(kindsTooEarly(made("a.io/v1", "Plan", hook), new Set())).toEqual([]);
});
