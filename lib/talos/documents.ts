import { cidr } from "../address.ts";
import type { TalosNode, TalosOptions } from "./options.ts";
import { talosMinor } from "./versions.ts";

/** A document of a machine configuration beside the main one. Forms: docs.siderolabs.com/talos/v1.13/reference/configuration */
export type Document = Readonly<Record<string, unknown>>;

/** The name that the interface gets when the configuration does not know its own. */
const alias = "net0";

const document = (kind: string, fields: Document): Document => ({ apiVersion: "v1alpha1", kind, ...fields });

/**
 * Where metrics are read. Sources: kubernetes.io/docs/reference/networking/ports-and-protocols;
 * docs.siderolabs.com/talos/v1.13, "Monitoring and observability"
 */
export const metricsPorts = { etcd: 2381, controllerManager: 10_257, scheduler: 10_259, proxy: 10_249 };

/** Host name, interface, resolvers, virtual address, KubeSpan, volumes, extension services: what a minor has a kind for. */
export function documents(talos: TalosOptions, node: TalosNode): readonly Document[] {
  return [
    document("HostnameConfig", { hostname: node.name }),
    ...network(talos, node),
    ...metricsRule(talos, node),
    ...(talos.kubeSpan && talosMinor(talos.version).kubeSpanDocument
      ? [document("KubeSpanConfig", { enabled: true })]
      : []),
    ...node.volumes.map(({ name, match, minSize, maxSize }) =>
      document("UserVolumeConfig", {
        name,
        provisioning: {
          diskSelector: { match },
          minSize,
          // Without an upper bound it takes what is there.
          ...(maxSize === undefined ? { grow: true } : { maxSize }),
        },
      }),
    ),
    ...node.extensionServices.map(({ name, environment }) =>
      document("ExtensionServiceConfig", {
        name,
        environment: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
      }),
    ),
  ];
}

/**
 * What listens on every address for Prometheus is reached from the cluster's own networks alone: where Talos' firewall
 * lets everything in, a rule shuts its ports to whoever it does not name.
 * Source: docs.siderolabs.com/talos/v1.13/networking/ingress-firewall
 */
function metricsRule({ metricsFor, kubeProxy }: TalosOptions, { role }: TalosNode): readonly Document[] {
  const { proxy, ...controlPlane } = metricsPorts;
  const ports = [...(role === "control-plane" ? Object.values(controlPlane) : []), ...(kubeProxy ? [proxy] : [])];
  if (metricsFor.length === 0 || ports.length === 0) return [];
  const ingress = metricsFor.map((subnet) => ({ subnet }));
  return [document("NetworkRuleConfig", { name: "metrics", portSelector: { ports, protocol: "tcp" }, ingress })];
}

function network(talos: TalosOptions, node: TalosNode): readonly Document[] {
  const vip = node.role === "control-plane" ? talos.vip : undefined;
  const { link, network } = node;
  if (node.addressing === "dhcp" && vip === undefined) return [];
  const name = typeof link === "object" && "name" in link ? link.name : alias;
  return [
    ...(name === alias ? [document("LinkAliasConfig", { name, selector: { match: matching(link) } })] : []),
    ...(node.addressing === "dhcp"
      ? []
      : [document("LinkConfig", { name, up: true, mtu: network.mtu, ...ways(node) })]),
    // An interface that a document speaks of is no longer configured by DHCP unasked.
    ...(node.addressing === "static" ? [] : [document("DHCPv4Config", { name })]),
    ...(network.nameservers.length > 0
      ? [document("ResolverConfig", { nameservers: network.nameservers.map((address) => ({ address })) })]
      : []),
    ...(vip === undefined ? [] : [document("Layer2VIPConfig", { name: vip, link: name })]),
  ];
}

/** The address that is the configuration's own, and the way out. */
function ways({ addressing, address, network }: TalosNode): Document {
  return {
    ...(addressing === "static" ? { addresses: [{ address: `${address}/${cidr(network.cidr).prefix}` }] } : {}),
    ...(network.gateway === undefined ? {} : { routes: [{ gateway: network.gateway }] }),
  };
}

/** CEL over the physical links of the machine, of which exactly one has to match. */
function matching(link: TalosNode["link"]): string | boolean {
  return typeof link === "object" && "mac" in link ? `mac(link.permanent_addr) == "${link.mac.toLowerCase()}"` : true;
}
