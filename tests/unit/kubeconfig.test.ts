import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { buildKubeconfig, mergeKubeconfig, parseK3sYaml } from "../../lib/kubeconfig.ts";

// The form of the file that k3s writes on a server; the word "default" and the address stand in the data too.
const k3sYaml = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ZGVmYXVsdCAxMjcuMC4wLjE=
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: Y2VydA==
    client-key-data: a2V5
`;

const prod = buildKubeconfig({
  credentials: parseK3sYaml(k3sYaml),
  cluster: "prod",
  endpoints: [
    { name: "prod", server: "https://10.0.0.100:6443" },
    { name: "prod-tunnel", server: "https://127.0.0.1:16443", tlsServerName: "10.0.0.100" },
  ],
});

test("a cluster's kubeconfig has a context per endpoint and only names of its own", () => {
  expect(prod).toMatchInlineSnapshot(`
    "apiVersion: v1
    kind: Config
    clusters:
      - name: prod
        cluster:
          server: https://10.0.0.100:6443
          certificate-authority-data: ZGVmYXVsdCAxMjcuMC4wLjE=
      - name: prod-tunnel
        cluster:
          server: https://127.0.0.1:16443
          tls-server-name: 10.0.0.100
          certificate-authority-data: ZGVmYXVsdCAxMjcuMC4wLjE=
    users:
      - name: prod-admin
        user:
          client-certificate-data: Y2VydA==
          client-key-data: a2V5
    contexts:
      - name: prod
        context:
          cluster: prod
          user: prod-admin
      - name: prod-tunnel
        context:
          cluster: prod-tunnel
          user: prod-admin
    current-context: prod
    "
  `);
});

const mine = `# written by hand
apiVersion: v1
kind: Config
preferences: {}
clusters:
  # the office
  - name: office
    cluster:
      server: https://office.example.com:6443 # behind the VPN
  # this one is replaced
  - name: prod
    cluster:
      server: https://old.example.com:6443
users:
  - name: me
    user:
      exec:
        command: login
contexts:
  - name: office
    context: { cluster: office, user: me, namespace: web }
