import type { PlannedMachine, PoolPlan } from "../nodes.ts";

/** What a pool of Hetzner servers adds to a pool. */
export interface HetznerPoolPlan extends PoolPlan {
  readonly type: string;
  readonly locations: readonly string[];
  readonly nodes: Readonly<
    Record<
      string,
      PoolPlan["nodes"][string] & { readonly location?: string | undefined; readonly type?: string | undefined }
    >
  >;
}

/** Place in a pool's `locations` of the one dealt out to a node. */
export const locationIndex = (pool: Pick<HetznerPoolPlan, "locations">, number: number): number =>
  (number - 1) % pool.locations.length;

/** Where a node's server stands: dealt out by number, so that it does not depend on how many others there are. */
export function location({ pool, number }: PlannedMachine<HetznerPoolPlan>): string {
  const own = pool.nodes[String(number)]?.location;
  return own ?? pool.locations[locationIndex(pool, number)] ?? "";
}

export const serverType = ({ pool, number }: PlannedMachine<HetznerPoolPlan>): string =>
  pool.nodes[String(number)]?.type ?? pool.type;
