import { expect, test } from "vitest";
import { parse } from "yaml";
import { configDigest, type K3dCluster, k3dAddresses, k3dConfig, k3dConfigFile } from "../../lib/k3d/config.ts";
import { dev, single } from "../harness/k3d.ts";

test.each([
  ["dev", dev],
  ["single", single],
])("what k3d reads of %s", async (name, cluster) => {
  await expect(k3dConfigFile(cluster, "0123456789abcdef")).toMatchFileSnapshot(`../golden/k3d/${name}.yaml`);
});

test("a token that k3d would expand is refused", () => {
  expect(() => k3dConfigFile(dev, "a$HOME")).toThrow(
    "the token of dev has characters that k3d would expand → use letters and digits",
  );
});

test("the digest is another with every setting that a cluster is made from, and the same with another token", () => {
  const changes: readonly Partial<K3dCluster>[] = [
    { version: "v1.36.3+k3s1" },
    { servers: [dev.servers[0]] },
    { ports: [] },
    { api: { ...dev.api, port: 6445 } },
    { disable: [] },
    { kubeletArgs: ["max-pods=50"] },
    { mirrors: {} },
    { tlsSans: ["dev.example.com"] },
    { secretsEncryption: false },
  ];
  const digests = [dev, ...changes.map((change) => ({ ...dev, ...change }))].map(configDigest);
  expect(new Set(digests).size).toBe(changes.length + 1);
  const labels = (token: string) =>
    (parse(k3dConfigFile(dev, token)) as { options: { runtime: unknown } }).options.runtime;
  expect(labels("one")).toEqual(labels("two"));
});

test("each server is named by its own argument, and workers are not in it", () => {
  const { agents, options } = k3dConfig(dev) as {
    agents: number;
    options: { k3s: { extraArgs: { arg: string; nodeFilters: string[] }[] } };
  };
  const named = options.k3s.extraArgs.filter(({ arg }) => arg.startsWith("--node-name="));
  expect({ agents, named }).toEqual({
    agents: 0,
    named: [
      { arg: "--node-name=dev-cp-1", nodeFilters: ["server:0"] },
      { arg: "--node-name=dev-cp-2", nodeFilters: ["server:1"] },
      { arg: "--node-name=dev-cp-3", nodeFilters: ["server:2"] },
    ],
  });
});

test("what lies below the servers is reserved, but for the place of k3d's helper", () => {
  expect(k3dAddresses({ subnet: "172.30.0.0/16", firstServer: "172.30.0.4", servers: 3 })).toEqual({
    gateway: "172.30.0.1",
    reserved: ["172.30.0.2"],
    place: "172.30.0.3",
    servers: ["172.30.0.4", "172.30.0.5", "172.30.0.6"],
    balancer: "172.30.0.7",
  });
  expect(() => k3dAddresses({ subnet: "172.30.0.0/16", firstServer: "172.30.9.1", servers: 1 })).toThrow(
    "172.30.9.1 is too far from the beginning of 172.30.0.0/16 → begin within its first 16 addresses",
  );
});
