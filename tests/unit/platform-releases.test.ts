import { expect, test } from "vitest";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { chartFacts } from "../../lib/platform/facts.ts";
import { hasChart, type PlatformContext } from "../../lib/platform/release.ts";
import { secretNames } from "../../lib/platform/secrets.ts";
import { type Given, object, plan, release, releaseStep } from "./platform-fixture.ts";

/** Helm values of one release among others. */
const values = (name: string, given: Given) => releaseStep(plan(given), name).values;

/** What a person reads for options that the schema refuses. */
const refusals = (name: string, options: unknown): readonly string[] =>
  release(name)
    .options.safeParse(options)
    .error?.issues.map(({ message }) => message) ?? [];

const acme = { name: "letsencrypt", server: "production", email: "ops@example.com" };
const truenas = { host: "10.0.3.10", dataset: "tank/k8s/volumes", snapshotsDataset: "tank/k8s/snapshots" };
const oidc = { issuer: "https://gitlab.com", clientId: "abc", usernameClaim: "email", groupsClaim: "groups" };
const everything = {
  "prometheus-operator-crds": {},
  "hcloud-cloud-controller-manager": { tokenSecret: "cluster-token" },
  "hcloud-csi": {},
  longhorn: { default: false },
  "proxmox-csi-plugin": { default: false, tokenSecret: "csi-key" },
  "local-path-provisioner": { default: false },
  "rook-ceph": {},
  "ceph-csi-drivers": {},
  "rook-ceph-cluster": { default: false },
  "nfs-subdir-external-provisioner": { server: "10.0.3.9", path: "/srv/kubernetes" },
  "democratic-csi-nfs": { ...truenas, apiKeySecret: "nfs-key" },
  "democratic-csi-iscsi": { ...truenas, portal: "10.0.3.10", apiKeySecret: "iscsi-key" },
  "democratic-csi-nfs-fast": truenas,
  metallb: {
    pools: { internal: { addresses: ["10.0.200.0/24"], via: "worker-1" } },
    bgp: { asn: 64513, peers: { "rack-1": { address: "10.0.0.1", asn: 64500, passwordSecret: "metallb-password" } } },
  },
  haproxy: {},
  "cert-manager": {
    issuers: [acme, { ...acme, name: "other", tokenSecret: "other-token" }],
    privateIssuers: [{ name: "own", own: { certificateSecret: "ca-certificate", keySecret: "ca-key" } }],
    vaultIssuers: [{ name: "vault", path: "pki/sign/rack" }],
  },
  "kube-prometheus-stack": {
    grafana: {
      passwordSecret: "dashboards",
      exposed: { host: "grafana.example.com" },
      signOn: { clientId: "grafana", clientSecret: "dashboards-oidc" },
    },
    alertmanager: {
      matrix: { homeserver: "https://matrix.example.com", user: "@alerts:example.com" },
      receivers: {
        chat: { type: "discord", urlSecret: "discord-webhook" },
        ops: { type: "matrix", room: "!abcdef:example.com" },
        pager: { type: "webhook", urlSecret: "pager-url" },
      },
    },
  },
  "tailscale-operator": {},
  "system-upgrade-controller": {},
  cilium: {
    bgp: { asn: 64512, peers: { "rack-1": { address: "10.0.0.1", asn: 64500, passwordSecret: "bgp-password" } } },
  },
  traefik: {},
  kured: {},
  smokeping: {},
  "oauth2-proxy": { groups: ["example/platform"], exposed: { host: "auth.example.com", ingressClass: "traefik" } },
  headlamp: {
    exposed: { host: "headlamp.example.com" },
    oidc: { clientSecretSecret: "cs", adminGroups: ["example/platform"] },
  },
  "k3s-traefik": {},
  mysql: { exporterPasswordSecret: "exporter", passwordSecret: "mp", rootPasswordSecret: "mr" },
  "cloudnative-pg": {
    clusters: {
      main: {
        passwordSecret: "pg",
        backup: { destination: "s3://backups/pg", accessKeyIdSecret: "key-id", secretAccessKeySecret: "key" },
      },
    },
  },
  "plugin-barman-cloud": {},
  "valkey-operator": { clusters: { main: { passwordSecret: "vk" } } },
  "clickhouse-operator": { passwordSecret: "ch", installations: { main: { passwordSecret: "ch-app", keeper: {} } } },
  vault: {},
  argocd: {
    repository: { url: "https://gitlab.com/example/platform.git", tokenSecret: "git-token" },
    exposed: { host: "gitops.example.com" },
    oidc: { adminGroups: ["example/platform"], clientIdSecret: "argo-id", clientSecretSecret: "argo-cs" },
    ageKeySecret: "age-key",
    gpgKeySecret: "gpg-key",
    webhookSecret: "webhook",
  },
  flux: {
    repository: { url: "ssh://git@github.com/example/platform", keySecret: "git-key", knownHosts: "github.com x" },
    kustomizations: { apps: { path: "./apps" } },
    ageKeySecret: "age-key",
  },
  renovate: { repositories: ["example/platform"], tokenSecret: "renovate" },
  linkding: { passwordSecret: "bookmarks" },
  loki: { objectStore: { host: "s3.example.com", bucket: "logs" } },
  alloy: {},
  "prometheus-mysql-exporter": { host: "mysql.databases.svc.cluster.local" },
};

