import { expect, test } from "vitest";
import { dependencies, type Given, object, plan, release, releaseStep } from "./platform-fixture.ts";

const metal = { machines: new Set(["metal"]), cluster: { disable: ["traefik", "servicelb"] } };
const onMetal = (releases: Readonly<Record<string, unknown>>): Given => ({
  releases,
  context: metal,
  without: ["hetznerNetwork", "ingress", "dns"],
});

const services = { services: { addresses: ["10.0.200.0/24", "10.0.201.10-10.0.201.20"] } };
const rack = { asn: 64512, peers: { "rack-1": { address: "10.0.0.1", asn: 64500, passwordSecret: "bgp-password" } } };

test("Cilium on k3s: each node's own way to the API, so that no Service is needed for it", () => {
  expect(releaseStep(plan(onMetal({ cilium: {} })), "cilium").values).toMatchInlineSnapshot(`
    {
      "bgpControlPlane": {
        "enabled": false,
      },
      "hubble": {
        "enabled": false,
      },
      "ipam": {
        "mode": "kubernetes",
      },
      "k8sServiceHost": "127.0.0.1",
      "k8sServicePort": 6444,
      "kubeProxyReplacement": true,
      "l2announcements": {
        "enabled": false,
      },
      "operator": {
        "prometheus": {
          "serviceMonitor": {
            "enabled": false,
          },
        },
        "replicas": 2,
      },
      "prometheus": {
        "enabled": false,
        "serviceMonitor": {
          "enabled": false,
        },
      },
    }
  `);
});

test("Cilium on Talos goes through KubePrism and asks for nothing that Talos refuses", () => {
  const { values } = releaseStep(
    plan({ ...onMetal({ cilium: {} }), context: { ...metal, cluster: { distribution: "talos", disable: [] } } }),
    "cilium",
  );
  expect(values).toMatchObject({
    k8sServiceHost: "localhost",
    k8sServicePort: 7445,
    cgroup: { autoMount: { enabled: false }, hostRoot: "/sys/fs/cgroup" },
  });
  expect(JSON.stringify(values)).not.toContain("SYS_MODULE");
});

test("everything with pods waits for Cilium, which waits for no node", () => {
  const made = plan(onMetal({ cilium: {}, traefik: { service: "NodePort" } }));
  expect(dependencies(made, "release/cilium")).toEqual([]);
  expect(dependencies(made, "release/traefik")).toContain("release/cilium");
});

test("addresses told to routers: the objects, and the session's password as a Secret", () => {
  const made = plan(onMetal({ cilium: { pools: services, bgp: rack } }));
  expect(made.faults).toEqual([]);
  expect(
    Object.fromEntries(
      made.steps.flatMap(({ id, kind }) =>
        kind === "object" && !id.startsWith("secret/") ? [[id, (object(made, id) as { spec: unknown }).spec]] : [],
      ),
    ),
  ).toMatchInlineSnapshot(`
    {
      "ciliumbgpadvertisement/services": {
        "advertisements": [
          {
            "advertisementType": "Service",
            "selector": {
              "matchExpressions": [
                {
                  "key": "groundwork/not-advertised",
                  "operator": "DoesNotExist",
                },
              ],
            },
            "service": {
              "addresses": [
                "LoadBalancerIP",
              ],
            },
          },
        ],
      },
      "ciliumbgpclusterconfig/routers": {
        "bgpInstances": [
          {
            "localASN": 64512,
            "name": "cluster",
            "peers": [
              {
                "name": "rack-1",
                "peerASN": 64500,
                "peerAddress": "10.0.0.1",
                "peerConfigRef": {
                  "name": "rack-1",
                },
              },
            ],
          },
        ],
      },
      "ciliumbgppeerconfig/rack-1": {
        "authSecretRef": "bgp-rack-1",
        "families": [
          {
            "advertisements": {
              "matchLabels": {
                "groundwork/advertise": "services",
              },
            },
            "afi": "ipv4",
            "safi": "unicast",
          },
        ],
        "gracefulRestart": {
          "enabled": true,
        },
      },
      "ciliumloadbalancerippool/services": {
        "blocks": [
          {
            "cidr": "10.0.200.0/24",
          },
          {
            "start": "10.0.201.10",
            "stop": "10.0.201.20",
          },
        ],
      },
    }
  `);
  expect(dependencies(made, "release/cilium")).toEqual(["secret/kube-system/bgp-rack-1"]);
});

test.each([
  ["addresses of which nobody hears", { cilium: { pools: services } }],
  [
    "addresses that pods, Services or another pool have",
    {
      cilium: {
        pools: { a: { addresses: ["10.42.7.0/24", "10.43.0.9-10.43.0.9"] }, b: { addresses: ["10.42.7.1-10.42.7.2"] } },
        bgp: rack,
      },
    },
  ],
  ["announcements without an address", { cilium: { l2: {} } }],
  ["a node's address in a pool", { cilium: { l2: {}, pools: { all: { addresses: ["10.0.1.0/24"] } } } }],
  ["two who give out addresses", { cilium: { l2: {}, pools: services }, metallb: { pools: services } }],
])("refused: %s", (_, releases) => {
  expect(plan(onMetal(releases)).faults).toMatchSnapshot();
});

