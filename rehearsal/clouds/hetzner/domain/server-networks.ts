import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { digest } from "../../shared/digest.ts";
import { claimAddress, claimFixed, refuseOverlap } from "./addresses.ts";
import { findLocation } from "./catalogue.ts";
import type { PrivateNet, ServerRow } from "./rows.ts";

import { type Cloud, findRow, invalid } from "./state.ts";

// docs.hetzner.com/cloud/networks/overview
const maxNetworks = 3;
const maxAliases = 5;

export const attachRequest = z.object({
  network: z.number().int(),
  ip: z.string().optional(),
  ip_range: z.string().optional(),
  alias_ips: z.array(z.string()).default([]),
});

/** MAC addresses of private interfaces begin with 86:00:00. */
function macAddress(cloud: Cloud, server: number, network: number): string {
  const hex = digest(cloud.seed, "mac", server, network);
  return ["86:00:00", hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].join(":");
}

/** Replaces the aliases of an interface, or leaves them as they were. @throws ServiceError */
export function setAliases(cloud: Cloud, row: ServerRow, net: PrivateNet, aliases: readonly string[]): void {
  if (aliases.length > maxAliases)
    throw invalid("alias_ips", `a server has at most ${maxAliases} alias IPs in a network`);
  const network = findRow(cloud.networks, net.network);
  const zone = findLocation(row.location).network_zone;
  const before = net.alias_ips;
  // Given up first, because the new list may keep some of them.
  net.alias_ips = [];
  try {
    for (const ip of aliases) {
      claimFixed(cloud, { network, zone, ip });
      net.alias_ips.push(ip);
    }
  } catch (error) {
    net.alias_ips = before;
    throw error;
  }
}

/** Gives a server an interface in a network. @throws ServiceError */
export function attachServer(cloud: Cloud, row: ServerRow, wanted: z.output<typeof attachRequest>): void {
  const network = findRow(cloud.networks, wanted.network);
  if (row.private_net.some((net) => net.network === network.id)) {
    throw new ServiceError(
      "server_already_attached",
      `server '${row.name}' is already attached to network '${network.name}'`,
    );
  }
  if (row.private_net.length >= maxNetworks) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `server '${row.name}' is already attached to ${maxNetworks} networks`,
    );
  }
  refuseOverlap(
    cloud,
    row.private_net.map((net) => net.network),
    network,
  );
  const zone = findLocation(row.location).network_zone;
  const ip = claimAddress(cloud, { network, zone, ip: wanted.ip, ip_range: wanted.ip_range });
  const net: PrivateNet = {
    network: network.id,
    ip,
    alias_ips: [],
    mac_address: macAddress(cloud, row.id, network.id),
  };
  row.private_net.push(net);
  try {
    setAliases(cloud, row, net, wanted.alias_ips);
  } catch (error) {
    row.private_net.pop();
    throw error;
  }
}

/** Takes the interface away; load balancers lose the server as a private target there. */
export function detachServer(cloud: Cloud, row: ServerRow, network: number): void {
  if (!row.private_net.some((net) => net.network === network)) {
    throw new ServiceError("not_found", `server '${row.name}' is not attached to network ${network}`);
  }
  row.private_net = row.private_net.filter((net) => net.network !== network);
  for (const balancer of cloud.load_balancers.rows.values()) {
    if (!balancer.private_net.some((net) => net.network === network)) continue;
    balancer.targets = balancer.targets.filter(
      (target) => !(target.type === "server" && target.server.id === row.id && target.use_private_ip),
    );
  }
}