current-context: office
`;

test("merging replaces what has the same name, keeps the rest with its comments, and switches no context", () => {
  expect(mergeKubeconfig(mine, prod)).toMatchInlineSnapshot(`
    "# written by hand
    apiVersion: v1
    kind: Config
    preferences: {}
    clusters:
      # the office
      - name: office
        cluster:
          server: https://office.example.com:6443 # behind the VPN
      # this one is replaced
      - name: prod
        cluster:
          server: https://10.0.0.100:6443
          certificate-authority-data: ZGVmYXVsdCAxMjcuMC4wLjE=
      - name: prod-tunnel
        cluster:
          server: https://127.0.0.1:16443
          tls-server-name: 10.0.0.100
          certificate-authority-data: ZGVmYXVsdCAxMjcuMC4wLjE=
    users:
      - name: me
        user:
          exec:
            command: login
      - name: prod-admin
        user:
          client-certificate-data: Y2VydA==
          client-key-data: a2V5
    contexts:
      - name: office
        context: { cluster: office, user: me, namespace: web }
      - name: prod
        context:
          cluster: prod
          user: prod-admin
      - name: prod-tunnel
        context:
          cluster: prod-tunnel
          user: prod-admin
    current-context: office
    "
  `);
});

test.each([
  ["no file", ""],
  ["an empty file", "\n"],
  [
    "the skeleton that kubectl writes",
    'apiVersion: v1\nclusters: null\ncontexts: []\ncurrent-context: ""\nkind: Config\nusers: null\n',
  ],
])("merging into %s gives a usable kubeconfig with its context set", (_, existing) => {
  const { clusters, contexts, users, "current-context": current } = parse(prod);
  expect(parse(mergeKubeconfig(existing, prod))).toMatchObject({
    clusters,
    contexts,
    users,
    "current-context": current,
  });
});

test("a file that is no kubeconfig is refused, not overwritten", () => {
  expect(() => mergeKubeconfig("clusters: [", prod)).toThrow(
    /the existing kubeconfig is not valid YAML.*→ correct it, or move it away/s,
  );
  expect(() => mergeKubeconfig("just text", prod)).toThrow(
    "the existing kubeconfig is no kubeconfig: it is not a mapping → correct it, or move it away",
  );
  expect(() => mergeKubeconfig("clusters: yes\n", prod)).toThrow(
    "the kubeconfig's clusters is no list → correct it, or move the file away",
  );
});

test("what the kubeconfig step did not print is not taken for credentials", () => {
  expect(() => parseK3sYaml("")).toThrow(
    "k3s.yaml has no clusters[0].cluster → is this the output of the kubeconfig step?",
  );
  expect(() => parseK3sYaml(k3sYaml.replace("client-key-data: a2V5", ""))).toThrow("k3s.yaml has no client-key-data");
});

test("two endpoints of one name are refused", () => {
  const endpoint = { name: "prod", server: "https://10.0.0.100:6443" };
  expect(() =>
    buildKubeconfig({ credentials: parseK3sYaml(k3sYaml), cluster: "prod", endpoints: [endpoint, endpoint] }),
  ).toThrow("two endpoints of prod are named prod → name each differently");
});

test("merging is idempotent, in any order keeps every cluster, and never moves the current context", () => {
  const cluster = fc.record({
    cluster: fc.constantFrom("a", "b", "c"),
    server: fc.constantFrom("https://10.0.0.1:6443", "https://10.0.0.2:6443"),
  });
  fc.assert(
    fc.property(fc.array(cluster, { minLength: 1, maxLength: 6 }), (clusters) => {
      const configs = clusters.map(({ cluster, server }) =>
        buildKubeconfig({ credentials: parseK3sYaml(k3sYaml), cluster, endpoints: [{ name: cluster, server }] }),
      );
      const merged = configs.reduce((existing, incoming) => mergeKubeconfig(existing, incoming), "");
      const last = new Map(clusters.map(({ cluster, server }) => [cluster, server]));
      const result = parse(merged) as {
        clusters: { name: string; cluster: { server: string } }[];
        "current-context": string;
      };
      expect(new Map(result.clusters.map(({ name, cluster }) => [name, cluster.server]))).toEqual(last);
      expect(result.clusters).toHaveLength(last.size);
      expect(result["current-context"]).toBe(clusters[0]?.cluster);
      expect(mergeKubeconfig(merged, configs.at(-1) ?? "")).toBe(merged);
    }),
    { numRuns: 50 },
  );
});

test("a proxy that knows its callers gets a context without credentials", () => {
  const config = parse(
    buildKubeconfig({
      credentials: parseK3sYaml(k3sYaml),
      cluster: "prod",
      endpoints: [
        { name: "prod", server: "https://10.0.0.5:6443" },
        { name: "prod-tailnet", server: "https://prod-cluster.example.ts.net", proxy: true },
      ],
    }),
  ) as { clusters: unknown[]; users: unknown[]; contexts: unknown[] };
  expect(config.clusters[1]).toEqual({
    name: "prod-tailnet",
    cluster: { server: "https://prod-cluster.example.ts.net" },
  });
  expect(config.users[1]).toEqual({ name: "prod-proxy", user: { token: "unused" } });
  expect(config.contexts).toEqual([
    { name: "prod", context: { cluster: "prod", user: "prod-admin" } },
    { name: "prod-tailnet", context: { cluster: "prod-tailnet", user: "prod-proxy" } },
  ]);
});

test("the current context moves only when it is asked to", () => {
  const two = buildKubeconfig({
    credentials: parseK3sYaml(k3sYaml),
    cluster: "other",
    endpoints: [{ name: "other", server: "https://10.0.0.6:6443" }],
  });
  const current = (text: string): unknown => (parse(text) as Record<string, unknown>)["current-context"];
  expect(current(mergeKubeconfig(prod, two))).toBe(current(prod));
  expect(current(mergeKubeconfig(prod, two, { use: true }))).toBe("other");
});
