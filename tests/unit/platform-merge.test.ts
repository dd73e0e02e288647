import { expect, test } from "vitest";
import { mergeValues } from "../../lib/platform/merge.ts";
import { SecretRef } from "../../lib/platform/release.ts";

test("maps are merged, lists and plain values replaced, null kept for Helm to remove by", () => {
  const base = { controller: { kind: "DaemonSet", args: ["a", "b"], service: { type: "NodePort" } }, replicas: 2 };
  const over = { controller: { args: ["c"], service: null, extra: { on: true } }, replicas: 3 };
  expect(mergeValues(base, over)).toEqual({
    controller: { kind: "DaemonSet", args: ["c"], service: null, extra: { on: true } },
    replicas: 3,
  });
});

test("a map takes the place of what is no map, and the other way round", () => {
  expect(mergeValues({ a: 1, b: { c: 2 }, d: [1] }, { a: { x: 1 }, b: "off", d: { y: 2 } })).toEqual({
    a: { x: 1 },
    b: "off",
    d: { y: 2 },
  });
});

test("a reference to a secret is one value, not a map", () => {
  const secret = new SecretRef("token");
  expect(mergeValues({ token: secret }, { other: 1 }).token).toBe(secret);
  expect(mergeValues({ token: secret }, { token: { value: "x" } })).toEqual({ token: { value: "x" } });
});

test("what YAML cannot hold is refused with its place", () => {
  expect(() => mergeValues({}, { a: { b: [() => 1] } })).toThrow(
    "Helm value a.b.0 is function, which YAML cannot hold",
  );
});
