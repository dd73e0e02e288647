import { z } from "zod";
import { addressPool, label } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { listed } from "../../words.ts";
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
} from "../release.ts";
import { secretManifest } from "../secrets.ts";

const pool = z.strictObject({
  addresses: z.array(addressPool).min(1).meta({ description: "Ranges first-last or networks, for Services alone." }),
  autoAssign: z.boolean().default(true).meta({ description: "Give them to Services that ask for no pool by name." }),
  announce: z.enum(["arp", "bgp"]).optional().meta({
    description:
      "`arp`: a node answers for them in its own network (layer 2). `bgp`: the routers of `bgp` are told. Absent: `bgp` where there are routers.",
  }),
  via: z.string().optional().meta({
    description:
      "Node that the network routes these addresses to; needed where neighbours are not asked (ARP), as in a Hetzner network.",
  }),
});
type Pool = z.output<typeof pool>;

const options = z.strictObject({
  ...commonOptions,
  pools: z
    .record(label, pool)
    .refine((pools) => Object.keys(pools).length > 0, {
      error: () =>
        "no pool, so no Service ever gets an address → add one, such as internal: { addresses: [10.0.200.1-10.0.200.50] }",
    })
    .meta({ description: "Pools of addresses by name." }),
  bgp: bgp.optional().meta({ description: "Routers that are told of pools' addresses." }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "metallb",
  repository: "https://metallb.github.io/metallb",
  // renovate: datasource=helm depName=metallb registryUrl=https://metallb.github.io/metallb
  version: "0.16.1",
};
const namespace = "metallb-system";

export const metallb = defineRelease({
  name: "metallb",
  description:
    "Addresses for Services of type LoadBalancer, from pools that nodes answer for in their own network (layer 2) or tell routers of (BGP).",
  chart,
  namespace,
  // Its speakers use the host's network and raw sockets.
  podSecurity: "privileged",
  options,
  provides: () => chartKinds(chart.chart),
  needs: (_, context) => serviceMonitors(context),
  values: ({ bgp: routers }, context) => ({
    // FRR on every node, by frr-k8s: what MetalLB's maintainers go on with. For layer 2 it would be there for nothing.
    // Source: metallb.io/release-notes, version 0.16.0
    frrk8s: { enabled: routers !== undefined },
    ...(routers === undefined
      ? {}
      : { "frr-k8s": { prometheus: { rbacPrometheus: false, serviceMonitor: { enabled: monitored(context) } } } }),
    speaker: { frr: { enabled: false } },
    // The Prometheus of kube-prometheus-stack reads endpoints everywhere; it needs no role from here.
    prometheus: { rbacPrometheus: false, serviceMonitor: { enabled: monitored(context) } },
  }),
  manifests: (chosen, context) => [
    ...(chosen.bgp === undefined ? [] : peerManifests(chosen.bgp)),
    ...Object.entries(chosen.pools).flatMap(([name, pool]) =>
      poolManifests(name, { ...pool, announce: announced(pool, chosen) }, context),
    ),
  ],
  secrets: ({ bgp: routers }) => bgpSecrets(routers),
  faults: (chosen, context) => [
    ...viaFaults(chosen, context),
    ...routerFaults(chosen),
    ...poolFaults(chosen.pools, context),
  ],
});

const announced = ({ announce }: Pool, { bgp: routers }: Options): "arp" | "bgp" =>
  announce ?? (routers === undefined ? "arp" : "bgp");

/** Forms: metallb.io/apis, BGPPeer; a session's password is a Secret of this type. */
function peerManifests({ asn, peers }: Bgp): readonly PlannedManifest[] {
  return Object.entries(peers).flatMap(([name, { address, asn: theirs, passwordSecret }]) => {
    const secret = `bgp-${name}`;
    const password = passwordSecret === undefined ? undefined : new SecretRef(passwordSecret);
    return [
      ...(password === undefined
        ? []
        : [
            {
              manifest: secretManifest({
                name: secret,
                namespace,
                type: "kubernetes.io/basic-auth",
                data: { password },
              }),
            },
          ]),
      {
        manifest: {
          apiVersion: "metallb.io/v1beta2",
          kind: "BGPPeer",
          metadata: { name, namespace },
          spec: {
            myASN: asn,
            peerASN: theirs,
            peerAddress: address,
            ...(password === undefined ? {} : { passwordSecret: { name: secret, namespace } }),
          },
        },
        ...(password === undefined ? {} : { needs: [`secret:${namespace}/${secret}`] as const }),
      },
    ];
  });
}

function poolManifests(
  name: string,
  { addresses, autoAssign, announce, via }: Pool,
  context: PlatformContext,
): readonly PlannedManifest[] {
  const apiVersion = "metallb.io/v1beta1";
  const kind = announce === "bgp" ? "BGPAdvertisement" : "L2Advertisement";
  const metadata = { name, namespace };
  const only =
    via === undefined
      ? {}
      : { nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": nodeNamed(via, context) ?? via } }] };
  return [
    {
      manifest: { apiVersion, kind: "IPAddressPool", metadata, spec: { addresses, autoAssign } },
      provides: ["load-balancer"],
    },
    { manifest: { apiVersion, kind, metadata, spec: { ipAddressPools: [name], ...only } } },
  ];
}

const nodesOf = ({ controlPlanes, workers }: PlatformContext): PlatformContext["workers"] => [
  ...controlPlanes,
  ...workers,
];

/** Kubernetes name of a node given as `<pool>-<n>` or whole. */
function nodeNamed(via: string, context: PlatformContext): string | undefined {
  return nodesOf(context).find(({ name }) => name === via || name === `${context.cluster.name}-${via}`)?.name;
}

/** Routers and pools that know nothing of each other. */
function routerFaults(chosen: Options): readonly ReleaseFault[] {
  const names = Object.entries(chosen.pools).filter(([, pool]) => announced(pool, chosen) === "bgp");
  if (chosen.bgp !== undefined && names.length === 0)
    return [
      {
        path: ["bgp"],
        message: "no pool is announced to these routers: each has announce: arp",
        remedy: "remove bgp, or a pool's announce",
      },
    ];
  return names.flatMap(([name]) =>
    chosen.bgp === undefined
      ? [
          {
            path: ["pools", name, "announce"],
            message: `no router is there to be told of pool ${name}`,
            remedy: "add bgp with peers, or write announce: arp",
          },
        ]
      : [],
  );
}

function viaFaults(chosen: Options, context: PlatformContext): readonly ReleaseFault[] {
  const prefix = `${context.cluster.name}-`;
  const names = nodesOf(context).map(({ name }) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
  return Object.entries(chosen.pools).flatMap(([name, pool]): readonly ReleaseFault[] => {
    const { via } = pool;
    const path = ["pools", name, "via"];
    const remedy =
      names.length > 0 ? `name one of: ${listed(names, "or")}` : "add a pool of nodes, and name one of them";
    if (via !== undefined) {
      return nodeNamed(via, context) === undefined ? [{ path, message: `there is no node ${shown(via)}`, remedy }] : [];
    }
    return context.hetznerNetwork === undefined || announced(pool, chosen) === "bgp"
      ? []
      : [
          {
            path,
            message: `network ${context.hetznerNetwork} routes packets and asks no neighbour: pool ${name} would be unreachable`,
            remedy,
          },
        ];
  });
}
