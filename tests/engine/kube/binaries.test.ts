import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { k3sDefault } from "../../../lib/versions.ts";
import { missingPrograms } from "../../../rehearsal/pulumi/kube/binaries.ts";

const module = readFileSync(join(import.meta.dirname, "../../../rehearsal/pulumi/kube/go.mod"), "utf8");
const kubernetes = /^\tk8s\.io\/kubernetes v1\.(\S+)/m.exec(module)?.[1] ?? "absent";

test("programs that can be neither found nor built are named one by one, with the remedy", () => {
  const remedy =
    "install it, or install Go (the version in rehearsal/pulumi/kube/go.mod) and run: npm run build:engine";
  const nowhere = { path: import.meta.dirname, built: import.meta.dirname };
  expect(missingPrograms(["etcd", "helm"], nowhere)).toEqual([
    `etcd is not on PATH, and there is no Go to build it → ${remedy}`,
    `helm is not on PATH, and there is no Go to build it → ${remedy}`,
  ]);
});

test("Kubernetes' own parts are of one version with it", () => {
  const parts = [...module.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)].map(([, from, to, version]) => ({
    ...{ from, to, version },
  }));
  expect(parts.length).toBeGreaterThan(0);
  expect(parts).toEqual(parts.map(({ from }) => ({ from, to: from, version: `v0.${kubernetes}` })));
});

test("charts meet the minor version here that a new stack gets", () => {
  const minor = (version: string): string => version.replace(/^v?1?\.?(\d+)\..*$/, "$1");
  expect(minor(kubernetes)).toBe(minor(k3sDefault.version));
});
