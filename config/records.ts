import type { PlannedMachine } from "../lib/nodes.ts";
import type { ExposedHost } from "../lib/platform/release.ts";
import type { Dns } from "./dns.ts";
import type { Stage } from "./stage.ts";

/** Where a record's content comes from: known now, or an address that a load balancer is given. */
export type Content =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "ingress-ipv4" }
  | { readonly kind: "ingress-ipv6" };

export interface PlannedRecord {
  /**
   * Unique and independent of order: the host name, with the pool's node for round robin. An A record and a CNAME of one
   * host are one resource, so that the old kind goes before the new one comes; beside it, `<host>-aaaa`.
   */
  readonly id: string;
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME";
  readonly content: Content;
  readonly proxied: boolean;
  readonly ttl: number;
}

/** Every record of a stage: one or more for each exposed host name and each of `groundwork:dns.records`. */
function planRecords(
  dns: Dns,
  exposed: readonly string[],
  addresses: (pool: string) => readonly { readonly name: string; readonly address: string }[],
): readonly PlannedRecord[] {
  const hosts = [...new Set([...exposed, ...Object.keys(dns.records)])].sort();
  return hosts.flatMap((host): readonly PlannedRecord[] => {
    const own = dns.records[host];
    const target = own?.target ?? dns.target;
    const common = { name: host, proxied: own?.proxied ?? dns.proxied, ttl: own?.ttl ?? dns.ttl };
    if (target === "ingress") {
      return [
        { ...common, id: host, type: "A", content: { kind: "ingress-ipv4" } },
        { ...common, id: `${host}-aaaa`, type: "AAAA", content: { kind: "ingress-ipv6" } },
      ];
    }
    if ("cname" in target)
      return [{ ...common, id: host, type: "CNAME", content: { kind: "text", text: target.cname } }];
    if ("address" in target) {
      const type = target.address.includes(":") ? "AAAA" : "A";
      return [
        { ...common, id: type === "A" ? host : `${host}-aaaa`, type, content: { kind: "text", text: target.address } },
      ];
    }
    return addresses(target.pool).map(({ name, address }) => ({
      ...common,
      id: `${host}-${name}`,
      type: "A",
      content: { kind: "text", text: address },
    }));
  });
}

/** Records of everything that a stage exposes. */
export function planStageRecords(
  { dns, machines }: Pick<Stage, "dns"> & { readonly machines: readonly PlannedMachine[] },
  exposed: readonly ExposedHost[],
): readonly PlannedRecord[] {
  if (dns === undefined) return [];
  return planRecords(
    dns,
    exposed.map(({ host }) => host),
    (pool) => machines.filter(({ poolName }) => poolName === pool),
  );
}
