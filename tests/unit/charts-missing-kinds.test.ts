import { expect, test } from "vitest";
import { missingKinds } from "../../lib/charts/missing-kinds.ts";

const facts = {
  kinds: ["Plan", "Route"].map((kind) => ({ group: "a.io", kind, versions: ["v1"], scope: "Namespaced" as const })),
  webhooks: [],
  services: [],
};

const definition = (group: string, kind: string): string => `---
# Source: demo/templates/${kind}.yaml
apiVersion: apiextensions.k8s.io/v1
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