test("MetalLB tells routers of its pools, the sessions with a password, and answers itself for one of them", () => {
  const made = plan(
    onMetal({
      metallb: {
        bgp: rack,
        pools: { ...services, local: { addresses: ["10.0.0.200-10.0.0.210"], announce: "arp" } },
      },
    }),
  );
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, "metallb").values).toMatchObject({ frrk8s: { enabled: true } });
  const told = made.steps.flatMap((step) =>
    step.kind === "object" ? [[step.id, step.manifest.spec ?? step.manifest.type, step.dependsOn]] : [],
  );
  expect(told).toMatchInlineSnapshot(`
    [
      [
        "bgpadvertisement/metallb-system/services",
        {
          "ipAddressPools": [
            "services",
          ],
        },
        [
          "release/metallb",
        ],
      ],
      [
        "ipaddresspool/metallb-system/local",
        {
          "addresses": [
            "10.0.0.200-10.0.0.210",
          ],
          "autoAssign": true,
        },
        [
          "release/metallb",
        ],
      ],
      [
        "ipaddresspool/metallb-system/services",
        {
          "addresses": [
            "10.0.200.0/24",
            "10.0.201.10-10.0.201.20",
          ],
          "autoAssign": true,
        },
        [
          "release/metallb",
        ],
      ],
      [
        "l2advertisement/metallb-system/local",
        {
          "ipAddressPools": [
            "local",
          ],
        },
        [
          "release/metallb",
        ],
      ],
      [
        "secret/metallb-system/bgp-rack-1",
        "kubernetes.io/basic-auth",
        [
          "release/metallb",
        ],
      ],
      [
        "bgppeer/metallb-system/rack-1",
        {
          "myASN": 64512,
          "passwordSecret": {
            "name": "bgp-rack-1",
            "namespace": "metallb-system",
          },
          "peerASN": 64500,
          "peerAddress": "10.0.0.1",
        },
        [
          "secret/metallb-system/bgp-rack-1",
        ],
      ],
    ]
  `);
  const quiet = plan(onMetal({ metallb: { pools: services } }));
  expect(releaseStep(quiet, "metallb").values).toMatchObject({ frrk8s: { enabled: false } });
});

test("BGP without peers is refused in words", () => {
  const refused = release("cilium").options.safeParse({ bgp: { asn: 64512, peers: {} } });
  expect(refused.error?.issues.map(({ message }) => message)).toEqual([
    "no peer, so no router learns of any address → add one, such as rack-1: { address: 10.0.0.1, asn: 64500 }",
  ]);
});

test("Traefik with redirect, HSTS, TLS 1.3 and forward authentication", () => {
  const made = plan(
    onMetal({
      traefik: {
        service: "NodePort",
        tlsMinimum: "1.3",
        forwardAuth: {
          address: "http://oauth2-proxy.oauth2-proxy.svc.cluster.local:4180/oauth2/auth",
          signInUrl: "https://login.example.com/oauth2/start",
        },
      },
    }),
  );
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, "traefik").values).toMatchInlineSnapshot(`
    {
      "deployment": {
        "kind": "DaemonSet",
      },
      "ingressClass": {
        "enabled": true,
        "isDefaultClass": true,
        "name": "traefik",
      },
      "ports": {
        "web": {
          "http": {
            "redirections": {
              "entryPoint": {
                "permanent": true,
                "scheme": "https",
                "to": "websecure",
              },
            },
          },
          "nodePort": 30080,
        },
        "websecure": {
          "http": {
            "middlewares": [
              "traefik-hsts@kubernetescrd",
            ],
          },
          "nodePort": 30443,
        },
      },
      "providers": {
        "kubernetesCRD": {
          "allowCrossNamespace": true,
        },
      },
      "service": {
        "spec": {
          "type": "NodePort",
        },
      },
      "tlsOptions": {
        "default": {
          "minVersion": "VersionTLS13",
        },
      },
      "updateStrategy": {
        "rollingUpdate": {
          "maxSurge": 0,
          "maxUnavailable": 1,
        },
      },
    }
  `);
  expect(object(made, "middleware/traefik/forward-auth")).toMatchInlineSnapshot(`
    {
      "apiVersion": "traefik.io/v1alpha1",
      "kind": "Middleware",
      "metadata": {
        "name": "forward-auth",
        "namespace": "traefik",
      },
      "spec": {
        "forwardAuth": {
          "address": "http://oauth2-proxy.oauth2-proxy.svc.cluster.local:4180/oauth2/auth",
          "authResponseHeaders": [
            "X-Auth-Request-User",
            "X-Auth-Request-Email",
          ],
          "authSigninURL": "https://login.example.com/oauth2/start",
        },
      },
    }
  `);
});

