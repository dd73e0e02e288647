import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Node } from "../../lib/bootstrap/types.ts";
import { k3sConfig, k3sConfigFiles, type Membership } from "../../lib/k3s/config.ts";
import { composeStep, hostKeyStep, joinStdin, joinStep, leaveStep, parseStep } from "../../lib/k3s/steps.ts";
import { k3sDefault, k3sRefusal, k3sReleases } from "../../lib/versions.ts";
import { k3s, node } from "../harness/systems.ts";

const join: Membership = { kind: "join", server: k3s.endpoint };

test.each([
  ["first-server", node("cp", 1), { kind: "init" } as const, k3s],
  ["joining-server", node("cp", 2), join, k3s],
  ["agent", node("worker", 1), join, k3s],
  [
    "server-cilium",
    node("cp", 2),
    join,
    { ...k3s, flannelBackend: "none" as const, networkPolicy: false, kubeProxy: false, externalCloudProvider: false },
  ],
  [
    "server-tailnet-s3",
    node("cp", 2),
    join,
    { ...k3s, transport: "tailnet" as const, snapshots: { ...k3s.snapshots, s3ConfigSecret: "etcd-s3" } },
  ],
])("what k3s reads on %s", async (name, node, membership, options) => {
  const text = k3sConfigFiles({ node, k3s: options, membership })
    .map(({ path, content }) => `# ${path}\n${content}`)
    .join("---\n");
  await expect(text).toMatchFileSnapshot(`../golden/k3s/${name}.yaml`);
});

// https://docs.k3s.io/cli/server#critical-configuration-values
const critical = [
  "agent-token-file",
  "cluster-cidr",
  "cluster-dns",
  "cluster-domain",
  "disable",
  "disable-cloud-controller",
  "disable-kube-proxy",
  "disable-network-policy",
  "flannel-backend",
  "secrets-encryption",
  "service-cidr",
];

const anyNode: fc.Arbitrary<Node> = fc.record({
  cluster: fc.constant("prod"),
  name: fc.constantFrom("cp-1", "cp-2", "cp-3"),
  pool: fc.constantFrom("cp", "other"),
  role: fc.constant("control-plane" as const),
  address: fc.constantFrom("10.0.1.10", "10.0.1.11"),
  generation: fc.nat(9),
  labels: fc.dictionary(fc.constantFrom("a", "example.com/b"), fc.constantFrom("x", "y")),
  taints: fc.array(fc.constantFrom("a=b:NoSchedule", "c=:NoExecute")),
});

test("whatever the nodes are, all servers of a cluster agree on what k3s wants them to agree on", () => {
  fc.assert(
    fc.property(anyNode, anyNode, fc.constantFrom<Membership>({ kind: "init" }, join), (first, second, membership) => {
      const [a, b] = [k3sConfig({ node: first, k3s, membership }), k3sConfig({ node: second, k3s, membership: join })];
      expect(b.cluster).toEqual(a.cluster);
      // And nothing that must agree has slipped into what may differ.
      expect(critical.filter((key) => key in a.node || key in a.membership)).toEqual([]);
      // One origin for each key: nothing is overwritten when the parts are put together.
      const keys = [a.cluster, a.node, a.membership].flatMap((part) => Object.keys(part));
      expect(keys).toEqual([...new Set(keys)]);
    }),
  );
});

test("what is written is what was meant, after a YAML parser has read it", () => {
  const tricky = { ...node("cp", 1), name: "on", labels: { "example.com/answer": "no" }, taints: ["a=1:NoSchedule"] };
  const [config] = k3sConfigFiles({ node: tricky, k3s: { ...k3s, kubeletArgs: ["x=: #"] }, membership: join });
  const { cluster, node: own } = k3sConfig({ node: tricky, k3s: { ...k3s, kubeletArgs: ["x=: #"] }, membership: join });
  expect(parse(config?.content ?? "")).toEqual({ ...cluster, ...own });
});

