import { ServiceError } from "../../../model.ts";
import { type Block, holds, overlap, readBlock, readIp, writeIp } from "../../shared/ipv4.ts";
import type { NetworkRow } from "./rows.ts";

import { type Cloud, invalid } from "./state.ts";

/** Gateway of every server's public interface, so no network may use it. docs.hetzner.cloud, "Networks". */
export const publicGateway = 0xac1f0101;

/** At most so many servers and load balancers in one network. docs.hetzner.com/cloud/networks/faq */
const maxAttached = 100;

/** A block that the model has checked before. */
export function block(text: string): Block {
  const found = readBlock(text);
  if (found === undefined) throw new Error(`${text} was accepted although it is no network`);
  return found;
}

/** Every address in use in a network, with its holder. */
export function heldAddresses(cloud: Cloud, network: number): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const server of cloud.servers.rows.values()) {
    for (const net of server.private_net.filter((row) => row.network === network)) {
      for (const ip of [net.ip, ...net.alias_ips]) held.set(ip, `server '${server.name}'`);
    }
  }
  for (const balancer of cloud.load_balancers.rows.values()) {
    for (const net of balancer.private_net.filter((row) => row.network === network)) {
      held.set(net.ip, `load balancer '${balancer.name}'`);
    }
  }
  return held;
}

function attachedCount(cloud: Cloud, network: number): number {
  const rows = [...cloud.servers.rows.values(), ...cloud.load_balancers.rows.values()];
  return rows.filter((row) => row.private_net.some((net) => net.network === network)).length;
}

/** Why nobody can have an address; undefined when somebody can. docs.hetzner.com/cloud/networks/faq */
function reservation(network: NetworkRow, subnet: Block, ip: number): string | undefined {
  if (ip === block(network.ip_range).first + 1) return "it is the network's gateway";
  if (ip === publicGateway) return "it is the gateway of the public interfaces";
  if (ip === subnet.first) return "it is its subnet's network address";
  if (ip === subnet.last) return "it is its subnet's broadcast address";
  return undefined;
}

export interface Claim {
  readonly network: NetworkRow;
  /** The attaching resource's network zone. */
  readonly zone: string;
  readonly ip?: string | undefined;
  /** One subnet, when the address may come from that alone. */
  readonly ip_range?: string | undefined;
}

function unavailable(claim: Claim, why: string): ServiceError {
  return new ServiceError(
    "ip_not_available",
    `IP ${claim.ip} is not available in network '${claim.network.name}': ${why}`,
  );
}

/** Whether an address can be had, for an attachment or an alias. @throws ServiceError `ip_not_available` */
export function claimFixed(cloud: Cloud, claim: Claim & { readonly ip: string }): void {
  const ip = readIp(claim.ip);
  if (ip === undefined) throw invalid("ip", `'${claim.ip}' is no IPv4 address`);
  const subnet = claim.network.subnets.find((row) => holds(block(row.ip_range), ip));
  if (subnet === undefined) {
    const ranges = claim.network.subnets.map((row) => row.ip_range).join(", ");
    throw unavailable(
      claim,
      ranges === "" ? "the network has no subnet yet" : `it is in none of the subnets ${ranges}`,
    );
  }
  if (subnet.network_zone !== claim.zone) {
    throw unavailable(
      claim,
      `subnet ${subnet.ip_range} is in zone ${subnet.network_zone}, the resource in ${claim.zone}`,
    );
  }
  if (claim.ip_range !== undefined && claim.ip_range !== subnet.ip_range)
    throw unavailable(claim, `it is not in ${claim.ip_range}`);
  const reserved = reservation(claim.network, block(subnet.ip_range), ip);
  if (reserved !== undefined) throw unavailable(claim, reserved);
  const holder = heldAddresses(cloud, claim.network.id).get(claim.ip);
  if (holder !== undefined) throw unavailable(claim, `${holder} has it`);
}

/** The first free address of the last subnet in the zone: what the API gives when it is asked for none. */
function firstFree(cloud: Cloud, claim: Claim): string {
  const subnets = claim.network.subnets
    .filter((row) => row.network_zone === claim.zone && (claim.ip_range ?? row.ip_range) === row.ip_range)
    .sort((a, b) => block(a.ip_range).first - block(b.ip_range).first);
  const subnet = subnets.at(-1);
  if (subnet === undefined) {
    throw new ServiceError(
      "no_subnet_available",
      `network '${claim.network.name}' has no subnet${claim.ip_range === undefined ? "" : ` ${claim.ip_range}`} in zone ${claim.zone}`,
    );
  }
  const range = block(subnet.ip_range);
  const held = heldAddresses(cloud, claim.network.id);
  for (let ip = range.first; ip <= range.last; ip++) {
    if (reservation(claim.network, range, ip) === undefined && !held.has(writeIp(ip))) return writeIp(ip);
  }
  throw new ServiceError("no_subnet_available", `subnet ${subnet.ip_range} of network '${claim.network.name}' is full`);
}

/** The address for a new attachment. @throws ServiceError when there is none. */
export function claimAddress(cloud: Cloud, claim: Claim): string {
  if (attachedCount(cloud, claim.network.id) >= maxAttached) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `network '${claim.network.name}' already has ${maxAttached} attached resources`,
    );
  }
  if (claim.ip === undefined) return firstFree(cloud, claim);
  claimFixed(cloud, { ...claim, ip: claim.ip });
  return claim.ip;
}

/** @throws ServiceError `networks_overlap`: a server could not tell two such networks apart. */
export function refuseOverlap(cloud: Cloud, attached: readonly number[], network: NetworkRow): void {
  for (const id of attached) {
    const other = cloud.networks.rows.get(id);
    if (other !== undefined && overlap(block(other.ip_range), block(network.ip_range))) {
      throw new ServiceError(
        "networks_overlap",
        `network '${network.name}' (${network.ip_range}) overlaps '${other.name}' (${other.ip_range}), to which the server is attached`,
      );
    }
  }
}
