import { address, cidr, contains, firstAddress, formatAddress, parsePool } from "../../lib/address.ts";
import { own } from "../../lib/record.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { oneOf } from "../nearest.ts";
import { type Holder, holders, place, subnets } from "./holders.ts";
import type { Rule } from "./rule.ts";

/** One fault for each pair of places in the stack file: that of the first address which both give. */
export const addressesOnce: Rule = (subject) => {
  const seen = new Map<string, Holder>();
  const told = new Set<string>();
  return holders(subject).flatMap((holder): readonly Fault[] => {
    const key = `${holder.network} ${holder.address}`;
    const other = seen.get(key);
    seen.set(key, other ?? holder);
    const pair = `${holder.path} ${other?.path ?? ""}`;
    if (other === undefined || told.has(pair)) return [];
    told.add(pair);
    return [
      {
        path: holder.path,
        message: `${holder.address} is given to ${other.what} and to ${holder.what}`,
        remedy: holder.kind === "node" ? "begin the pool at another address" : `move ${holder.what} to a free address`,
      },
    ];
  });
};

/** One fault for each place in the stack file: that of the first address which is out of place. The rest follow from it. */
export const addressesInside: Rule = (subject) => {
  const told = new Set<string>();
  const all = holders(subject);
  return all.flatMap((holder): readonly Fault[] => {
    const network = own(subject.stage.networks, holder.network);
    const range = holder.subnet;
    if (network === undefined || range === undefined || tiny(range) || told.has(holder.path)) return [];
    const router = network.kind === "lan" ? network.gateway : firstAddress(network.cidr);
    const wrong = misplaced(holder, range, router);
    if (wrong === undefined) return [];
    told.add(holder.path);
    const span = Math.max(...all.filter(({ path }) => path === holder.path).map(({ offset }) => offset));
    return [{ path: holder.path, message: wrong, remedy: choices(range, router, span) }];
  });
};

/** Too small for Hetzner, which is said where the subnet is written. */
const tiny = (range: string): boolean => cidr(range).prefix > 30;

function misplaced({ address: text, what }: Holder, range: string, router: string | undefined): string | undefined {
  const { first, last } = cidr(range);
  if (!contains(cidr(range), place(text))) return `${text} (${what}) is outside ${range}`;
  if (text === router) return `${text} (${what}) is the network's router`;
  if (address(text) === first) return `${text} (${what}) is the network address of ${range}`;
  if (address(text) === last) return `${text} (${what}) is the broadcast address of ${range}`;
  return undefined;
}

/**
 * Addresses that the one written may have, so that it and `span` more after it lie in the range. The router is the
 * first address of its network: only what starts there has to leave it out.
 */
function choices(range: string, router: string | undefined, span: number): string {
  const { first, last } = cidr(range);
  const from = first + (router === formatAddress(first + 1) ? 2 : 1);
  const to = last - 1 - span;
  if (from > to) return `choose a larger subnet than ${range}`;
  return from === to ? `use ${formatAddress(from)}` : `use ${formatAddress(from)} to ${formatAddress(to)}`;
}

/** A load balancer's address must lie in a subnet that is made. */
export const balancersInSubnets: Rule = (subject) =>
  holders(subject).flatMap((holder): readonly Fault[] => {
    const network = own(subject.stage.networks, holder.network);
    if (holder.kind !== "load-balancer" || holder.subnet !== undefined || network?.kind !== "hetzner") return [];
    const made = subnets(subject).filter((subnet) => subnet.network === holder.network);
    return [
      {
        path: holder.path,
        message: `${holder.address} (${holder.what}) is in no subnet of network ${holder.network}`,
        remedy:
          made.length > 0
            ? `choose from ${oneOf([...new Set(made.map((subnet) => subnet.cidr))])}`
            : "put a pool or the gateway in that network first",
      },
    ];
  });

/** Addresses that MetalLB gives out must be nobody's. Its release looks at those of nodes. */
export const poolsFree: Rule = (subject) => {
  const metallb = subject.stage.platform.metallb as
    | { readonly pools: Readonly<Record<string, { readonly addresses: readonly string[] }>> }
    | undefined;
  const others = holders(subject).filter(({ kind }) => kind !== "node" && kind !== "host");
  return Object.entries(metallb?.pools ?? {}).flatMap(([name, pool]) =>
    pool.addresses.flatMap((text, index) => {
      const range = parsePool(text);
      return others
        .filter((holder) => range !== undefined && contains(range, place(holder.address)))
        .map((holder) => ({
          path: formatPath(["platform", "metallb", "pools", name, "addresses", index]),
          message: `${text} of pool ${name} contains ${holder.address} of ${holder.what}`,
          remedy: "choose addresses that nothing else has",
        }));
    }),
  );
};

/** The API's address outlives every machine; one that a machine has would go with it. */
export const endpointStable: Rule = (subject) => {
  const endpoint = endpointOf(subject.stage.cluster);
  if (endpoint?.kind !== "address") return [];
  return holders(subject)
    .filter((holder) => holder.address === endpoint.host)
    .map((holder) => ({
      path: "groundwork:cluster.endpoint.host",
      message: `${endpoint.host} is the address of ${holder.what}: without it, nobody would reach the API`,
      remedy: "write a virtual address or a DNS name that you can point elsewhere, or use kind: load-balancer",
    }));
};
