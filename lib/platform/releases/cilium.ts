import { z } from "zod";
import { addressPool, label } from "../../primitives.ts";
import { tailnetMtu } from "../../tailnet/mtu.ts";
import { poolFaults } from "../address-pools.ts";
import { type Bgp, bgp, bgpSecrets } from "../bgp.ts";
import { chartKinds } from "../facts.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import {
  commonOptions,
  defineRelease,
  type PlannedManifest,
  type PlatformContext,
  type ReleaseFault,
  SecretRef,
  type Value,
  type Values,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z.strictObject({
  ...commonOptions,
  kubeProxyReplacement: z.boolean().default(true).meta({ description: "Do Services in eBPF; no kube-proxy runs." }),
  mtu: z.int().min(1280).max(9216).optional().meta({
    description:
      "Bytes of the nodes' own network. Absent: a tailnet's, where that carries traffic; found out elsewhere.",
  }),
  encryption: z
    .enum(["none", "wireguard"])
    .default("none")
    .meta({ description: "Encrypt what pods of different nodes say to each other." }),
  hubble: z
    .enum(["off", "relay", "ui"])
    .default("off")
    .meta({ description: "Flows of the network: none, for its command line, or with its web page too." }),
  pools: z
    .record(
      label,
      z.strictObject({
        addresses: z.array(addressPool).min(1).meta({ description: "Ranges first-last or networks." }),
      }),
    )
    .default({})
    .meta({ description: "Addresses for Services of type LoadBalancer: ranges first-last or networks." }),
  l2: z
    .strictObject({
      interfaces: z.array(z.string()).default([]).meta({ description: "Regular expressions. Empty: all interfaces." }),
    })
    .optional()
    .meta({ description: "Answer for the pools' addresses in the nodes' own network (ARP)." }),
  bgp: bgp.optional().meta({ description: "Tell routers of the pools' addresses." }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "cilium",
  repository: "https://helm.cilium.io",
  // renovate: datasource=helm depName=cilium registryUrl=https://helm.cilium.io
  version: "1.20.0",
};
const namespace = "kube-system";

/** Chart facts: github.com/cilium/cilium, install/kubernetes/cilium/values.yaml. */
export const cilium = defineRelease({
  name: "cilium",
  description: "The pods' network in eBPF, Services without kube-proxy, and addresses for them by ARP or BGP.",
  chart,
  namespace,
  options,
  // It is what makes nodes take pods: its own pods are in the hosts' network.
  beforeNodes: true,
  provides: () => ["nodes", ...chartKinds(chart.chart)],
  needs: (_, context) => serviceMonitors(context),
  values: (chosen, context) => ({
    ipam: { mode: "kubernetes" },
    kubeProxyReplacement: chosen.kubeProxyReplacement,
    ...apiServer(context),
    ...mtu(chosen, context),
    ...(chosen.encryption === "none" ? {} : { encryption: { enabled: true, type: chosen.encryption } }),
    hubble: hubble(chosen.hubble),
    l2announcements: { enabled: chosen.l2 !== undefined },
    // A lease for each Service is renewed by the agents: the default rate is too low for more than a few.
    // Source: docs.cilium.io, "L2 Announcements", sizing the client rate limit.
    ...(chosen.l2 === undefined ? {} : { k8sClientRateLimit: { qps: 20, burst: 40 } }),
    bgpControlPlane: {
      enabled: chosen.bgp !== undefined,
      ...(chosen.bgp === undefined ? {} : { secretsNamespace: { create: false, name: namespace } }),
    },
    operator: {
      // Two of them never share a node.
      replicas: context.controlPlanes.length + context.workers.length > 1 ? 2 : 1,
      prometheus: { serviceMonitor: { enabled: monitored(context) } },
    },
    prometheus: {
      enabled: monitored(context),
      serviceMonitor: { enabled: monitored(context), ...(monitored(context) ? { trustCRDsExist: true } : {}) },
    },
    ...talos(context),
  }),
  manifests: (chosen) => [
    ...Object.entries(chosen.pools).map(
      ([name, { addresses }]): PlannedManifest => ({
        ...object("cilium.io/v2", "CiliumLoadBalancerIPPool", name, { blocks: addresses.map(block) }),
        provides: ["load-balancer"],
      }),
    ),
    ...(chosen.l2 === undefined
      ? []
      : [
          object("cilium.io/v2alpha1", "CiliumL2AnnouncementPolicy", "pools", {
            loadBalancerIPs: true,
            ...(chosen.l2.interfaces.length > 0 ? { interfaces: chosen.l2.interfaces } : {}),
          }),
        ]),
    ...(chosen.bgp === undefined ? [] : bgpObjects(chosen.bgp)),
  ],
  secrets: ({ bgp: chosen }) => bgpSecrets(chosen),
  faults: (chosen, context) => announcementFaults(chosen, context),
});

/** It looks at the interface of the default route, which is not the one that a tailnet's packets leave by. */
function mtu({ mtu: chosen }: Options, { cluster }: PlatformContext): Values {
  const bytes = chosen ?? (cluster.transport === "tailnet" ? tailnetMtu : undefined);
  return bytes === undefined ? {} : { MTU: bytes };
}

/** Reached without a Service, which Cilium is still to make: on each node itself, wherever it runs. */
function apiServer({ cluster }: PlatformContext): Values {
  switch (cluster.distribution) {
    case "talos":
      // KubePrism. Source: docs.siderolabs.com, "Deploying Cilium CNI"
      return { k8sServiceHost: "localhost", k8sServicePort: 7445 };
    case "k3s":
      // The API server on servers, the agent's own load balancer elsewhere. Source: docs.k3s.io/cli/agent (lb-server-port)
      return { k8sServiceHost: "127.0.0.1", k8sServicePort: 6444 };
    default:
      return { k8sServiceHost: cluster.endpoint, k8sServicePort: 6443 };
  }
}

/** Talos mounts cgroups itself and lets nobody load kernel modules. Source: docs.siderolabs.com, "Deploying Cilium CNI" */
function talos({ cluster }: PlatformContext): Values {
  if (cluster.distribution !== "talos") return {};
  const common = ["NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"];
  return {
    cgroup: { autoMount: { enabled: false }, hostRoot: "/sys/fs/cgroup" },
    securityContext: {
      capabilities: {
        ciliumAgent: ["CHOWN", "KILL", "NET_RAW", "IPC_LOCK", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", ...common],
        cleanCiliumState: common,
      },
    },
  };
}

function hubble(chosen: Options["hubble"]): Values {
  if (chosen === "off") return { enabled: false };
  return {
    enabled: true,
    relay: { enabled: true },
    ui: { enabled: chosen === "ui" },
    // Helm's own way makes new certificates whenever the chart is rendered: no run would be without a change.
    tls: { auto: { method: "cronJob" } },
  };
}

const object = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: Value,
  labels?: Readonly<Record<string, string>>,
): PlannedManifest => ({
  manifest: { apiVersion, kind, metadata: { name, ...(labels === undefined ? {} : { labels }) }, spec },
});

const block = (text: string): Values => {
  if (text.includes("/")) return { cidr: text };
  const [start = "", stop = start] = text.split("-").map((part) => part.trim());
  return { start, stop };
};

const advertised = { "groundwork/advertise": "services" };

function bgpObjects({ asn, peers }: Bgp): readonly PlannedManifest[] {
  const secret = (name: string): string => `bgp-${name}`;
  return [
    ...Object.entries(peers).flatMap(([name, { passwordSecret }]): readonly PlannedManifest[] =>
      passwordSecret === undefined
        ? []
        : [
            {
              manifest: secretManifest({
                name: secret(name),
                namespace,
                data: { password: new SecretRef(passwordSecret) },
              }),
              before: true,
            },
          ],
    ),
    object(
      "cilium.io/v2",
      "CiliumBGPAdvertisement",
      "services",
      {
        advertisements: [
          {
            advertisementType: "Service",
            service: { addresses: ["LoadBalancerIP"] },
            // No selector would be no Service: this one is every Service's.
            selector: { matchExpressions: [{ key: "groundwork/not-advertised", operator: "DoesNotExist" }] },
          },
        ],
      },
      advertised,
    ),
    ...Object.entries(peers).map(([name, { passwordSecret }]) =>
      object("cilium.io/v2", "CiliumBGPPeerConfig", name, {
        ...(passwordSecret === undefined ? {} : { authSecretRef: secret(name) }),
        gracefulRestart: { enabled: true },
        families: [{ afi: "ipv4", safi: "unicast", advertisements: { matchLabels: advertised } }],
      }),
    ),
    object("cilium.io/v2", "CiliumBGPClusterConfig", "routers", {
      bgpInstances: [
        {
          name: "cluster",
          localASN: asn,
          peers: Object.entries(peers).map(([name, each]) => ({
            name,
            peerASN: each.asn,
            peerAddress: each.address,
            peerConfigRef: { name },
          })),
        },
      ],
    }),
  ];
}

function announcementFaults(
  { pools, l2, bgp: routers, mtu: chosenMtu }: Options,
  context: PlatformContext,
): readonly ReleaseFault[] {
  const names = Object.keys(pools);
  const [first] = names;
  return [
    ...(first !== undefined && l2 === undefined && routers === undefined
      ? [
          {
            path: ["pools", first],
            message: "nobody hears of these addresses: neither l2 nor bgp is on",
            remedy: "add l2: {}, or bgp with your routers",
          },
        ]
      : []),
    ...(first === undefined && l2 !== undefined
      ? [
          {
            path: ["l2"],
            message: "there is no address to tell of",
            remedy: "add a pool, such as pools: { services: { addresses: [10.0.200.0/24] } }",
          },
        ]
      : []),
    ...(l2 !== undefined && context.hetznerNetwork !== undefined
      ? [
          {
            path: ["l2"],
            message: `network ${context.hetznerNetwork} routes packets and asks no neighbour: no address would be reached`,
            remedy: "use metallb with via, or a load balancer of Hetzner's",
          },
        ]
      : []),
    ...(context.cluster.transport === "tailnet" && chosenMtu !== undefined && chosenMtu > tailnetMtu
      ? [
          {
            path: ["mtu"],
            message: `${chosenMtu} bytes, and nodes talk over the tailnet, which carries ${tailnetMtu}: larger packets would be lost without a word`,
            remedy: `leave it out, or write at most ${tailnetMtu}`,
          },
        ]
      : []),
    ...poolFaults(pools, context),
  ];
}
