import { contains, overlaps, parseAddress, parsePool } from "../address.ts";
import type { PlatformContext, ReleaseFault } from "./release.ts";

interface Span {
  readonly what: string;
  readonly first: number;
  readonly last: number;
}

const span = (what: string, text: string): readonly Span[] => {
  const range = parsePool(text);
  return range === undefined ? [] : [{ what, first: range.first, last: range.last }];
};

/** Addresses of pools for Services that two would answer for: another pool's, a node's, a pod's or a Service's. */
export function poolFaults(
  pools: Readonly<Record<string, { readonly addresses: readonly string[] }>>,
  context: PlatformContext,
): readonly ReleaseFault[] {
  const ranges = Object.entries(pools).flatMap(([name, { addresses }]) =>
    addresses.flatMap((text, index) =>
      span(`${text} of pool ${name}`, text).map((range) => ({ ...range, path: ["pools", name, "addresses", index] })),
    ),
  );
  const taken = [
    ...span(`the pods' network ${context.cluster.podCidr}`, context.cluster.podCidr),
    ...span(`the services' network ${context.cluster.serviceCidr}`, context.cluster.serviceCidr),
  ];
  return ranges.flatMap((range, index) => {
    const clashes = [...ranges.slice(0, index), ...taken].filter((other) => overlaps(range, other));
    const nodes = [...context.controlPlanes, ...context.workers].filter(({ address }) => {
      const number = parseAddress(address);
      return number !== undefined && contains(range, { first: number, last: number });
    });
    return [
      ...clashes.map(({ what }) => ({
        path: range.path,
        message: `${range.what} overlaps ${what}`,
        remedy: "choose addresses that nothing else has",
      })),
      ...nodes.map(({ name, address }) => ({
        path: range.path,
        message: `${range.what} contains ${address} of node ${name}`,
        remedy: "leave nodes' addresses out of pools",
      })),
    ];
  });
}
