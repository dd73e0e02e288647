import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { holds, readIp } from "../../shared/ipv4.ts";
import { block, heldAddresses } from "./addresses.ts";
import { addRoute, addSubnet, readNetworkRange, routeRequest, subnetRequest } from "./network-rules.ts";
import type { NetworkRow } from "./rows.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  invalid,
  labelsField,
  protectionRequest,
  read,
  refuseProtected,
  renameRequest,
} from "./state.ts";

/** A network as the API returns it. */
export interface Network extends NetworkRow {
  readonly servers: readonly number[];
  readonly load_balancers: readonly number[];
}

const networkRequest = z.object({
  name: z.string().min(1),
  ip_range: z.string(),
  labels: labelsField.default({}),
  subnets: z.array(subnetRequest).default([]),
  routes: z.array(routeRequest).default([]),
  expose_routes_to_vswitch: z.boolean().default(false),
});
const updateRequest = renameRequest.extend({ expose_routes_to_vswitch: z.boolean().optional() });
export function viewNetwork(cloud: Cloud, row: NetworkRow): Network {
  const attached = (
    rows: Iterable<{ readonly id: number; readonly private_net: readonly { readonly network: number }[] }>,
  ): number[] =>
    [...rows].filter((other) => other.private_net.some((net) => net.network === row.id)).map((other) => other.id);
  return copy({
    ...row,
    servers: attached(cloud.servers.rows.values()),
    load_balancers: attached(cloud.load_balancers.rows.values()),
  });
}

/** `/networks` of the API. Bodies and results are the API's JSON. */
export function networkOperations(cloud: Cloud) {
  const find = (id: number): NetworkRow => findRow(cloud.networks, id);
  const view = (row: NetworkRow): Network => viewNetwork(cloud, row);
  return {
    list: (): Network[] => [...cloud.networks.rows.values()].map(view),
    get: (id: number): Network => view(find(id)),
    create(body: unknown): Network {
      const request = read(networkRequest, body);
      readNetworkRange(request.ip_range);
      claimName(cloud.networks, request.name);
      claimQuota(cloud, "networks");
      const { name, ip_range, labels, expose_routes_to_vswitch } = request;
      const row: NetworkRow = {
        id: cloud.networks.nextId(),
        name,
        created: cloud.timestamp(),
        ip_range,
        subnets: [],
        routes: [],
        labels,
        expose_routes_to_vswitch,
        protection: { delete: false },
      };
      for (const subnet of request.subnets) addSubnet(row, subnet);
      for (const route of request.routes) addRoute(row, route);
      cloud.networks.rows.set(row.id, row);
      return view(row);
    },
    update(id: number, body: unknown): Network {
      const row = find(id);
      const request = read(updateRequest, body);
      if (request.name !== undefined) claimName(cloud.networks, request.name, id);
      Object.assign(row, Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)));
      return view(row);
    },
    /** Attached resources are detached, as the API does. */
    delete(id: number): void {
      const row = find(id);
      refuseProtected(cloud.networks, row);
      for (const server of cloud.servers.rows.values())
        server.private_net = server.private_net.filter((net) => net.network !== id);
      for (const balancer of cloud.load_balancers.rows.values()) {
        if (!balancer.private_net.some((net) => net.network === id)) continue;
        balancer.private_net = [];
        balancer.targets = balancer.targets.filter((target) => !target.use_private_ip);
      }
      cloud.networks.rows.delete(id);
    },
    addSubnet(id: number, body: unknown): Network {
      const row = find(id);
      addSubnet(row, read(subnetRequest, body));
      return view(row);
    },
    deleteSubnet(id: number, body: unknown): Network {
      const row = find(id);
      const { ip_range } = read(z.object({ ip_range: z.string() }), body);
      const subnet = row.subnets.find((other) => other.ip_range === ip_range);
      if (subnet === undefined) throw new ServiceError("not_found", `network '${row.name}' has no subnet ${ip_range}`);
      const holders = [...heldAddresses(cloud, id)]
        .filter(([ip]) => holds(block(ip_range), readIp(ip) ?? 0))
        .map(([, holder]) => holder);
      if (holders.length > 0) {
        // Code and wording: what terraform-provider-hcloud looks for (internal/network/resource_subnet.go).
        throw new ServiceError(
          "service_error",
          `cannot remove subnet ${ip_range} because servers are attached to it: ${[...new Set(holders)].join(", ")}`,
        );
      }
      row.subnets = row.subnets.filter((other) => other !== subnet);
      return view(row);
    },
    addRoute(id: number, body: unknown): Network {
      const row = find(id);
      addRoute(row, read(routeRequest, body));
      return view(row);
    },
    deleteRoute(id: number, body: unknown): Network {
      const row = find(id);
      const request = read(routeRequest, body);
      const route = row.routes.find(
        (other) => other.destination === request.destination && other.gateway === request.gateway,
      );
      if (route === undefined)
        throw new ServiceError(
          "not_found",
          `network '${row.name}' has no route to ${request.destination} through ${request.gateway}`,
        );
      row.routes = row.routes.filter((other) => other !== route);
      return view(row);
    },
    /** Ranges only grow, and only at their end. */
    changeIpRange(id: number, body: unknown): Network {
      const row = find(id);
      const { ip_range } = read(z.object({ ip_range: z.string() }), body);
      const range = readNetworkRange(ip_range);
      const old = block(row.ip_range);
      if (range.first !== old.first || range.last < old.last) {
        throw invalid("ip_range", `${row.ip_range} can only be extended at its end, not changed to ${ip_range}`);
      }
      row.ip_range = ip_range;
      return view(row);
    },
    changeProtection(id: number, body: unknown): Network {
      const row = find(id);
      row.protection = read(protectionRequest, body);
      return view(row);
    },
  };
}
