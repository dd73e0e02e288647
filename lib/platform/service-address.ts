import { z } from "zod";
import { contains, parseAddress, parsePool } from "../address.ts";
import { addressPool } from "../primitives.ts";
import type { PlatformContext, ReleaseFault } from "./release.ts";

/** Who gives addresses to Services of type LoadBalancer, and by which annotation a Service asks for one of them. */
const givers = [
  // docs.cilium.io, "LoadBalancer IP Address Management (LB IPAM)", "Requesting IPs"
  { release: "cilium", annotation: "lbipam.cilium.io/ips" },
  // metallb.io/usage, "Requesting specific IPs"
  { release: "metallb", annotation: "metallb.io/loadBalancerIPs" },
] as const;

const pooled = z.looseObject({
  pools: z.record(z.string(), z.looseObject({ addresses: z.array(addressPool) })),
});

interface Giver {
  readonly annotation: string;
  readonly ranges: readonly string[];
}

function giverOf({ releases }: PlatformContext): Giver | undefined {
  for (const { release, annotation } of givers) {
    const parsed = pooled.safeParse(releases.get(release));
    const ranges = parsed.success ? Object.values(parsed.data.pools).flatMap(({ addresses }) => addresses) : [];
    if (ranges.length > 0) return { annotation, ranges };
  }
  return undefined;
}

/** Annotations of a Service that is to have this address of a pool. */
export function addressAnnotations(address: string, context: PlatformContext): Readonly<Record<string, string>> {
  const giver = giverOf(context);
  return giver === undefined ? {} : { [giver.annotation]: address };
}

/** A Service that asks for an address which nobody gives out waits for ever. */
export function addressFaults(
  address: string,
  path: readonly string[],
  context: PlatformContext,
): readonly ReleaseFault[] {
  const giver = giverOf(context);
  if (giver === undefined)
    return [
      {
        path,
        message: `nobody gives out ${address}: neither Cilium nor MetalLB has a pool of addresses`,
        remedy: "add groundwork:platform.cilium.pools or groundwork:platform.metallb, or leave the address out",
      },
    ];
  const number = parseAddress(address);
  const inside = giver.ranges.some((text) => {
    const range = parsePool(text);
    return range !== undefined && number !== undefined && contains(range, { first: number, last: number });
  });
  return inside
    ? []
    : [
        {
          path,
          message: `${address} is in no pool of addresses: ${giver.ranges.join(", ")}`,
          remedy: "choose one of those, or add it to a pool",
        },
      ];
}