/** Servers at Hetzner and machines of Proxmox VE, of which three have a disk for Ceph. */
const several = {
  machines: new Set(["hetzner", "proxmox"]),
  proxmox: { endpoint: "https://pve1:8006", insecure: false, disks: "local-lvm" },
  controlPlanes: [1, 2, 3].map((n) => ({ name: `prod-cp-${n}`, address: `10.0.1.${9 + n}`, disks: ["/dev/sdb"] })),
};

test("every secret that a release uses is announced, and no other", () => {
  const made = plan({ releases: everything, context: { cluster: { oidc } } });
  const context = { releases: new Map() } as unknown as PlatformContext;
  for (const { name, secrets, options } of catalogue) {
    const used = made.steps.filter((step) =>
      step.kind === "release" ? step.name === name : step.kind === "object" && step.release === name,
    );
    const announced = secrets?.(options.parse(everything[name as keyof typeof everything]), context) ?? [];
    expect({ name, secrets: [...announced].sort() }).toEqual({ name, secrets: secretNames(used) });
  }
  expect(Object.keys(everything).sort()).toEqual(catalogue.map(({ name }) => name).sort());
});

test("the catalogue is of one piece: names once, requirements in it, facts of every chart", () => {
  const names = catalogue.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(catalogue.flatMap(({ requires = [] }) => requires).filter((name) => !names.includes(name))).toEqual([]);
  expect(catalogue.filter(hasChart).filter(({ chart }) => chartFacts(chart.chart) === undefined)).toEqual([]);
});

test("facts of a chart are found by name and by registry reference", () => {
  const known = chartFacts("cert-manager");
  expect(known?.kinds.find(({ kind }) => kind === "ClusterIssuer")).toEqual({
    group: "cert-manager.io",
    kind: "ClusterIssuer",
    versions: ["v1"],
    scope: "Cluster",
  });
  expect(chartFacts("oci://quay.io/jetstack/charts/cert-manager")).toBe(known);
  expect(chartFacts("unheard-of")).toBeUndefined();
});

