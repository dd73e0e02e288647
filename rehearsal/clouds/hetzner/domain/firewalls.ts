import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { readSelector } from "../../shared/labels.ts";
import { readRules, ruleRequest } from "./firewall-rules.ts";
import { primaryIpOf } from "./primary-ips.ts";
import type { AppliedTo, FirewallRow, ServerRow } from "./rows.ts";

import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  invalid,
  labelsField,
  read,
  rename,
  renameRequest,
} from "./state.ts";

/** A firewall as the API returns it: a selector comes with the servers that it matches. */
export interface Firewall extends Omit<FirewallRow, "applied_to"> {
  readonly applied_to: readonly (AppliedTo & {
    readonly applied_to_resources?: readonly { readonly type: "server"; readonly server: { readonly id: number } }[];
  })[];
}

const resource = z.union([
  z.object({ type: z.literal("server"), server: z.object({ id: z.number().int() }) }),
  z.object({ type: z.literal("label_selector"), label_selector: z.object({ selector: z.string() }) }),
]);
const firewallRequest = z.object({
  name: z.string().min(1).max(128),
  labels: labelsField.default({}),
  rules: z.array(ruleRequest).default([]),
  apply_to: z.array(resource).default([]),
});

/** docs.hetzner.com/cloud/firewalls/overview */
const maxFirewalls = 5;

const matching = (cloud: Cloud, selector: string): ServerRow[] => {
  const selects = readSelector(selector) ?? (() => false);
  return [...cloud.servers.rows.values()].filter((row) => selects(row.labels));
};

const appliesTo = (entry: AppliedTo, server: ServerRow): boolean =>
  entry.type === "server"
    ? entry.server.id === server.id
    : (readSelector(entry.label_selector.selector)?.(server.labels) ?? false);

/** The firewalls of a server, given directly or by a selector. */
export function firewallsOf(cloud: Cloud, server: ServerRow): FirewallRow[] {
  return [...cloud.firewalls.rows.values()].filter((row) => row.applied_to.some((entry) => appliesTo(entry, server)));
}

function refuseMany(cloud: Cloud, server: ServerRow, one: FirewallRow): void {
  const others = firewallsOf(cloud, server).filter((row) => row.id !== one.id);
  if (others.length >= maxFirewalls) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `server '${server.name}' already has ${maxFirewalls} firewalls: ${others.map((row) => `'${row.name}'`).join(", ")}`,
    );
  }
}

const sameAs =
  (a: AppliedTo) =>
  (b: AppliedTo): boolean =>
    JSON.stringify(a) === JSON.stringify(b);

function apply(cloud: Cloud, row: FirewallRow, entry: AppliedTo): void {
  if (row.applied_to.some(sameAs(entry))) {
    throw new ServiceError(
      "firewall_already_applied",
      `firewall '${row.name}' is already applied to ${JSON.stringify(entry)}`,
    );
  }
  if (entry.type === "label_selector") {
    if (readSelector(entry.label_selector.selector) === undefined)
      throw invalid("label_selector.selector", `'${entry.label_selector.selector}' is no label selector`);
    for (const server of matching(cloud, entry.label_selector.selector)) refuseMany(cloud, server, row);
  } else {
    const server = cloud.servers.rows.get(entry.server.id);
    if (server === undefined)
      throw new ServiceError("firewall_resource_not_found", `server with ID '${entry.server.id}' not found`);
    if (!primaryIpOf(cloud, server.id, "ipv4") && !primaryIpOf(cloud, server.id, "ipv6")) {
      throw new ServiceError(
        "private_net_only_server",
        `server '${server.name}' has no public interface for firewall '${row.name}' to filter`,
      );
    }
    refuseMany(cloud, server, row);
  }
  row.applied_to.push(entry);
}

function applyAll(cloud: Cloud, row: FirewallRow, entries: readonly AppliedTo[]): void {
  const before = [...row.applied_to];
  try {
    for (const entry of entries) apply(cloud, row, entry);
  } catch (error) {
    row.applied_to = before;
    throw error;
  }
}

