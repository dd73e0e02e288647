import { z } from "zod";
import { ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import { createCounter } from "../shared/ids.ts";
import { readRequest } from "../shared/request.ts";
import { isName, isProxiable, isType, type RecordType, readContent } from "./content.ts";

export interface CloudflareOptions {
  /** API tokens that may read the zones and edit their DNS. */
  readonly tokens: readonly string[];
  readonly zones: readonly { readonly name: string; readonly id?: string; readonly account?: string }[];
  readonly now: () => Date;
  /** Ids follow from it. */
  readonly seed?: string;
}

/** A zone as `GET /zones/{id}` returns it. */
export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly status: "active";
  readonly type: "full";
  readonly paused: false;
  readonly development_mode: 0;
  readonly name_servers: readonly string[];
  readonly original_name_servers: null;
  readonly account: { readonly id: string; readonly name: string };
  readonly created_on: string;
  readonly modified_on: string;
  readonly activated_on: string;
}

/** A record as `GET /zones/{id}/dns_records/{id}` returns it. */
export interface DnsRecord {
  readonly id: string;
  readonly zone_id: string;
  readonly type: RecordType;
  readonly name: string;
  readonly content: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly priority?: number;
  /** Seconds; 1: automatic. */
  readonly ttl: number;
  readonly proxiable: boolean;
  readonly proxied: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly comment: string | null;
  /** Left out when there is no comment. */
  readonly comment_modified_on?: string;
  readonly tags: readonly string[];
  readonly created_on: string;
  readonly modified_on: string;
}

