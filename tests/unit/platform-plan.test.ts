import { expect, test } from "vitest";
import { SecretRef } from "../../lib/platform/release.ts";
import { dependencies, object, plan, releaseStep } from "./platform-fixture.ts";

const hetzner = { "hcloud-cloud-controller-manager": {}, "hcloud-csi": {} };
const monitoring = { "prometheus-operator-crds": {}, "kube-prometheus-stack": {} };
const acme = { name: "letsencrypt", server: "production", email: "ops@example.com" };

test("a release waits for what it names, and for nothing else", () => {
  const exposed = { host: "grafana.example.com", issuer: "letsencrypt" };
  const made = plan({
    releases: {
      ...hetzner,
      ...monitoring,
      metallb: { pools: { internal: { addresses: ["10.0.200.0/24"], via: "worker-1" } } },
      haproxy: {},
      "cert-manager": { issuers: [acme] },
      "kube-prometheus-stack": { grafana: { exposed } },
    },
  });
  expect(made.faults).toEqual([]);
  expect(dependencies(made, "release/kube-prometheus-stack")).toEqual([
    "release/hcloud-csi",
    "secret/monitoring/grafana-admin",
  ]);
  expect(dependencies(made, "ipaddresspool/metallb-system/internal")).toEqual(["release/metallb"]);
  expect(made.hosts).toEqual([{ host: "grafana.example.com", path: ["platform", "kube-prometheus-stack"] }]);
});

test("where nothing makes nodes ready, nothing waits for it", () => {
  const made = plan({ releases: { haproxy: {} }, context: { machines: new Set(["docker"]) } });
  expect(dependencies(made, "release/haproxy")).toEqual(["namespace/haproxy-controller"]);
});

test("upgrade plans come after all the rest, workers after servers", () => {
  const made = plan({
    releases: { haproxy: {}, "cert-manager": { issuers: [acme] }, "system-upgrade-controller": {} },
  });
  expect(dependencies(made, "plan/system-upgrade/k3s-servers")).toEqual([
    "clusterissuer/letsencrypt",
    "release/haproxy",
    "release/system-upgrade-controller",
  ]);
  expect(dependencies(made, "plan/system-upgrade/k3s-agents")).toEqual(["plan/system-upgrade/k3s-servers"]);
});

test("a namespace allows what the loosest release in it needs, and kube-system is left alone", () => {
  const made = plan({
    releases: { ...hetzner, ...monitoring, "cert-manager": {} },
    secrets: { ghcr: { type: "opaque", namespaces: ["apps", "default"], data: { key: "value" } } },
  });
  const namespaces = made.steps.flatMap((step) =>
    step.kind === "namespace" ? [{ name: step.name, labels: step.labels, holds: step.holds }] : [],
  );
  const level = (enforce: string) => ({ "pod-security.kubernetes.io/enforce": enforce });
  expect(namespaces).toEqual([
    { name: "apps", labels: level("baseline"), holds: ["secret/apps/ghcr"] },
    { name: "cert-manager", labels: level("restricted"), holds: ["release/cert-manager"] },
    {
      name: "monitoring",
      labels: level("privileged"),
      holds: [
        "configmap/monitoring/groundwork-dashboard-application",
        "configmap/monitoring/groundwork-dashboard-cluster",
        "configmap/monitoring/groundwork-dashboard-node",
        "prometheusrule/monitoring/groundwork-nodes",
        "prometheusrule/monitoring/groundwork-pods",
        "release/kube-prometheus-stack",
        "release/prometheus-operator-crds",
        "secret/monitoring/grafana-admin",
      ],
    },
  ]);
});

test("a registry's password becomes a pull secret in each namespace", () => {
  const made = plan({
    secrets: {
      ghcr: {
        type: "registry",
        namespaces: ["apps", "jobs"],
        server: "ghcr.io",
        username: "robot",
        password: { secret: "ghcr-token" },
      },
    },
  });
  expect(made.steps.map(({ id }) => id)).toEqual([
    "namespace/apps",
    "namespace/jobs",
    "secret/apps/ghcr",
    "secret/jobs/ghcr",
  ]);
  const manifest = object(made, "secret/jobs/ghcr") as {
    readonly type: string;
    readonly stringData: Readonly<Record<string, SecretRef>>;
  };
  const reference = manifest.stringData[".dockerconfigjson"];
  expect(manifest.type).toBe("kubernetes.io/dockerconfigjson");
  expect(reference?.secret).toBe("ghcr-token");
  expect(JSON.parse(reference?.render("hunter2") ?? "")).toEqual({
    auths: { "ghcr.io": { username: "robot", password: "hunter2", auth: "cm9ib3Q6aHVudGVyMg==" } },
  });
});

test("an opaque secret mixes plain values and references", () => {
  const made = plan({
    secrets: {
      postgres: {
        type: "opaque",
        namespaces: ["apps"],
        data: { username: "app", password: { secret: "postgres-password" } },
      },
    },
  });
  expect(object(made, "secret/apps/postgres")).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "postgres", namespace: "apps" },
    type: "Opaque",
    stringData: { username: "app", password: new SecretRef("postgres-password", expect.any(Function)) },
  });
});

test("version and values of the stack file win over the catalogue's", () => {
  const made = plan({
    releases: {
      haproxy: { version: "1.50.0", values: { controller: { config: { "timeout-client": "60s" }, kind: null } } },
    },
  });
  const { chart, values } = releaseStep(made, "haproxy");
  expect(chart.version).toBe("1.50.0");
  expect(values).toMatchObject({
    controller: { kind: null, config: { "ssl-redirect-port": "443", "timeout-client": "60s" } },
  });
});

test("one mirror stands for every chart's source", () => {
  const charts = (mirror: string) => {
    const made = plan({ releases: { haproxy: {}, "cert-manager": {} }, mirror });
    return ["haproxy", "cert-manager"].map((name) => releaseStep(made, name).chart);
  };
  expect(charts("https://charts.example.com/all/")).toEqual([
    { chart: "kubernetes-ingress", repository: "https://charts.example.com/all", version: "1.52.1" },
    { chart: "cert-manager", repository: "https://charts.example.com/all", version: "v1.21.1" },
  ]);
  expect(charts("oci://registry.example.com/charts")).toEqual([
    { chart: "oci://registry.example.com/charts/kubernetes-ingress", version: "1.52.1" },
    { chart: "oci://registry.example.com/charts/cert-manager", version: "v1.21.1" },
  ]);
});
