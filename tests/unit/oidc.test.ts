import { expect, test } from "vitest";
import { parse } from "yaml";
import { k3dConfig } from "../../lib/k3d/config.ts";
import { k3sConfig } from "../../lib/k3s/config.ts";
import { machineConfig } from "../../lib/talos/config.ts";
import { dev } from "../harness/k3d.ts";
import { k3s, node } from "../harness/systems.ts";
import { controlPlane, secrets, talos, worker } from "../harness/talos.ts";

const oidc = { issuer: "https://gitlab.com", clientId: "abc", usernameClaim: "email", groupsClaim: "groups" };
const flags = [
  "oidc-issuer-url=https://gitlab.com",
  "oidc-client-id=abc",
  "oidc-username-claim=email",
  "oidc-username-prefix=oidc:",
  "oidc-groups-claim=groups",
  "oidc-groups-prefix=oidc:",
];

test("k3s: every server's API server trusts the issuer, agents hear nothing of it", () => {
  const membership = { kind: "join" as const, server: "10.0.0.100:6443" };
  const config = (pool: "cp" | "worker") =>
    k3sConfig({ node: node(pool, 1), k3s: { ...k3s, oidc }, membership }).cluster["kube-apiserver-arg"];
  expect(config("cp")).toEqual(flags);
  expect(config("worker")).toBeUndefined();
  expect(k3sConfig({ node: node("cp", 1), k3s, membership }).cluster).not.toHaveProperty("kube-apiserver-arg");
});

test("k3d: the same, by arguments of its servers", () => {
  const { options } = k3dConfig({ ...dev, oidc }) as {
    readonly options: { readonly k3s: { readonly extraArgs: readonly { arg: string; nodeFilters: string[] }[] } };
  };
  expect(options.k3s.extraArgs.filter(({ arg }) => arg.includes("oidc"))).toEqual(
    flags.map((flag) => ({ arg: `--kube-apiserver-arg=${flag}`, nodeFilters: ["server:*"] })),
  );
});

test("Talos: the same, in the configuration of control planes", () => {
  const args = (of: typeof controlPlane, options: typeof talos): unknown => {
    const main = machineConfig({ talos: options, node: of, secrets }).split("\n---\n")[0] ?? "";
    const { cluster } = parse(main.replace(/^---\n/, "")) as { cluster: { apiServer?: { extraArgs?: unknown } } };
    return cluster.apiServer?.extraArgs;
  };
  expect(args(controlPlane, { ...talos, oidc })).toEqual(
    Object.fromEntries(flags.map((flag) => [flag.slice(0, flag.indexOf("=")), flag.slice(flag.indexOf("=") + 1)])),
  );
  expect(args(worker, { ...talos, oidc })).toBeUndefined();
  expect(args(controlPlane, talos)).toBeUndefined();
});