test("a label that a kubelet may not set on itself is refused before the node fails to start", () => {
  const labelled = (key: string) => ({ node: { ...node("worker", 1), labels: { [key]: "" } }, k3s, membership: join });
  expect(() => k3sConfig(labelled("node-role.kubernetes.io/worker"))).toThrow(
    "worker-1 has the label node-role.kubernetes.io/worker, which a kubelet may not set on itself, so it would not start → use a prefix outside kubernetes.io, or set the label from the cluster",
  );
  for (const key of [
    "topology.kubernetes.io/zone",
    "node.kubernetes.io/instance-type",
    "plain",
    "notkubernetes.io/x",
  ]) {
    expect(() => k3sConfig(labelled(key))).not.toThrow();
  }
});

test("a worker cannot start a cluster", () => {
  expect(() => k3sConfig({ node: node("worker", 1), k3s, membership: { kind: "init" } })).toThrow(
    "worker-1 is a worker and cannot start a cluster",
  );
});

test("every known release may be used, and has two different checksums", () => {
  for (const release of k3sReleases) {
    expect([release.version, k3sRefusal(release.version)]).toEqual([release.version, undefined]);
    const { amd64, arm64 } = release.sha256;
    for (const sum of [amd64, arm64]) expect(sum).toMatch(/^[0-9a-f]{64}$/);
    expect(amd64).not.toBe(arm64);
  }
  expect(k3sReleases).toContain(k3sDefault);
});

test.each([
  ["v1.31.14+k3s1", "→ use v1.32.12+k3s1 or later"],
  ["v1.33.7+k3s3", "→ use v1.33.8+k3s1 or later"],
  ["v1.35.0+k3s3", "→ use v1.35.1+k3s1 or later"],
  ["1.36.4+k3s1", '"1.36.4+k3s1" is no k3s release → write it as its tag, such as v1.36.4+k3s1'],
  ["v1.36.4", '"v1.36.4" is no k3s release'],
])("k3s %s, which can split a cluster or is no release, is refused", (version, message) => {
  expect(k3sRefusal(version)).toContain(message);
});

test.each(["v1.32.12+k3s1", "v1.33.8+k3s1", "v1.34.4+k3s1", "v1.35.1+k3s1", "v1.36.0+k3s1", "v1.40.0+k3s2"])(
  "k3s %s may be used",
  (version) => {
    expect(k3sRefusal(version)).toBeUndefined();
  },
);

test("a step says what it does in its second line, and that can be read back", () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z]{1,8}$/),
        fc.string().filter((text) => !text.includes("\0")),
      ),
      (params) => {
        const script = composeStep({ verb: "k3s-join", params, body: "true\n" });
        expect(parseStep(script)).toEqual({ verb: "k3s-join", params });
        expect(script.split("\n")[0]).toBe("#!/bin/sh");
      },
    ),
  );
  expect(parseStep("#!/bin/sh\necho hello\n")).toBeUndefined();
});

test("steps are bounded in whole seconds, and name a wrong peer", () => {
  expect(() => hostKeyStep({ timeout: 1.5 })).toThrow("timeout is 1.5 → give whole seconds");
  expect(() => leaveStep({ name: "cp-1", role: "control-plane", timeout: 600, drain: -1 })).toThrow("drain is -1");
  expect(() =>
    joinStep({ name: "cp-1", role: "control-plane", endpoint: "10.0.0.100:6443", peers: ["10.0.1.11"], timeout: 300 }),
  ).toThrow('cp-1 cannot join through "10.0.1.11" → write host:port, such as 10.0.1.10:6443');
});

test("a worker is never sent the server token", () => {
  const tokens = { serverToken: "S", agentToken: "A" };
  expect(joinStdin({ role: "control-plane", ...tokens })).toBe("S\nA\n");
  expect(joinStdin({ role: "worker", ...tokens })).toBe("A\n");
});
