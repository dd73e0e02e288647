import { z } from "zod";
import { locations } from "../../../../lib/hetzner/catalogue/locations.ts";
import { ServiceError } from "../../../model.ts";
import {
  type Block,
  holds,
  isPrivate,
  overlap,
  readBlock,
  readIp,
  within,
  writeBlock,
  writeIp,
} from "../../shared/ipv4.ts";
import { block, publicGateway } from "./addresses.ts";
import type { NetworkRow } from "./rows.ts";
import { invalid } from "./state.ts";

export const subnetRequest = z.object({
  type: z.enum(["cloud", "server", "vswitch"]),
  ip_range: z.string().optional(),
  network_zone: z.string(),
  vswitch_id: z.number().int().nullish(),
});
export const routeRequest = z.object({ destination: z.string(), gateway: z.string() });

// docs.hetzner.com/cloud/networks/overview
const maxSubnets = 50;
const maxRoutes = 100;

function readRange(text: string): Block {
  const range = readBlock(text);
  if (range === undefined)
    throw invalid("ip_range", `'${text}' is no IPv4 network in CIDR notation with empty host bits`);
  return range;
}

/** @throws ServiceError `invalid_input` */
export function readNetworkRange(text: string): Block {
  const range = readRange(text);
  if (!isPrivate(range)) throw invalid("ip_range", `${text} is not in a private range of RFC 1918`);
  if (range.prefix > 24) throw invalid("ip_range", `${text} is smaller than a /24`);
  return range;
}

/** The first /24 that no subnet and no route uses. */
function freeRange(network: NetworkRow): Block {
  const { first, last } = block(network.ip_range);
  const taken = [...network.subnets.map((row) => row.ip_range), ...network.routes.map((row) => row.destination)].map(
    block,
  );
  for (let start = first; start + 255 <= last; start += 256) {
    const range = { first: start, last: start + 255, prefix: 24 };
    if (!taken.some((row) => row.prefix > 0 && overlap(row, range))) return range;
  }
  throw invalid("ip_range", `network '${network.name}' has no free /24 left`);
}

/** @throws ServiceError when the subnet cannot be had. */
export function addSubnet(network: NetworkRow, request: z.output<typeof subnetRequest>): void {
  if (network.subnets.length >= maxSubnets) {
    throw new ServiceError("resource_limit_exceeded", `network '${network.name}' already has ${maxSubnets} subnets`);
  }
  const range = request.ip_range === undefined ? freeRange(network) : readRange(request.ip_range);
  const text = writeBlock(range);
  if (range.prefix > 30) throw invalid("ip_range", `subnet ${text} is smaller than a /30`);
  if (!within(block(network.ip_range), range))
    throw invalid("ip_range", `subnet ${text} is not within the network's range ${network.ip_range}`);
  const other = network.subnets.find((row) => overlap(block(row.ip_range), range));
  if (other !== undefined) throw invalid("ip_range", `subnet ${text} overlaps subnet ${other.ip_range}`);
  const route = network.routes.find((row) => row.destination !== "0.0.0.0/0" && overlap(block(row.destination), range));
  if (route !== undefined) throw invalid("ip_range", `subnet ${text} overlaps the route to ${route.destination}`);

  const zones = new Set<string>(locations.map((row) => row.network_zone));
  if (!zones.has(request.network_zone))
    throw invalid("network_zone", `'${request.network_zone}' is none; there are ${[...zones].join(", ")}`);
  const zone = network.subnets[0]?.network_zone ?? request.network_zone;
  if (zone !== request.network_zone)
    throw invalid(
      "network_zone",
      `all subnets of a network are in one zone: '${network.name}' is in ${zone}, not ${request.network_zone}`,
    );
  if (request.type === "vswitch") {
    if (request.network_zone !== "eu-central")
      throw invalid("type", "a vSwitch can be coupled in zone eu-central only");
    if (request.vswitch_id == null) throw invalid("vswitch_id", "a subnet of type vswitch needs one");
  } else if (request.vswitch_id != null) {
    throw invalid("vswitch_id", "only a subnet of type vswitch has one");
  }
  // Servers reach a vSwitch through its own gateway; everything else through the network's.
  const gateway = request.type === "vswitch" ? range.first + 1 : block(network.ip_range).first + 1;
  network.subnets.push({
    type: request.type,
    ip_range: text,
    network_zone: request.network_zone,
    gateway: writeIp(gateway),
    vswitch_id: request.vswitch_id ?? null,
  });
}

/** @throws ServiceError when the route cannot be had. */
export function addRoute(network: NetworkRow, request: z.output<typeof routeRequest>): void {
  if (network.routes.length >= maxRoutes) {
    throw new ServiceError("resource_limit_exceeded", `network '${network.name}' already has ${maxRoutes} routes`);
  }
  const destination = readBlock(request.destination);
  if (destination === undefined)
    throw invalid("destination", `'${request.destination}' is no IPv4 network in CIDR notation with empty host bits`);
  const isDefault = destination.prefix === 0;
  if (!isDefault && !isPrivate(destination))
    throw invalid("destination", `${request.destination} is neither 0.0.0.0/0 nor in a private range of RFC 1918`);
  if (!isDefault && holds(destination, publicGateway))
    throw invalid("destination", `${request.destination} holds 172.31.1.1, the gateway of the public interfaces`);
  const subnet = isDefault ? undefined : network.subnets.find((row) => overlap(block(row.ip_range), destination));
  if (subnet !== undefined) throw invalid("destination", `${request.destination} overlaps subnet ${subnet.ip_range}`);
  const other = network.routes.find((row) =>
    isDefault
      ? row.destination === "0.0.0.0/0"
      : row.destination !== "0.0.0.0/0" && overlap(block(row.destination), destination),
  );
  if (other !== undefined)
    throw invalid("destination", `${request.destination} overlaps the route to ${other.destination}`);

  const gateway = readIp(request.gateway);
  if (gateway === undefined) throw invalid("gateway", `'${request.gateway}' is no IPv4 address`);
  if (gateway === publicGateway) throw invalid("gateway", "172.31.1.1 is the gateway of the public interfaces");
  const range = block(network.ip_range);
  if (!holds(range, gateway))
    throw invalid("gateway", `${request.gateway} is not within the network's range ${network.ip_range}`);
  if (gateway === range.first + 1) throw invalid("gateway", `${request.gateway} is the network's own gateway`);
  const vswitch = network.subnets.find((row) => row.type === "vswitch" && holds(block(row.ip_range), gateway));
  if (vswitch !== undefined)
    throw invalid("gateway", `${request.gateway} is behind the vSwitch of subnet ${vswitch.ip_range}`);
  network.routes.push({ destination: writeBlock(destination), gateway: request.gateway });
}
