import { firstAddress } from "../lib/address.ts";
import { serverType } from "../lib/hetzner/nodes.ts";
import type { Node } from "../lib/nodes.ts";
import { sizeOf } from "../lib/proxmox/nodes.ts";
import { own } from "../lib/record.ts";
import type { ClusterNode, TalosOptions } from "../lib/talos/options.ts";
import { imageArgs } from "../lib/talos/schematic.ts";
import { tailscaleExtension } from "../lib/talos/tailscale.ts";
import type { Network } from "./network.ts";
import { nodesOn, type Pool, type PoolOn } from "./pools.ts";
import type { StageOf } from "./stage.ts";

/** Cilium's release asks the API server at this port of every node. Source: docs.siderolabs.com, "Deploying Cilium CNI" */
const kubePrismPort = 7445;

/** What the machines of a stage agree on. */
export function talosOptions({ cluster, platform, networks, pools }: StageOf<"talos">): TalosOptions {
  const { endpoint } = cluster;
  const cilium = platform.cilium as { readonly kubeProxyReplacement: boolean } | undefined;
  // Prometheus may run on any node, and asks from its pod's address or from the node's.
  const ranges = Object.values(pools).flatMap(({ network }) => own(networks, network)?.cidr ?? []);
  return {
    version: cluster.version,
    kubernetes: cluster.kubernetes,
    cluster: cluster.name,
    endpoint: `https://${"address" in endpoint ? endpoint.address : endpoint.host}:6443`,
    schematic: imageArgs(cluster, "metal").schematic,
    factory: cluster.factory,
    podCidr: cluster.podCidr,
    serviceCidr: cluster.serviceCidr,
    cni: cluster.cni ?? (cilium === undefined ? "flannel" : "none"),
    kubeProxy: cilium === undefined || !cilium.kubeProxyReplacement,
    kubePrismPort,
    ...(endpoint.kind === "vip" ? { vip: endpoint.address } : {}),
    certSans: cluster.tlsSans,
    externalCloudProvider: platform["hcloud-cloud-controller-manager"] !== undefined,
    kubeSpan: cluster.kubeSpan,
    metricsFor: platform["kube-prometheus-stack"] === undefined ? [] : [...new Set(ranges), cluster.podCidr],
    kubeletArgs: cluster.kubeletArgs,
    ...(cluster.oidc === undefined ? {} : { oidc: cluster.oidc }),
  };
}

/** Machines are devices of the tailnet themselves, by the extension in their image. */
export const joinsTailnet = ({ cluster, tailscale }: StageOf<"talos">): boolean =>
  tailscale !== undefined && cluster.extensions.includes(tailscaleExtension);

/** A node of the stage as a Talos cluster takes it. */
export function talosNode(stage: StageOf<"talos">, node: Node<Pool>): ClusterNode {
  const { networks, tailscale } = stage;
  return {
    id: node.name,
    name: node.hostname,
    pool: node.poolName,
    role: node.role,
    address: node.address,
    ...(tailscale === undefined || !joinsTailnet(stage)
      ? {}
      : { tailnetName: `${node.hostname}.${tailscale.tailnet}` }),
    generation: node.generation,
    network: networkOf(own(networks, node.network), node),
    labels: node.labels,
    taints: node.taints,
    volumes: "volumes" in node.pool ? Object.entries(node.pool.volumes).map(volume) : [],
    extensionServices: [],
    ...machineOf(node),
  };
}

function volume([name, { match, minSize, maxSize }]: readonly [
  string,
  PoolOn<"talos">["volumes"][string],
]): ClusterNode["volumes"][number] {
  return { name, match, minSize, ...(maxSize === undefined ? {} : { maxSize }) };
}

function networkOf(network: Network | undefined, node: Node<Pool>): ClusterNode["network"] {
  switch (network?.kind) {
    case "lan":
      return {
        cidr: network.cidr,
        ...(network.gateway === undefined ? {} : { gateway: network.gateway }),
        nameservers: network.nameservers,
        mtu: network.mtu,
      };
    case "hetzner":
      return {
        cidr: network.cidr,
        gateway: firstAddress(network.cidr),
        nameservers: network.nameservers,
        mtu: hetznerMtu,
      };
    default:
      throw new Error(`${node.name} is in network ${node.network}, of which Talos knows nothing`);
  }
}

/** Source: docs.hetzner.com/cloud/networks/faq. A link that a document speaks of has 1500 bytes unless it says so. */
const hetznerMtu = 1450;

/** What a configuration has to know of the machine that it is for. */
function machineOf(node: Node<Pool>): Pick<ClusterNode, "platform" | "addressing" | "link" | "disk" | "size"> {
  const { pool } = node;
  switch (pool.machine) {
    case "talos": {
      const single = pool.nodes[String(node.number)];
      return {
        platform: "metal",
        addressing: pool.addressing,
        link: single?.link ?? pool.link ?? "only",
        disk: single?.disk ?? pool.disk,
        size: "",
      };
    }
    case "proxmox": {
      const [{ cores, memory } = { cores: 0, memory: 0 }] = nodesOn([node], "proxmox").map(sizeOf);
      return {
        platform: "nocloud",
        addressing: "static",
        // Images for clouds are told by the kernel's arguments to count interfaces (net.ifnames=0).
        link: { name: "eth0" },
        // It runs from there already: nothing is installed.
        disk: { device: "/dev/sda" },
        size: `${cores} cores ${memory} MiB`,
      };
    }
    case "hetzner":
      return {
        platform: "hcloud",
        // Its DHCP server says no way out since August 2025. Source: docs.hetzner.cloud/changelog
        addressing: "routed",
        link: { name: "eth0" },
        disk: { device: "/dev/sda" },
        size: nodesOn([node], "hetzner").map(serverType).join(),
      };
    default:
      throw new Error(`${node.name} runs on ${pool.machine}, which does not boot Talos`);
  }
}
