import { z } from "zod";
import type { SnapshotOption } from "../../../../lib/hetzner/catalogue/images.ts";
import { ServiceError } from "../../../model.ts";
import { createCounter } from "../../shared/ids.ts";
import { type Labels, labelsFault } from "../../shared/labels.ts";
import { readRequest } from "../../shared/request.ts";
import type {
  CertificateRow,
  FirewallRow,
  LoadBalancerRow,
  NetworkRow,
  PlacementGroupRow,
  PrimaryIpRow,
  ServerRow,
  SshKeyRow,
  VolumeRow,
} from "./rows.ts";

/** How many of each a project may have. */
export interface Quotas {
  readonly servers: number;
  /** vCPUs of all servers together. */
  readonly cores: number;
  readonly networks: number;
  readonly firewalls: number;
  readonly load_balancers: number;
  readonly placement_groups: number;
  readonly primary_ips: number;
  readonly volumes: number;
  readonly ssh_keys: number;
  readonly certificates: number;
}

/**
 * Load balancers and placement groups: docs.hetzner.com/cloud/{load-balancers,placement-groups}/overview. The others
 * Hetzner sets for each account; these are those of an account that has asked for more than the first few.
 */
export const defaultQuotas: Quotas = {
  servers: 50,
  cores: 200,
  networks: 20,
  firewalls: 50,
  load_balancers: 20,
  placement_groups: 50,
  primary_ips: 100,
  volumes: 100,
  ssh_keys: 100,
  certificates: 50,
};

export interface HetznerOptions {
  /** API tokens (read and write) of the one project that is simulated. */
  readonly tokens: readonly string[];
  readonly now: () => Date;
  /** Addresses follow from it. */
  readonly seed?: string;
  readonly quotas?: Partial<Quotas>;
  /** Server types that are out of stock for now, beside those that the catalogue marks. */
  readonly soldOut?: readonly { readonly serverType: string; readonly location: string }[];
  readonly snapshots?: readonly SnapshotOption[];
  /** Addresses of the owner's dedicated (Robot) servers. */
  readonly robotIps?: readonly string[];
}

export interface Table<Row> {
  /** Singular, as an error names it. */
  readonly kind: string;
  readonly rows: Map<number, Row>;
  nextId(): number;
}

export interface Cloud {
  readonly options: HetznerOptions;
  readonly seed: string;
  readonly quotas: Quotas;
  readonly networks: Table<NetworkRow>;
  readonly servers: Table<ServerRow>;
  readonly firewalls: Table<FirewallRow>;
  readonly load_balancers: Table<LoadBalancerRow>;
  readonly placement_groups: Table<PlacementGroupRow>;
  readonly primary_ips: Table<PrimaryIpRow>;
  readonly volumes: Table<VolumeRow>;
  readonly ssh_keys: Table<SshKeyRow>;
  readonly certificates: Table<CertificateRow>;
  /** The present, as the API writes it. */
  timestamp(): string;
}

/** Numbers of different kinds never meet, so that an id given to the wrong field is not found. */
function createTable<Row>(kind: string, firstId: number): Table<Row> {
  return { kind, rows: new Map(), nextId: createCounter(firstId) };
}

/** RFC 3339 in whole seconds. */
export const timestamp = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "+00:00");

export function createCloud(options: HetznerOptions): Cloud {
  return {
    options,
    seed: options.seed ?? "hetzner",
    quotas: { ...defaultQuotas, ...options.quotas },
    networks: createTable("network", 10_400_101),
    servers: createTable("server", 104_200_201),
    firewalls: createTable("firewall", 2_300_301),
    load_balancers: createTable("load balancer", 3_100_401),
    placement_groups: createTable("placement group", 900_501),
    primary_ips: createTable("primary IP", 85_000_601),
    volumes: createTable("volume", 103_000_701),
    ssh_keys: createTable("SSH key", 26_000_801),
    certificates: createTable("certificate", 1_500_901),
    timestamp: () => timestamp(options.now()),
  };
}

export function findRow<Row>(table: Table<Row>, id: number): Row {
  const row = table.rows.get(id);
  if (row === undefined) throw new ServiceError("not_found", `${table.kind} with ID '${id}' not found`);
  return row;
}

/** @throws ServiceError `uniqueness_error`, naming the holder. */
export function claimName<Row extends { readonly id: number; readonly name: string }>(
  table: Table<Row>,
  name: string,
  except?: number,
): void {
  for (const row of table.rows.values()) {
    if (row.name === name && row.id !== except) {
      throw new ServiceError("uniqueness_error", `name is already used: ${table.kind} ${row.id} is called '${name}'`);
    }
  }
}

/** @throws ServiceError `resource_limit_exceeded` when one more would be too many. */
export function claimQuota(cloud: Cloud, kind: Exclude<keyof Quotas, "cores">): void {
  const limit = cloud.quotas[kind];
  if (cloud[kind].rows.size >= limit) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `${cloud[kind].kind} limit exceeded: the project may have ${limit}`,
    );
  }
}

export function refuseProtected(
  table: { readonly kind: string },
  row: { readonly id: number; readonly name: string; readonly protection: { readonly delete: boolean } },
): void {
  if (row.protection.delete) {
    throw new ServiceError("protected", `${table.kind} '${row.name}' (${row.id}) is delete protected`);
  }
}

export const read = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> =>
  readRequest("invalid_input", schema, body);

export const invalid = (field: string, fault: string): ServiceError =>
  new ServiceError("invalid_input", `invalid input in field '${field}': ${fault}`);

export const labelsField = z.record(z.string(), z.string()).superRefine((labels: Labels, context) => {
  const fault = labelsFault(labels);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

/** The API takes an id or a name wherever a thing of the catalogue is meant. */
export const idOrName = z.union([z.string().min(1), z.number().int()]);

export const protectionRequest = z.object({ delete: z.boolean() });

/** What every `PUT` on a named resource takes. */
export const renameRequest = z.object({ name: z.string().min(1).optional(), labels: labelsField.optional() });

/** Gives a row what a `PUT` asks for. @throws ServiceError `uniqueness_error`, naming who has that name. */
export function rename<Row extends { readonly id: number; name: string; labels: Labels }>(
  table: Table<Row>,
  row: Row,
  { name, labels }: z.output<typeof renameRequest>,
): void {
  if (name !== undefined) {
    claimName(table, name, row.id);
    row.name = name;
  }
  if (labels !== undefined) row.labels = labels;
}

/** A copy that the caller may keep: later changes do not show in it. */
export const copy = <Value>(value: Value): Value => structuredClone(value);
