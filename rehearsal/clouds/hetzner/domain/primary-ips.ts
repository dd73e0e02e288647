import { z } from "zod";
import type { Location } from "../../../../lib/hetzner/catalogue/locations.ts";
import { ServiceError } from "../../../model.ts";
import { digestNumber } from "../../shared/digest.ts";
import type { Labels } from "../../shared/labels.ts";
import { findLocation } from "./catalogue.ts";
import type { IpType, PrimaryIpRow } from "./rows.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  idOrName,
  invalid,
  labelsField,
  protectionRequest,
  read,
  refuseProtected,
  rename,
  renameRequest,
} from "./state.ts";

/** A primary IP as the API returns it. */
export interface PrimaryIp extends Omit<PrimaryIpRow, "location"> {
  readonly location: Location;
  readonly blocked: boolean;
  readonly dns_ptr: readonly [];
}

const ipRequest = z.object({
  name: z.string().min(1),
  type: z.enum(["ipv4", "ipv6"]),
  location: idOrName.optional(),
  assignee_id: z.number().int().nullish(),
  assignee_type: z.enum(["server"]).default("server"),
  auto_delete: z.boolean().default(false),
  labels: labelsField.default({}),
});
const assignRequest = z.object({ assignee_id: z.number().int(), assignee_type: z.enum(["server"]) });

// Ranges that RFC 5737 and RFC 3849 keep for documentation: nothing real can ever be reached by mistake.
const documentation = ["192.0.2", "198.51.100", "203.0.113"];

/** A public address that nobody in the cloud has. `serial` makes one follow from another's. */
export function freePublicIpv4(cloud: Cloud, serial: number): string {
  const taken = new Set<string | undefined>([
    ...[...cloud.primary_ips.rows.values()].map((row) => row.ip),
    ...[...cloud.load_balancers.rows.values()].map((row) => row.ipv4),
  ]);
  const size = documentation.length * 254;
  const start = digestNumber(size, cloud.seed, "ipv4", serial);
  for (let step = 0; step < size; step++) {
    const index = (start + step) % size;
    const ip = `${documentation[Math.floor(index / 254)]}.${(index % 254) + 1}`;
    if (!taken.has(ip)) return ip;
  }
  throw new ServiceError("resource_unavailable", `no public IPv4 address is left: all ${size} are in use`);
}

export function freePublicIpv6(cloud: Cloud, serial: number): string {
  const high = digestNumber(0xf000, cloud.seed, "ipv6", serial) + 0x1000;
  return `2001:db8:${high.toString(16)}:${(serial % 0x10000).toString(16)}::`;
}

export function primaryIpOf(cloud: Cloud, server: number, type: IpType): PrimaryIpRow | undefined {
  return [...cloud.primary_ips.rows.values()].find((row) => row.assignee_id === server && row.type === type);
}

interface NewIp {
  readonly type: IpType;
  readonly location: string;
  readonly server?: number | null | undefined;
  readonly name?: string;
  readonly auto_delete?: boolean;
  readonly labels?: Labels;
}

export function createPrimaryIp(cloud: Cloud, wanted: NewIp): PrimaryIpRow {
  claimQuota(cloud, "primary_ips");
  const id = cloud.primary_ips.nextId();
  const row: PrimaryIpRow = {
    id,
    name: wanted.name ?? `primary_ip-${id}`,
    created: cloud.timestamp(),
    type: wanted.type,
    ip: wanted.type === "ipv4" ? freePublicIpv4(cloud, id) : `${freePublicIpv6(cloud, id)}/64`,
    location: wanted.location,
    assignee_id: wanted.server ?? null,
    assignee_type: "server",
    // What comes with a server goes with it.
    auto_delete: wanted.auto_delete ?? true,
    labels: wanted.labels ?? {},
    protection: { delete: false },
  };
  cloud.primary_ips.rows.set(id, row);
  return row;
}