/** Firewalls named when a server is created. @throws ServiceError before anything is changed */
export function applyToNewServer(cloud: Cloud, server: ServerRow, firewalls: readonly number[]): void {
  const rows = firewalls.map((id) => findRow(cloud.firewalls, id));
  const all = new Set([...rows, ...firewallsOf(cloud, server)]);
  if (all.size > maxFirewalls) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `server '${server.name}' would have ${all.size} firewalls, at most ${maxFirewalls} are allowed`,
    );
  }
  for (const row of new Set(rows)) row.applied_to.push({ type: "server", server: { id: server.id } });
}

export function forgetServer(cloud: Cloud, server: number): void {
  for (const row of cloud.firewalls.rows.values()) {
    row.applied_to = row.applied_to.filter((entry) => !(entry.type === "server" && entry.server.id === server));
  }
}

/** `/firewalls` of the API, with its actions. */
export function firewallOperations(cloud: Cloud) {
  const find = (id: number): FirewallRow => findRow(cloud.firewalls, id);
  const view = (row: FirewallRow): Firewall =>
    copy({
      ...row,
      applied_to: row.applied_to.map((entry) =>
        entry.type === "server"
          ? entry
          : {
              ...entry,
              applied_to_resources: matching(cloud, entry.label_selector.selector).map((server) => ({
                type: "server" as const,
                server: { id: server.id },
              })),
            },
      ),
    });
  return {
    list: (): Firewall[] => [...cloud.firewalls.rows.values()].map(view),
    get: (id: number): Firewall => view(find(id)),
    create(body: unknown): Firewall {
      const request = read(firewallRequest, body);
      const rules = readRules(request.rules);
      claimName(cloud.firewalls, request.name);
      claimQuota(cloud, "firewalls");
      const servers = request.apply_to.flatMap((entry) => (entry.type === "server" ? [entry.server.id] : []));
      const twice = servers.find((id, index) => servers.indexOf(id) !== index);
      if (twice !== undefined)
        throw new ServiceError("server_already_added", `server ${twice} is named more than once`);
      const row: FirewallRow = {
        id: cloud.firewalls.nextId(),
        name: request.name,
        created: cloud.timestamp(),
        labels: request.labels,
        rules,
        applied_to: [],
      };
      applyAll(cloud, row, request.apply_to);
      cloud.firewalls.rows.set(row.id, row);
      return view(row);
    },
    update(id: number, body: unknown): Firewall {
      const row = find(id);
      rename(cloud.firewalls, row, read(renameRequest, body));
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      if (row.applied_to.length > 0)
        throw new ServiceError(
          "resource_in_use",
          `firewall '${row.name}' is still applied to ${JSON.stringify(row.applied_to)}`,
        );
      cloud.firewalls.rows.delete(id);
    },
    setRules(id: number, body: unknown): Firewall {
      const row = find(id);
      row.rules = readRules(read(z.object({ rules: z.array(ruleRequest) }), body).rules);
      return view(row);
    },
    applyToResources(id: number, body: unknown): Firewall {
      const row = find(id);
      applyAll(cloud, row, read(z.object({ apply_to: z.array(resource) }), body).apply_to);
      return view(row);
    },
    removeFromResources(id: number, body: unknown): Firewall {
      const row = find(id);
      const { remove_from } = read(z.object({ remove_from: z.array(resource) }), body);
      for (const entry of remove_from) {
        if (row.applied_to.some(sameAs(entry))) continue;
        const server = entry.type === "server" ? cloud.servers.rows.get(entry.server.id) : undefined;
        if (server !== undefined && firewallsOf(cloud, server).includes(row)) {
          throw new ServiceError(
            "firewall_managed_by_label_selector",
            `firewall '${row.name}' is applied to server '${server.name}' by a label selector`,
          );
        }
        throw new ServiceError(
          "firewall_resource_not_found",
          `firewall '${row.name}' is not applied to ${JSON.stringify(entry)}`,
        );
      }
      row.applied_to = row.applied_to.filter((entry) => !remove_from.some(sameAs(entry)));
      return view(row);
    },
  };
}
