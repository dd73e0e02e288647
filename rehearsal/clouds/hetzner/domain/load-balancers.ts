import { z } from "zod";
import type { LoadBalancerType } from "../../../../lib/hetzner/catalogue/load-balancer-types.ts";
import { type Location, locations } from "../../../../lib/hetzner/catalogue/locations.ts";
import { ServiceError } from "../../../model.ts";
import type { Labels } from "../../shared/labels.ts";
import { claimAddress } from "./addresses.ts";
import { findLoadBalancerType, findLocation } from "./catalogue.ts";
import { claimPorts, readService, serviceRequest } from "./load-balancer-services.ts";
import { addTarget, type Target, targetRequest, viewTarget } from "./load-balancer-targets.ts";
import { freePublicIpv4, freePublicIpv6 } from "./primary-ips.ts";
import type { Algorithm, LoadBalancerRow, Service } from "./rows.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  idOrName,
  invalid,
  labelsField,
  read,
  refuseProtected,
  rename,
  renameRequest,
} from "./state.ts";

/** A load balancer as the API returns it. */
export interface LoadBalancer {
  readonly id: number;
  readonly name: string;
  readonly created: string;
  readonly load_balancer_type: LoadBalancerType;
  readonly location: Location;
  readonly algorithm: { readonly type: Algorithm };
  readonly labels: Labels;
  readonly protection: { readonly delete: boolean };
  readonly public_net: {
    readonly enabled: boolean;
    readonly ipv4: { readonly ip: string; readonly dns_ptr: string };
    readonly ipv6: { readonly ip: string; readonly dns_ptr: string };
  };
  readonly private_net: readonly { readonly network: number; readonly ip: string }[];
  readonly services: readonly Service[];
  readonly targets: readonly Target[];
  readonly included_traffic: number;
  readonly ingoing_traffic: number | null;
  readonly outgoing_traffic: number | null;
}

export const algorithm = z.object({ type: z.enum(["round_robin", "least_connections"]) });
const balancerRequest = z.object({
  name: z.string().min(1),
  load_balancer_type: idOrName,
  location: idOrName.nullish(),
  network_zone: z.string().nullish(),
  algorithm: algorithm.default({ type: "round_robin" }),
  labels: labelsField.default({}),
  public_interface: z.boolean().default(true),
  network: z.number().int().nullish(),
  services: z.array(serviceRequest).default([]),
  targets: z.array(targetRequest).default([]),
});
export const attachRequest = z.object({
  network: z.number().int(),
  ip: z.string().optional(),
  ip_range: z.string().optional(),
});

function chooseLocation(request: z.output<typeof balancerRequest>): Location {
  if ((request.location == null) === (request.network_zone == null))
    throw invalid("location", "either location or network_zone has to be given, not both");
  if (request.location != null) return findLocation(request.location);
  const location = locations.find((row) => row.network_zone === request.network_zone);
  if (location === undefined)
    throw invalid(
      "network_zone",
      `'${request.network_zone}' is none; there are ${[...new Set(locations.map((row) => row.network_zone))].join(", ")}`,
    );
  return location;
}

export function attachLoadBalancer(cloud: Cloud, row: LoadBalancerRow, wanted: z.output<typeof attachRequest>): void {
  const network = findRow(cloud.networks, wanted.network);
  const present = row.private_net[0];
  if (present !== undefined)
    throw new ServiceError(
      "load_balancer_already_attached",
      `load balancer '${row.name}' is already attached to network ${present.network}`,
    );
  const zone = findLocation(row.location).network_zone;
  const ip = claimAddress(cloud, { network, zone, ip: wanted.ip, ip_range: wanted.ip_range });
  row.private_net = [{ network: network.id, ip }];
}

export function addService(cloud: Cloud, row: LoadBalancerRow, request: z.output<typeof serviceRequest>): void {
  const service = readService(cloud, request);
  const type = findLoadBalancerType(row.load_balancer_type);
  claimPorts(row, service);
  if (row.services.length >= type.max_services) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `load balancer '${row.name}' already has ${type.max_services} services, all that an ${type.name} can have`,
    );
  }
  row.services.push(service);
}

export function viewLoadBalancer(cloud: Cloud, row: LoadBalancerRow): LoadBalancer {
  const type = findLoadBalancerType(row.load_balancer_type);
  return copy({
    id: row.id,
    name: row.name,
    created: row.created,
    load_balancer_type: type,
    location: findLocation(row.location),
    algorithm: { type: row.algorithm },
    labels: row.labels,
    protection: row.protection,
    public_net: {
      enabled: row.public_interface,
      ipv4: { ip: row.ipv4, dns_ptr: `static.${row.ipv4}.example.com` },
      ipv6: { ip: row.ipv6, dns_ptr: "" },
    },
    private_net: row.private_net,
    services: row.services,
    targets: row.targets.map((target) => viewTarget(cloud, row, target)),
    included_traffic: type.prices.find((price) => price.location === row.location)?.included_traffic ?? 0,
    ingoing_traffic: null,
    outgoing_traffic: null,
  });
}

function create(cloud: Cloud, body: unknown): LoadBalancerRow {
  const request = read(balancerRequest, body);
  const type = findLoadBalancerType(request.load_balancer_type);
  const location = chooseLocation(request);
  claimName(cloud.load_balancers, request.name);
  claimQuota(cloud, "load_balancers");
  const id = cloud.load_balancers.nextId();
  const row: LoadBalancerRow = {
    id,
    name: request.name,
    created: cloud.timestamp(),
    load_balancer_type: type.name,
    location: location.name,
    algorithm: request.algorithm.type,
    labels: request.labels,
    protection: { delete: false },
    public_interface: request.public_interface,
    ipv4: freePublicIpv4(cloud, id),
    ipv6: `${freePublicIpv6(cloud, id)}1`,
    private_net: [],
    services: [],
    targets: [],
  };
  if (request.network != null) attachLoadBalancer(cloud, row, { network: request.network });
  for (const service of request.services) addService(cloud, row, service);
  for (const target of request.targets) addTarget(cloud, row, target);
  cloud.load_balancers.rows.set(id, row);
  return row;
}

/** `/load_balancers` of the API. Bodies and results are the API's JSON. */
export function loadBalancerOperations(cloud: Cloud) {
  const find = (id: number): LoadBalancerRow => findRow(cloud.load_balancers, id);
  return {
    list: (): LoadBalancer[] => [...cloud.load_balancers.rows.values()].map((row) => viewLoadBalancer(cloud, row)),
    get: (id: number): LoadBalancer => viewLoadBalancer(cloud, find(id)),
    create: (body: unknown): LoadBalancer => viewLoadBalancer(cloud, create(cloud, body)),
    update(id: number, body: unknown): LoadBalancer {
      const row = find(id);
      rename(cloud.load_balancers, row, read(renameRequest, body));
      return viewLoadBalancer(cloud, row);
    },
    delete(id: number): void {
      const row = find(id);
      refuseProtected(cloud.load_balancers, row);
      cloud.load_balancers.rows.delete(id);
    },
  };
}