test("kured reboots in its window, and is refused on Talos", () => {
  expect(
    releaseStep(plan(onMetal({ kured: { days: ["sa", "su"], timeZone: "Europe/Berlin" } })), "kured").values,
  ).toEqual({
    configuration: {
      rebootDays: ["sa", "su"],
      startTime: "03:00",
      endTime: "06:00",
      timeZone: "Europe/Berlin",
      period: "1h",
      concurrency: 1,
    },
    tolerations: [{ operator: "Exists" }],
    metrics: { create: false },
    service: { create: false },
  });
  const talos = plan({ ...onMetal({ kured: {} }), context: { ...metal, cluster: { distribution: "talos" } } });
  expect(talos.faults.map(({ message }) => message)).toEqual([
    "Talos reboots its nodes itself, and has no shell to be told by",
  ]);
});

test("over the tailnet Cilium is told what it carries, and etcd is read at addresses that its Nodes tell", () => {
  const releases = {
    cilium: {},
    "prometheus-operator-crds": {},
    "kube-prometheus-stack": { grafana: { storage: "none" } },
  };
  const [near, far, named] = (
    [
      ["private", {}],
      ["tailnet", {}],
      ["tailnet", { etcd: { endpoints: ["100.64.0.7"] } }],
    ] as const
  ).map(([transport, more]) => {
    const made = plan({
      ...onMetal({ ...releases, "kube-prometheus-stack": { ...releases["kube-prometheus-stack"], ...more } }),
      context: { ...metal, cluster: { ...metal.cluster, transport } },
    });
    const { kubeEtcd, prometheus } = releaseStep(made, "kube-prometheus-stack").values;
    const { prometheusSpec } = prometheus as { readonly prometheusSpec: Readonly<Record<string, unknown>> };
    return {
      mtu: releaseStep(made, "cilium").values.MTU,
      kubeEtcd,
      jobs: prometheusSpec.additionalScrapeConfigs,
    };
  });
  const service = { enabled: true, port: 2381, targetPort: 2381 };
  expect({ near, far, named }).toEqual({
    near: {
      mtu: undefined,
      kubeEtcd: { enabled: true, endpoints: ["10.0.1.10", "10.0.1.11", "10.0.1.12"], service },
      jobs: undefined,
    },
    far: {
      mtu: 1280,
      kubeEtcd: { enabled: true, endpoints: [], service: { enabled: false }, serviceMonitor: { enabled: false } },
      jobs: [
        {
          job_name: "kube-etcd",
          kubernetes_sd_configs: [{ role: "node" }],
          relabel_configs: [
            {
              action: "keep",
              source_labels: ["__meta_kubernetes_node_labelpresent_node_role_kubernetes_io_control_plane"],
              regex: "true",
            },
            {
              source_labels: ["__meta_kubernetes_node_address_InternalIP"],
              target_label: "__address__",
              replacement: "$1:2381",
            },
            { source_labels: ["__meta_kubernetes_node_name"], target_label: "node" },
          ],
        },
      ],
    },
    named: { mtu: 1280, kubeEtcd: { enabled: true, endpoints: ["100.64.0.7"], service }, jobs: undefined },
  });
});

test.each([
  ["cilium", { cilium: { pools: services, bgp: rack } }, { "lbipam.cilium.io/ips": "10.0.200.10" }],
  ["metallb", { metallb: { pools: services } }, { "metallb.io/loadBalancerIPs": "10.0.200.10" }],
])("Traefik at an address of its own, asked for in %s's words and after its pools", (name, releases, annotations) => {
  const more = { addresses: ["10.0.202.0/24"] };
  const given = { cilium: { bgp: rack }, ...releases } as Readonly<Record<string, { readonly pools?: object }>>;
  const made = plan(
    onMetal({
      ...given,
      [name]: { ...given[name], pools: { ...services, more } },
      traefik: { address: "10.0.200.10" },
    }),
  );
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, "traefik").values.service).toEqual({ spec: { type: "LoadBalancer" }, annotations });
  const kind = name === "cilium" ? "ciliumloadbalancerippool" : "ipaddresspool/metallb-system";
  expect(dependencies(made, "release/traefik")).toEqual(expect.arrayContaining([`${kind}/more`, `${kind}/services`]));
});

test.each([
  ["in no pool", { cilium: { pools: services, bgp: rack }, traefik: { address: "10.0.210.1" } }],
  ["given out by nobody", { "hcloud-cloud-controller-manager": {}, traefik: { address: "10.0.200.10" } }],
  [
    "of a node port",
    { cilium: { pools: services, bgp: rack }, traefik: { service: "NodePort", address: "10.0.200.10" } },
  ],
])("Traefik's address, refused: %s", (_, releases) => {
  expect(
    plan(onMetal(releases))
      .faults.filter(({ path }) => path[1] === "traefik")
      .map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`),
  ).toMatchSnapshot();
});