/** A primary IP that a server of the location can be given. @throws ServiceError */
export function findAssignable(
  cloud: Cloud,
  id: number,
  wanted: { readonly type: IpType; readonly location: string },
): PrimaryIpRow {
  const row = findRow(cloud.primary_ips, id);
  if (row.type !== wanted.type)
    throw new ServiceError(
      "primary_ip_version_mismatch",
      `primary IP '${row.name}' is an ${row.type}, not an ${wanted.type}`,
    );
  if (row.assignee_id !== null)
    throw new ServiceError(
      "primary_ip_assigned",
      `primary IP '${row.name}' is already assigned to server ${row.assignee_id}`,
    );
  if (row.location !== wanted.location) {
    throw new ServiceError(
      "primary_ip_datacenter_mismatch",
      `primary IP '${row.name}' is in ${row.location}, the server in ${wanted.location}`,
    );
  }
  return row;
}

export function assignPrimaryIp(cloud: Cloud, id: number, server: number): void {
  findRow(cloud.primary_ips, id).assignee_id = server;
}

export function releasePrimaryIps(cloud: Cloud, server: number): void {
  for (const row of [...cloud.primary_ips.rows.values()].filter((other) => other.assignee_id === server)) {
    if (row.auto_delete) cloud.primary_ips.rows.delete(row.id);
    else row.assignee_id = null;
  }
}

/** A stopped server without an address of the type. @throws ServiceError */
function refuseServer(cloud: Cloud, id: number, type: IpType): string {
  const server = findRow(cloud.servers, id);
  if (server.status !== "off")
    throw new ServiceError(
      "server_not_stopped",
      `server '${server.name}' has to be powered off before its primary IPs change`,
    );
  if (primaryIpOf(cloud, id, type) !== undefined) {
    throw new ServiceError(
      type === "ipv4" ? "server_has_ipv4" : "server_has_ipv6",
      `server '${server.name}' already has an ${type} address`,
    );
  }
  return server.location;
}

/** `/primary_ips` of the API, with its actions. */
export function primaryIpOperations(cloud: Cloud) {
  const find = (id: number): PrimaryIpRow => findRow(cloud.primary_ips, id);
  const view = (row: PrimaryIpRow): PrimaryIp =>
    copy({ ...row, location: findLocation(row.location), blocked: false, dns_ptr: [] as const });
  return {
    list: (): PrimaryIp[] => [...cloud.primary_ips.rows.values()].map(view),
    get: (id: number): PrimaryIp => view(find(id)),
    create(body: unknown): PrimaryIp {
      const { name, type, location, assignee_id, auto_delete, labels } = read(ipRequest, body);
      claimName(cloud.primary_ips, name);
      if ((location === undefined) === (assignee_id == null))
        throw invalid("location", "either location or assignee_id has to be given, not both");
      const place = assignee_id == null ? findLocation(location ?? "").name : refuseServer(cloud, assignee_id, type);
      return view(createPrimaryIp(cloud, { type, location: place, server: assignee_id, name, auto_delete, labels }));
    },
    update(id: number, body: unknown): PrimaryIp {
      const row = find(id);
      const request = read(renameRequest.extend({ auto_delete: z.boolean().optional() }), body);
      rename(cloud.primary_ips, row, request);
      if (request.auto_delete !== undefined) row.auto_delete = request.auto_delete;
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      refuseProtected(cloud.primary_ips, row);
      if (row.assignee_id !== null)
        throw new ServiceError(
          "must_be_unassigned",
          `primary IP '${row.name}' is still assigned to server ${row.assignee_id}`,
        );
      cloud.primary_ips.rows.delete(id);
    },
    assign(id: number, body: unknown): PrimaryIp {
      const row = find(id);
      const { assignee_id } = read(assignRequest, body);
      if (row.assignee_id !== null)
        throw new ServiceError(
          "primary_ip_already_assigned",
          `primary IP '${row.name}' is already assigned to server ${row.assignee_id}`,
        );
      const location = refuseServer(cloud, assignee_id, row.type);
      findAssignable(cloud, id, { type: row.type, location });
      row.assignee_id = assignee_id;
      return view(row);
    },
    unassign(id: number): PrimaryIp {
      const row = find(id);
      const server = row.assignee_id === null ? undefined : cloud.servers.rows.get(row.assignee_id);
      if (server !== undefined && server.status !== "off") {
        throw new ServiceError(
          "server_not_stopped",
          `server '${server.name}' has to be powered off before its primary IPs change`,
        );
      }
      row.assignee_id = null;
      return view(row);
    },
    changeProtection(id: number, body: unknown): PrimaryIp {
      const row = find(id);
      row.protection = read(protectionRequest, body);
      return view(row);
    },
  };
}
