import type { Arrow, Box, Drawing, Member } from "../../lib/diagram/mermaid.ts";
import { builtin } from "../../lib/platform/builtin.ts";
import { ingressPools, platformContext } from "../context.ts";
import { placeOf, places } from "./places.ts";
import type { System } from "./system.ts";

/** Machines in their networks and pools, and who reaches what by which way. */
export function surroundingsDrawing(system: System): Drawing {
  const ways = [...visitors(system), ...operators(system), ...names(system), ...within(system)];
  return {
    direction: "TB",
    members: [...outside(system), ...places(system)],
    arrows: ways,
  };
}

const tailnet = "tailnet";
const internet = "internet";
const people = "people";
const dns = "dns";

/** Everybody and everything that is no machine of the stage. */
function outside(system: System): readonly Member[] {
  const { stage, exposed } = system;
  const pages = exposed.filter(({ ingressClass }) => ingressClass === "tailscale");
  const devices: readonly Box[] = [
    ...(stage.tailscale === undefined ? [] : [{ id: "devices", lines: ["nodes as devices", ...stage.tailscale.tags] }]),
    ...(stage.platform["tailscale-operator"] === undefined
      ? []
      : [{ id: "proxy", lines: ["proxy of the API", `${stage.cluster.name}-cluster`] }]),
    ...(pages.length === 0 ? [] : [{ id: "pages", lines: pages.map(({ host }) => host) }]),
  ];
  const hosts = [...new Set(system.records.map(({ name }) => name))];
  return [
    ...(entrances(system).length === 0 ? [] : [{ id: internet, lines: ["visitors"], shape: "round" as const }]),
    { id: people, lines: ["you and your colleagues"], shape: "round" },
    ...(devices.length === 0
      ? []
      : [
          {
            id: tailnet,
            title: stage.tailscale === undefined ? "tailnet" : `tailnet ${stage.tailscale.tailnet}`,
            members: devices,
          },
        ]),
    ...(stage.dns === undefined
      ? []
      : [{ id: dns, lines: [`DNS of ${stage.dns.zone}`, ...few(hosts)], shape: "round" as const }]),
  ];
}

const few = (hosts: readonly string[]): readonly string[] =>
  hosts.length <= 5 ? hosts : [...hosts.slice(0, 4), `and ${hosts.length - 4} more`];

interface Entrance {
  readonly to: string;
  readonly label: string;
}

/** Where web traffic comes in, but for what is a device of the tailnet. */
function entrances(system: System): readonly Entrance[] {
  const { stage, nodes, ranges } = system;
  const { cluster, hetzner, platform } = stage;
  if (hetzner.ingress !== undefined) return [{ to: placeOf.ingress, label: "80, 443" }];
  const networks = [...new Set(nodes.map(({ network }) => placeOf.network(network)))];
  const everywhere = (label: string): readonly Entrance[] => networks.map((to) => ({ to, label }));
  if (cluster.distribution === "k3d")
    return cluster.ports.length === 0
      ? []
      : everywhere(cluster.ports.map(({ host, node }) => (host === node ? `${host}` : `${host} → ${node}`)).join(", "));
  const given = builtin(platformContext(stage, nodes).cluster);
  const traefik = platform.traefik as { readonly service: "LoadBalancer" | "NodePort" } | undefined;
  if (platform.haproxy !== undefined || traefik?.service === "NodePort") return everywhere("30080, 30443");
  if (traefik === undefined && !given.has("ingress-class:traefik")) return [];
  return ranges.length > 0 ? [{ to: placeOf.ranges, label: "80, 443" }] : everywhere("80, 443");
}

const visitors = (system: System): readonly Arrow[] =>
  entrances(system).map(({ to, label }) => ({ from: internet, to, label }));

/** How machines and the API are administrated. */
function operators(system: System): readonly Arrow[] {
  const { stage, nodes, machines } = system;
  const { cluster, access } = stage;
  const devices = stage.tailscale !== undefined;
  const overTailnet = access.via === "tailnet" && devices;
  const proxy = stage.platform["tailscale-operator"] !== undefined;
  const pages = system.exposed.some(({ ingressClass }) => ingressClass === "tailscale");
  const from = overTailnet ? "devices" : people;
  const hosts = machines.filter(({ pool }) => pool.machine !== "docker");
  const shell = cluster.distribution === "talos" ? "talosctl" : "SSH";
  const networks = [...new Set(hosts.map(({ network }) => network))];
  return [
    ...(overTailnet ? [{ from: people, to: "devices", label: `kubectl, ${shell}` }] : []),
    { from, to: placeOf.api, ...(overTailnet ? {} : { label: "kubectl" }) },
    ...networks.map((network) =>
      access.via === "gateway"
        ? { from, to: placeOf.gateway(network), label: shell }
        : { from, to: placeOf.network(network), ...(overTailnet ? {} : { label: shell }) },
    ),
    ...(proxy ? [{ from: people, to: "proxy", label: "kubectl" }] : []),
    ...(proxy ? [{ from: "proxy", to: placeOf.api }] : []),
    ...(pages ? [{ from: people, to: "pages", label: "HTTPS" }] : []),
    ...(pages
      ? [...new Set(nodes.map(({ network }) => network))].map((network) => ({
          from: "pages",
          to: placeOf.network(network),
        }))
      : []),
  ];
}

/** What DNS records lead to. */
function names({ stage, records }: System): readonly Arrow[] {
  const pools = new Set(
    [stage.dns?.target, ...Object.values(stage.dns?.records ?? {}).map(({ target }) => target)].flatMap((target) =>
      typeof target === "object" && "pool" in target ? [target.pool] : [],
    ),
  );
  const balanced = records.some(({ content }) => content.kind !== "text");
  return [...(balanced ? [placeOf.ingress] : []), ...(records.length === 0 ? [] : [...pools].map(placeOf.pool))].map(
    (to) => ({ from: dns, to, dotted: true }),
  );
}

/** Who talks to whom inside. */
function within(system: System): readonly Arrow[] {
  const { stage, machines, ranges, routers } = system;
  const pools = Object.entries(stage.pools);
  const behind = ingressPools(stage);
  const of = (role: "control-plane" | "worker") => pools.filter(([, pool]) => pool.role === role);
  const remote = stage.cluster.distribution !== "k3d";
  const gateways = Object.entries(stage.networks).filter(
    ([, network]) => network.kind === "hetzner" && network.egress === "gateway" && network.gateway !== undefined,
  );
  const used = new Set(machines.map(({ network }) => network));
  return [
    ...of("control-plane").map(([name]) => ({ from: placeOf.api, to: placeOf.pool(name) })),
    ...(remote ? of("worker").map(([name]) => ({ from: placeOf.pool(name), to: placeOf.api })) : []),
    ...[...behind].map((name) => ({ from: placeOf.ingress, to: placeOf.pool(name) })),
    ...(entrances(system).some(({ to }) => to === placeOf.ranges)
      ? pools
          .filter(([, { role }]) => role !== "docker-host")
          .map(([name]) => ({ from: placeOf.ranges, to: placeOf.pool(name) }))
      : []),
    ...(ranges.length === 0
      ? []
      : routers.map(({ name }) => ({ from: placeOf.ranges, to: `router ${name}`, label: "BGP" }))),
    ...gateways.flatMap(([network]) =>
      used.has(network)
        ? pools
            .filter(([, pool]) => pool.network === network)
            .map(([name]) => ({ from: placeOf.pool(name), to: placeOf.gateway(network), label: "out" }))
        : [],
    ),
  ];
}