test("nothing asks to be scraped where the kinds for it are not", () => {
  const { "prometheus-operator-crds": _, "kube-prometheus-stack": __, "k3s-traefik": ___, ...rest } = everything;
  const made = plan({ releases: rest, context: { ...several, cluster: { oidc } } });
  expect(made.faults).toEqual([]);
  const enabled = made.steps.flatMap((step) =>
    step.kind === "release" ? (JSON.stringify(step.values).match(/"\w*[mM]onitor":\{"enabled":\w+/g) ?? []) : [],
  );
  expect(enabled.length).toBeGreaterThan(3);
  expect(enabled.filter((each) => each.endsWith("true"))).toEqual([]);
});

test("hcloud-cloud-controller-manager: load balancers only when asked, private addresses only in a network", () => {
  const name = "hcloud-cloud-controller-manager";
  expect(
    values(name, { releases: { [name]: { loadBalancers: { location: "nbg1" } } }, without: ["hetznerNetwork"] }),
  ).toEqual({
    env: {
      HCLOUD_NETWORK_ROUTES_ENABLED: { value: "false" },
      HCLOUD_LOAD_BALANCERS_ENABLED: { value: "true" },
      HCLOUD_LOAD_BALANCERS_LOCATION: { value: "nbg1" },
      HCLOUD_LOAD_BALANCERS_USE_PRIVATE_IP: { value: "true" },
    },
    networking: { enabled: false },
    strategy: { type: "Recreate" },
    monitoring: { podMonitor: { enabled: false } },
  });
});

test("hcloud-csi: a second controller only where there is room for one", () => {
  const releases = { "hcloud-cloud-controller-manager": {}, "hcloud-csi": {} };
  const single = { controlPlanes: [{ name: "prod-cp-1", address: "10.0.1.10" }], workers: [] };
  expect(values("hcloud-csi", { releases })).toMatchObject({ controller: { replicaCount: 2 } });
  expect(values("hcloud-csi", { releases, context: single })).toMatchObject({ controller: { replicaCount: 1 } });
});

test("metallb: on a routed network one node answers for a pool, elsewhere any", () => {
  const pools = { routed: { addresses: ["10.0.200.0/24"], via: "worker-2" }, local: { addresses: ["10.0.201.0/24"] } };
  const made = plan({ releases: { metallb: { pools } }, without: ["hetznerNetwork"] });
  expect(made.faults).toEqual([]);
  const advertised = (name: string) => object(made, `l2advertisement/metallb-system/${name}`);
  expect(advertised("routed")).toMatchObject({
    spec: {
      ipAddressPools: ["routed"],
      nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": "prod-worker-2" } }],
    },
  });
  expect(advertised("local")).toHaveProperty("spec", { ipAddressPools: ["local"] });
});

test("haproxy: clients' addresses by PROXY protocol exactly when the load balancer speaks it", () => {
  const config = (ingress: NonNullable<PlatformContext["ingress"]>) =>
    values("haproxy", { releases: { haproxy: { httpsPort: 8443 } }, context: { ingress } });
  expect(config({ httpNodePort: 30081, httpsNodePort: 30444, proxyProtocol: true })).toMatchObject({
    controller: {
      service: { nodePorts: { http: 30081, https: 30444 } },
      config: { "ssl-redirect-port": "8443", "proxy-protocol": "0.0.0.0/0" },
    },
  });
  expect(values("haproxy", { releases: { haproxy: {} }, without: ["ingress"] })).toMatchObject({
    controller: { service: { nodePorts: { http: 30080, https: 30443 } }, config: { "ssl-redirect-port": "443" } },
  });
});

test("haproxy: a number of replicas makes a Deployment that a drain cannot take down whole", () => {
  expect(values("haproxy", { releases: { haproxy: { replicas: 3 } } })).toMatchObject({
    controller: { kind: "Deployment", replicaCount: 3, PodDisruptionBudget: { enable: true, maxUnavailable: 1 } },
  });
  expect(values("haproxy", { releases: { haproxy: { replicas: 1 } } })).toMatchObject({
    controller: { PodDisruptionBudget: { enable: false } },
  });
});

test("cert-manager: an ACME server of one's own, and the stage's zone unless others are named", () => {
  const issuers = [{ name: "internal", server: "https://ca.example.com/acme/directory", email: "ops@example.com" }];
  expect(object(plan({ releases: { "cert-manager": { issuers } } }), "clusterissuer/internal")).toMatchObject({
    spec: {
      acme: { server: "https://ca.example.com/acme/directory", solvers: [{ selector: { dnsZones: ["example.com"] } }] },
    },
  });
});

const monitoring = (options: unknown, rest: Given = {}) => {
  const { loki: _, ...releases } = { ...everything, "kube-prometheus-stack": options };
  return values("kube-prometheus-stack", { ...rest, releases });
};

test("kube-prometheus-stack: etcd is scraped at every control plane, what k3s shows elsewhere is not scraped twice", () => {
  const off = { enabled: false };
  expect(monitoring({})).toMatchObject({
    kubeEtcd: { endpoints: ["10.0.1.10", "10.0.1.11", "10.0.1.12"], service: { port: 2381, targetPort: 2381 } },
    kubeControllerManager: off,
    kubeScheduler: off,
    kubeProxy: off,
    coreDns: { enabled: true },
  });
  expect(monitoring({ etcd: { endpoints: ["172.30.0.4"] } })).toMatchObject({
    kubeEtcd: { endpoints: ["172.30.0.4"] },
  });
});

test("kube-prometheus-stack: on Talos each part is scraped at every control plane, and kube-proxy not where Cilium is", () => {
  const on = (releases: Record<string, unknown>, distribution: string) =>
    values("kube-prometheus-stack", {
      releases: { "prometheus-operator-crds": {}, "kube-prometheus-stack": {}, ...releases },
      context: { cluster: { distribution, disable: ["coredns"] } },
    });
  const off = { enabled: false };
  const talos = on({ cilium: {} }, "talos");
  const endpoints = ["10.0.1.10", "10.0.1.11", "10.0.1.12"];
  const managers = { kubeControllerManager: { endpoints }, kubeScheduler: { endpoints } };
  expect(talos).toMatchObject({ ...managers, kubeProxy: off, coreDns: off });
  expect(on({ cilium: { kubeProxyReplacement: false } }, "talos")).not.toHaveProperty("kubeProxy");
  expect(on({}, "kubeadm")).not.toHaveProperty("defaultRules");
});

test("kube-prometheus-stack: Grafana's administrator from a secret of the stack, a Secret that there is, or the chart", () => {
  const secrets = { admin: { type: "opaque", namespaces: ["monitoring"], data: { "admin-user": "me" } } } as const;
  const admin = (credentials: unknown) => monitoring({ grafana: { credentials } }, { secrets });
  expect(monitoring({})).toMatchObject({ grafana: { admin: { existingSecret: "grafana-admin" } } });
  expect(admin({ existing: "admin" })).toMatchObject({ grafana: { admin: { existingSecret: "admin" } } });
  expect(admin("generated")).not.toHaveProperty("grafana.admin");
});

test("kube-prometheus-stack: sign-on by GitLab, its secret in the environment alone", () => {
  const signOn = {
    clientId: "grafana",
    allowedGroups: ["example/all"],
    adminGroups: ["example/ops"],
    editorGroups: ["example/dev", "example/qa"],
  };
  const { grafana } = monitoring({
    grafana: { exposed: { host: "grafana.example.com", issuer: "letsencrypt" }, signOn },
  });
  expect(grafana).toMatchInlineSnapshot(`
    {
      "admin": {
        "existingSecret": "grafana-admin",
        "passwordKey": "admin-password",
        "userKey": "admin-user",
      },
      "deploymentStrategy": {
        "type": "Recreate",
      },
      "envFromSecret": "grafana-sign-on",
      "grafana.ini": {
        "auth.generic_oauth": {
          "allow_sign_up": true,
          "allowed_groups": "example/all",
          "api_url": "https://gitlab.com/oauth/userinfo",
          "auth_url": "https://gitlab.com/oauth/authorize",
          "client_id": "grafana",
          "enabled": true,
          "groups_attribute_path": "groups",
          "name": "GitLab",
          "role_attribute_path": "contains(groups[*], 'example/ops') && 'Admin' || contains(groups[*], 'example/dev') && 'Editor' || contains(groups[*], 'example/qa') && 'Editor' || 'Viewer'",
          "scopes": "openid profile email",
          "token_url": "https://gitlab.com/oauth/token",
          "use_pkce": true,
        },
        "server": {
          "domain": "grafana.example.com",
          "root_url": "https://grafana.example.com",
        },
      },
      "ingress": {
        "annotations": {
          "cert-manager.io/cluster-issuer": "letsencrypt",
        },
        "enabled": true,
        "hosts": [
          "grafana.example.com",
        ],
        "ingressClassName": "haproxy",
        "tls": [
          {
            "hosts": [
              "grafana.example.com",
            ],
            "secretName": "grafana-tls",
          },
        ],
      },
      "persistence": {
        "enabled": true,
        "size": "10Gi",
      },
    }
  `);
});

test("kube-prometheus-stack: every page at a host name, the others within the cluster only", () => {
  const exposed = (name: string) => ({ exposed: { host: `${name}.example.com`, issuer: "letsencrypt" } });
  expect(monitoring({ prometheus: exposed("prometheus"), alertmanager: exposed("alerts") })).toMatchObject({
    prometheus: {
      prometheusSpec: { externalUrl: "https://prometheus.example.com" },
      ingress: { enabled: true, hosts: ["prometheus.example.com"], tls: [{ secretName: "prometheus-tls" }] },
    },
    alertmanager: {
      alertmanagerSpec: { externalUrl: "https://alerts.example.com" },
      ingress: { enabled: true, hosts: ["alerts.example.com"], tls: [{ secretName: "alertmanager-tls" }] },
    },
    grafana: { ingress: { enabled: false } },
  });
  const made = plan({ releases: { "kube-prometheus-stack": { prometheus: exposed("prometheus") } } });
  expect(made.hosts).toEqual([{ host: "prometheus.example.com", path: ["platform", "kube-prometheus-stack"] }]);
});

test("kube-prometheus-stack: more data sources", () => {
  const dataSources = {
    Logs: { type: "loki", url: "https://loki.example.com" },
    Shop: { type: "mysql", url: "mysql.db:3306", settings: { database: "shop" } },
  };
  expect(monitoring({ grafana: { dataSources } })).toMatchObject({
    grafana: {
      additionalDataSources: [
        { name: "Logs", type: "loki", access: "proxy", url: "https://loki.example.com" },
        { name: "Shop", type: "mysql", access: "proxy", url: "mysql.db:3306", jsonData: { database: "shop" } },
      ],
    },
  });
});

test("kube-prometheus-stack: samples leave before the volume is full", () => {
  const spec = (size: string) =>
    monitoring({ prometheus: { retention: "30d", storage: { size, class: "hcloud-volumes" } } });
  expect(spec("50Gi")).toMatchObject({
    prometheus: {
      prometheusSpec: {
        retention: "30d",
        retentionSize: "43520MiB",
        storageSpec: {
          volumeClaimTemplate: {
            spec: { storageClassName: "hcloud-volumes", resources: { requests: { storage: "50Gi" } } },
          },
        },
      },
    },
  });
  expect(spec("1.5Ti")).toMatchObject({ prometheus: { prometheusSpec: { retentionSize: "1336934MiB" } } });
});

test("kube-prometheus-stack: without volumes there are no claims", () => {
  const chosen = monitoring({
    prometheus: { storage: "none" },
    alertmanager: { storage: "none" },
    grafana: { storage: "none" },
  });
  expect(chosen).toMatchObject({
    alertmanager: { alertmanagerSpec: {} },
    grafana: { persistence: { enabled: false } },
  });
  expect(JSON.stringify(chosen)).not.toMatch(/volumeClaimTemplate|retentionSize|Recreate/);
});

test("kube-prometheus-stack: Grafana at a host name, with a certificate when an issuer is named", () => {
  const host = "grafana.example.com";
  expect(monitoring({ grafana: { exposed: { host, issuer: "letsencrypt" } } })).toMatchObject({
    grafana: {
      ingress: {
        enabled: true,
        ingressClassName: "haproxy",
        hosts: [host],
        annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
        tls: [{ secretName: "grafana-tls", hosts: [host] }],
      },
      "grafana.ini": { server: { domain: host, root_url: "https://grafana.example.com" } },
    },
  });
  const open = monitoring({ grafana: { exposed: { host } } });
  expect(open).toMatchObject({ grafana: { "grafana.ini": { server: { root_url: "http://grafana.example.com" } } } });
  expect(JSON.stringify(open)).not.toContain("tls");
});

test("system-upgrade-controller: within a window, and no plan for workers that are not there", () => {
  const window = { days: ["sat", "sun"], start: "02:00", end: "05:30", timeZone: "Europe/Berlin" };
  const made = plan({ releases: { "system-upgrade-controller": { window } }, context: { workers: [] } });
  expect(object(made, "plan/system-upgrade/k3s-servers")).toMatchObject({
    spec: {
      version: "v1.34.4+k3s1",
      concurrency: 1,
      window: { days: ["sat", "sun"], startTime: "02:00", endTime: "05:30", timeZone: "Europe/Berlin" },
    },
  });
  expect(made.steps.map(({ id }) => id)).not.toContain("plan/system-upgrade/k3s-agents");
});

test("tailscale-operator: nobody is made administrator unasked", () => {
  const made = plan({ releases: { "tailscale-operator": { proxyTags: ["tag:k8s", "tag:k8s-prod"] } } });
  expect(made.steps.map(({ id }) => id)).not.toContain("clusterrolebinding/tailnet-cluster-admin");
  expect(releaseStep(made, "tailscale-operator").values).toMatchObject({
    operatorConfig: { hostname: "prod-cluster" },
    proxyConfig: { defaultTags: "tag:k8s,tag:k8s-prod" },
    apiServerProxyConfig: { mode: "true" },
  });
});

test("options that cannot work are refused with what to write instead", () => {
  expect(refusals("metallb", { pools: {} })).toEqual([
    "no pool, so no Service ever gets an address → add one, such as internal: { addresses: [10.0.200.1-10.0.200.50] }",
  ]);
  expect(refusals("tailscale-operator", { adminGroup: "admins", tags: ["k8s"] })).toEqual([
    '"admins" is no group of a tailnet → write group:name, as in the tailnet\'s policy',
    '"k8s" is no Tailscale tag → write tag:name',
  ]);
  expect(refusals("system-upgrade-controller", { window: { days: ["sun"], start: "2am", end: "05:00" } })).toEqual([
    '"2am" is no time of day → write hours and minutes, such as 02:30',
  ]);
  expect(
    refusals("kube-prometheus-stack", {
      alertmanager: {
        receivers: { chat: { type: "discord" }, ops: { type: "matrix", room: "#ops:example.com" } },
        matrix: { homeserver: "https://matrix.example.com", user: "alerts" },
      },
      grafana: { exposed: { host: "grafana.example.com", ingressClass: "tailscale", issuer: "letsencrypt" } },
    }),
  ).toMatchInlineSnapshot(`
    [
      "Invalid input: expected string, received undefined",
      ""#ops:example.com" is no id of a Matrix room → write !id:server, as the room's settings show it",
      ""alerts" is no Matrix account → write @name:server",
      ""grafana.example.com" is no name in a tailnet → write name.tailnet.ts.net, or choose another ingressClass",
      "an Ingress of class tailscale brings its own certificate → leave issuer out",
    ]
  `);
});
