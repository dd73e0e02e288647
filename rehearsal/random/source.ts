import { createHmac } from "node:crypto";

/** A stream of bytes that look random and depend on nothing but the seed and the label. */
export interface Source {
  bytes(count: number): Buffer;
  /** An integer from 0 to `limit` - 1, each as likely as the other. */
  below(limit: number): number;
}

/** Rehearsing twice with one seed yields the same passwords, so that two recordings can be compared. */
export function createSource(seed: string, label: string): Source {
  let block = 0;
  let pool = Buffer.alloc(0);
  const bytes = (count: number): Buffer => {
    while (pool.length < count) {
      pool = Buffer.concat([pool, createHmac("sha512", seed).update(`${label}\0${block++}`).digest()]);
    }
    const taken = pool.subarray(0, count);
    pool = pool.subarray(count);
    return taken;
  };
  const below = (limit: number): number => {
    // A plain remainder would favour small numbers: draws past the last whole multiple of the limit are thrown away.
    const ceiling = Math.floor(2 ** 48 / limit) * limit;
    let drawn = bytes(6).readUIntBE(0, 6);
    while (drawn >= ceiling) drawn = bytes(6).readUIntBE(0, 6);
    return drawn % limit;
  };
  return { bytes, below };
}

/**
 * A source per creation: a resource that is replaced keeps its URN but must get a new value, as on the real thing.
 */
export function createSources(seed: string): (urn: string) => Source {
  const creations = new Map<string, number>();
  return (urn) => {
    const count = creations.get(urn) ?? 0;
    creations.set(urn, count + 1);
    return createSource(seed, `${urn}#${count}`);
  };
}

/** All of a list in another order. */
export function shuffled<T>(list: readonly T[], source: Source): T[] {
  const rest = [...list];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(source.below(rest.length), 1));
  return result;
}
