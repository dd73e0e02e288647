import { own } from "../../lib/record.ts";
import type { Dns, DnsTarget } from "../dns.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { instead } from "../nearest.ts";
import type { Stage } from "../stage.ts";
import type { Rule } from "./rule.ts";

const inZone = (host: string, zone: string): boolean => host === zone || host.endsWith(`.${zone}`);

export const recordsInZone: Rule = ({ stage }) =>
  Object.keys(stage.dns?.records ?? {})
    .filter((host) => stage.dns !== undefined && !inZone(host, stage.dns.zone))
    .map((host) => ({
      path: formatPath(["dns", "records", host]),
      message: `${host} is not in zone ${String(stage.dns?.zone)}`,
      remedy: `use a name that ends in .${String(stage.dns?.zone)}`,
    }));

export const targetsThere: Rule = ({ stage }) => {
  const { dns } = stage;
  if (dns === undefined) return [];
  const places = Object.entries(dns.records).flatMap(([host, { target }]) =>
    target === undefined ? [] : [{ path: ["dns", "records", host, "target"], target }],
  );
  return [{ path: ["dns", "target"], target: dns.target }, ...places].flatMap(({ path, target }) =>
    targetFaults(stage, path, target),
  );
};

function targetFaults(stage: Stage, path: readonly string[], target: DnsTarget): readonly Fault[] {
  if (target === "ingress") {
    return stage.hetzner.ingress === undefined
      ? [
          {
            path: formatPath(path),
            message: "there is no ingress load balancer to point at",
            remedy: "add groundwork:hetzner.ingress, or target a pool, an address or a name",
          },
        ]
      : [];
  }
  if ("pool" in target && own(stage.pools, target.pool) === undefined) {
    return [
      {
        path: formatPath([...path, "pool"]),
        message: `there is no pool "${target.pool}"`,
        remedy: instead(target.pool, Object.keys(stage.pools)),
      },
    ];
  }
  return [];
}

/** Cloudflare sets a proxied record's TTL itself. Source: developers.cloudflare.com/dns/manage-dns-records/reference/ttl */
export const proxiedTtl: Rule = ({ stage }) => {
  const { dns } = stage;
  if (dns === undefined) return [];
  const places: readonly { path: string; settings: Pick<Dns, "proxied" | "ttl"> }[] = [
    { path: "groundwork:dns.ttl", settings: dns },
    ...Object.entries(dns.records)
      .filter(([, record]) => record.proxied !== undefined || record.ttl !== undefined)
      .map(([host, record]) => ({
        path: formatPath(["dns", "records", host, "ttl"]),
        settings: { proxied: record.proxied ?? dns.proxied, ttl: record.ttl ?? dns.ttl },
      })),
  ];
  return places
    .filter(({ settings }) => settings.proxied && settings.ttl !== 1)
    .map(({ path, settings }) => ({
      path,
      message: `a TTL of ${settings.ttl} seconds on a proxied record`,
      remedy: "leave ttl out: Cloudflare sets it",
    }));
};