const recordRequest = z.object({
  type: z.string().transform((type) => type.toUpperCase()),
  name: z.string(),
  content: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  priority: z.number().int().min(0).max(65535).optional(),
  ttl: z.number().default(1),
  proxied: z.boolean().default(false),
  comment: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** A name as the API understands it: what does not end in the zone's name is taken to be below it. */
export function fullName(zone: string, name: string): string {
  const plain = name.toLowerCase().replace(/\.$/, "");
  if (plain === "@" || plain === "" || plain === zone) return zone;
  return plain.endsWith(`.${zone}`) ? plain : `${plain}.${zone}`;
}

const addresses: readonly RecordType[] = ["A", "AAAA"];

/** @throws ServiceError 81058, 81053 or 81054 when the record cannot stand beside the zone's others. */
function refuseClash(
  record: Pick<DnsRecord, "id" | "type" | "name" | "content" | "priority">,
  others: readonly DnsRecord[],
): void {
  for (const other of others) {
    if (other.id === record.id || other.name !== record.name) continue;
    const clash = `: ${other.type} ${other.name} -> ${other.content} (${other.id})`;
    if (other.type === record.type && other.content === record.content && other.priority === record.priority)
      throw new ServiceError("81058", `an identical record already exists${clash}`);
    if (record.type === "CNAME" && (other.type === "CNAME" || addresses.includes(other.type))) {
      throw new ServiceError("81053", `an A, AAAA, or CNAME record with that host already exists${clash}`);
    }
    if (addresses.includes(record.type) && other.type === "CNAME")
      throw new ServiceError("81054", `a CNAME record with that host already exists${clash}`);
  }
}

/**
 * Cloudflare's zones and their DNS records, in the terms of its API v4 (developers.cloudflare.com/api): request bodies
 * in, the `result` out, refusals as `ServiceError` whose code is the API's number.
 */
export function createModel(options: CloudflareOptions) {
  const seed = options.seed ?? "cloudflare";
  const serial = createCounter(1);
  const timestamp = (): string => options.now().toISOString();
  const founded = timestamp();
  const zones = options.zones.map(
    ({ name, id, account }): Zone => ({
      id: id ?? digest(seed, "zone", name).slice(0, 32),
      name,
      status: "active",
      type: "full",
      paused: false,
      development_mode: 0,
      name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
      original_name_servers: null,
      account: { id: digest(seed, "account").slice(0, 32), name: account ?? "Example" },
      created_on: founded,
      modified_on: founded,
      activated_on: founded,
    }),
  );
  const records = new Map<string, DnsRecord>();

  function zoneOf(id: string): Zone {
    if (!/^[0-9a-f]{32}$/.test(id))
      throw new ServiceError("7003", `could not route to /zones/${id}, perhaps your object identifier is invalid?`);
    const zone = zones.find((row) => row.id === id);
    if (zone === undefined) throw new ServiceError("1001", `invalid zone identifier: the token sees no zone ${id}`);
    return zone;
  }
  function recordOf(zone: Zone, id: string): DnsRecord {
    const record = records.get(id);
    if (record === undefined || record.zone_id !== zone.id)
      throw new ServiceError("81044", `record does not exist: zone ${zone.name} has no ${id}`);
    return record;
  }
  const recordsOf = (zone: Zone): DnsRecord[] => [...records.values()].filter((record) => record.zone_id === zone.id);

  /** When a comment became what it is. */
  function commentTime(comment: string | null, old: DnsRecord | undefined): Pick<DnsRecord, "comment_modified_on"> {
    if (comment === null || comment === "") return {};
    const since = comment === old?.comment ? old.comment_modified_on : undefined;
    return { comment_modified_on: since ?? timestamp() };
  }

  function build(zone: Zone, body: unknown, old?: DnsRecord): DnsRecord {
    const request = readRequest("1004", recordRequest, body);
    const { type } = request;
    if (!isType(type)) throw new ServiceError("1004", `DNS Validation Error: '${type}' is no type of record`);
    const name = fullName(zone.name, request.name);
    if (!isName(name)) throw new ServiceError("9000", `DNS name is invalid: '${request.name}'`);
    const content = readContent({ ...request, type, name });
    if (request.ttl !== 1 && (request.ttl < 60 || request.ttl > 86_400)) {
      throw new ServiceError(
        "9021",
        `record ${name} ${type}: TTL must be between 60 and 86400 seconds, or 1 for Automatic, not ${request.ttl}`,
      );
    }
    const proxiable = isProxiable({ type, content });
    if (request.proxied && !proxiable) {
      if (type === "A" || type === "AAAA")
        throw new ServiceError("9003", `record ${name} ${type}: target ${content} is not allowed for a proxied record`);
      throw new ServiceError("9004", `record ${name} ${type}: this record type cannot be proxied`);
    }
    const record: DnsRecord = {
      id: old?.id ?? digest(seed, "record", serial()).slice(0, 32),
      zone_id: zone.id,
      type,
      name,
      content,
      ...(request.data === undefined ? {} : { data: request.data }),
      ...(request.priority === undefined ? {} : { priority: request.priority }),
      ttl: request.proxied ? 1 : request.ttl,
      proxiable,
      proxied: request.proxied,
      settings: request.settings,
      meta: {},
      comment: request.comment ?? null,
      ...commentTime(request.comment ?? null, old),
      tags: request.tags,
      created_on: old?.created_on ?? timestamp(),
      modified_on: timestamp(),
    };
    refuseClash(record, recordsOf(zone));
    return record;
  }

  return {
    /** @throws ServiceError 9106 or 10000 */
    authorize(token: string | undefined): void {
      if (token === undefined || token === "")
        throw new ServiceError("9106", "missing Authorization header: no API token was given");
      if (!options.tokens.includes(token))
        throw new ServiceError("10000", "authentication error: the API token is not valid");
    },
    zones: {
      list: (filter: { readonly name?: string | undefined } = {}): Zone[] =>
        structuredClone(zones.filter((zone) => (filter.name ?? zone.name) === zone.name)),
      get: (id: string): Zone => structuredClone(zoneOf(id)),
    },
    records: {
      list: (zone: string): DnsRecord[] => structuredClone(recordsOf(zoneOf(zone))),
      get: (zone: string, id: string): DnsRecord => structuredClone(recordOf(zoneOf(zone), id)),
      create(zone: string, body: unknown): DnsRecord {
        const record = build(zoneOf(zone), body);
        records.set(record.id, record);
        return structuredClone(record);
      },
      /** `PUT`: the body says everything. */
      overwrite(zone: string, id: string, body: unknown): DnsRecord {
        const found = zoneOf(zone);
        const record = build(found, body, recordOf(found, id));
        records.set(id, record);
        return structuredClone(record);
      },
      /** `PATCH`: the body says what changes. */
      edit(zone: string, id: string, body: object): DnsRecord {
        const found = zoneOf(zone);
        const old = recordOf(found, id);
        const record = build(found, { ...old, ...body }, old);
        records.set(id, record);
        return structuredClone(record);
      },
      delete(zone: string, id: string): { readonly id: string } {
        records.delete(recordOf(zoneOf(zone), id).id);
        return { id };
      },
    },
  };
}

export type CloudflareModel = ReturnType<typeof createModel>;
