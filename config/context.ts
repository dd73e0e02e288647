import type { Node } from "../lib/nodes.ts";
import type { PlatformContext } from "../lib/platform/release.ts";
import { diskPath } from "../lib/proxmox/nodes.ts";
import { own } from "../lib/record.ts";
import { clusterTags } from "../lib/tailnet/tags.ts";
import { endpointOf } from "./cluster.ts";
import { k3dApi } from "./docker-host.ts";
import type { Pool } from "./pools.ts";
import type { Stage } from "./stage.ts";

/** Name at the provider of one of the stage's networks. */
export const networkName = (stage: Stage, network: string): string => `${stage.cluster.name}-${network}`;

/** What the releases of a stage are built from: known before anything is made. */
export function platformContext(stage: Stage, nodes: readonly Node<Pool>[]): PlatformContext {
  const controlPlanes = nodes.filter(({ role }) => role === "control-plane");
  const home = controlPlanes[0]?.network;
  const { ingress } = stage.hetzner;
  const { cluster } = stage;
  return {
    cluster: {
      name: cluster.name,
      distribution: cluster.distribution,
      version: cluster.version,
      podCidr: cluster.podCidr,
      serviceCidr: cluster.serviceCidr,
      endpoint: endpointHost(stage),
      ...(cluster.oidc === undefined ? {} : { oidc: cluster.oidc }),
      disable: "disable" in cluster ? cluster.disable : [],
      transport: cluster.transport,
    },
    controlPlanes: controlPlanes.map(platformNode),
    workers: nodes.filter(({ role }) => role === "worker").map(platformNode),
    machines: new Set(nodes.map(({ pool }) => pool.machine)),
    ...(home !== undefined && own(stage.networks, home)?.kind === "hetzner"
      ? { hetznerNetwork: networkName(stage, home) }
      : {}),
    ...(ingress === undefined
      ? {}
      : {
          ingress: {
            httpNodePort: ingress.httpNodePort,
            httpsNodePort: ingress.httpsNodePort,
            proxyProtocol: ingress.proxyProtocol,
          },
        }),
    ...(stage.tailscale === undefined
      ? {}
      : { tailscale: { tailnet: stage.tailscale.tailnet, tags: stage.tailscale.tags } }),
    ...(stage.proxmox === undefined
      ? {}
      : {
          proxmox: {
            endpoint: stage.proxmox.endpoint,
            insecure: stage.proxmox.insecure,
            disks: stage.proxmox.datastores.disks,
          },
        }),
    ...(stage.dns === undefined ? {} : { dns: { zone: stage.dns.zone } }),
    releases: new Map(Object.entries(stage.platform).filter(([, options]) => options !== undefined)),
  };
}

function platformNode(node: Node<Pool>): PlatformContext["workers"][number] {
  const disks = rawDisks(node);
  return { name: node.hostname, address: node.address, ...(disks.length === 0 ? {} : { disks }) };
}

/** Disks of a node that nothing else is on, by paths that mean the same disk after every boot. */
function rawDisks({ pool, number }: Node<Pool>): readonly string[] {
  switch (pool.machine) {
    case "talos":
    case "metal":
      return pool.nodes[String(number)]?.disks ?? pool.disks;
    case "proxmox":
      return pool.disks.map((_, index) => diskPath(index));
    case "hetzner":
    case "docker":
      return [];
    default: {
      const unknown: never = pool;
      throw new Error(`unknown kind of machine: ${JSON.stringify(unknown)}`);
    }
  }
}

/** Names of the pools that the ingress load balancer sends traffic to. */
export function ingressPools({ hetzner, pools }: Pick<Stage, "hetzner" | "pools">): ReadonlySet<string> {
  if (hetzner.ingress === undefined) return new Set();
  if (hetzner.ingress.pools.length > 0) return new Set(hetzner.ingress.pools);
  const of = Object.entries(pools).filter(([, { role }]) => role !== "docker-host");
  const workers = of.filter(([, { role }]) => role === "worker");
  return new Set((workers.length > 0 ? workers : of).map(([name]) => name));
}

/** Host of the one stable way to the Kubernetes API. */
export function endpointHost(stage: Stage): string {
  if (stage.cluster.distribution === "k3d") return k3dApi({ ...stage, cluster: stage.cluster }).address;
  const endpoint = endpointOf(stage.cluster);
  if (endpoint === undefined) throw new Error(`cluster ${stage.cluster.name} has no endpoint of its own`);
  return "address" in endpoint ? endpoint.address : endpoint.host;
}

/** All tags that nodes join the tailnet with; none without one. */
export function tailnetTags({ cluster, tailscale }: Pick<Stage, "cluster" | "tailscale">): readonly string[] {
  if (tailscale === undefined) return [];
  return [...new Set([...tailscale.tags, ...(tailscale.clusterTags ? clusterTags(cluster.name) : [])])];
}
