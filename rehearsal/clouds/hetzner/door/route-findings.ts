import type { Finding } from "../../../model.ts";
import type { Network } from "../domain/networks.ts";
import type { Server } from "../domain/server-view.ts";
import type { Door } from "./door.ts";
import { defaultRouteKey } from "./networks.ts";

type Made = Door["privateServers"] extends Map<number, infer Value> ? Value : never;

const defaultRoute = (network: Network) => network.routes.find((route) => route.destination === "0.0.0.0/0");

function noRoute(made: Made, networks: readonly Network[]): Finding {
  const names = networks.map((network) => `'${network.name}'`).join(", ");
  return {
    rule: "no-default-route",
    urn: made.urn,
    message: `server '${made.name}' has no public interface and none of its networks has a default route (${names || "it has no network"}): it reaches no package, image or tailnet server`,
    remedy:
      "add a NetworkRoute to 0.0.0.0/0 through a server that translates addresses, or give the server a public interface",
  };
}

function lateRoute(made: Made, network: Network, route: string): Finding {
  return {
    rule: "missing-dependency",
    urn: made.urn,
    message: `server '${made.name}' has no public interface and does not wait for the default route of network '${network.name}': booted first, its cloud-init reaches nothing`,
    remedy: `add ${route} to dependsOn`,
  };
}

/** Default routes that private servers rely on and that end at an address which no server has. */
function deadRoutes(
  door: Door,
  { servers, relied }: { readonly servers: readonly Server[]; readonly relied: ReadonlyMap<Network["id"], Network> },
): Finding[] {
  const held = (network: number, ip: string): boolean =>
    servers.some((server) =>
      server.private_net.some((net) => net.network === network && [net.ip, ...net.alias_ips].includes(ip)),
    );
  return [...relied.values()].flatMap((network) => {
    const gateway = defaultRoute(network)?.gateway;
    const urn = door.makers.urnOf(defaultRouteKey(network.id));
    if (gateway === undefined || urn === undefined || held(network.id, gateway)) return [];
    return [
      {
        rule: "route-without-gateway",
        urn,
        message: `the default route of network '${network.name}' leads to ${gateway}, which no server of it has: its private servers reach nothing outside`,
        remedy: `attach the server that translates addresses with ip ${gateway}, or change the route's gateway`,
      },
    ];
  });
}

/** Servers without a public interface reach nothing outside unless a route of theirs leads there, in time. */
export function routeFindings(door: Door): Finding[] {
  const findings: Finding[] = [];
  const relied = new Map<Network["id"], Network>();
  const servers = new Map(door.model.servers.list().map((server) => [server.id, server]));
  for (const [id, made] of door.privateServers) {
    const server = servers.get(id);
    if (server === undefined || server.public_net.ipv4 !== null || server.public_net.ipv6 !== null) continue;
    const networks = server.private_net.map((net) => door.model.networks.get(net.network));
    const routed = networks.filter((network) => defaultRoute(network) !== undefined);
    const [first] = routed;
    if (first === undefined) {
      findings.push(noRoute(made, networks));
      continue;
    }
    for (const network of routed) relied.set(network.id, network);
    const routes = routed.map((network) => door.makers.urnOf(defaultRouteKey(network.id)));
    const [route] = routes;
    if (route !== undefined && !routes.some((urn) => urn === undefined || made.dependencies.has(urn)))
      findings.push(lateRoute(made, first, route));
  }
  return [...findings, ...deadRoutes(door, { servers: [...servers.values()], relied })];
}
