import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { running } from "./cluster.ts";
import type { World } from "./host.ts";

/** Worlds of the test that runs: checked and removed when it ends. To be called at the top of a test file. */
export function worlds(): (world: World) => World {
  const used: World[] = [];
  afterEach(() => {
    for (const world of used.splice(0)) {
      // What nothing simulates proves nothing.
      expect(world.unknown()).toBe("");
      world.remove();
    }
  });
  return (world) => {
    used.push(world);
    return world;
  };
}

/**
 * A cluster of three control planes and a worker to break, another one with each call. It is made once for a test file,
 * at whose top this is to be called.
 */
export function clustersOfThree(keep: (world: World) => World): () => World {
  let three: World;
  beforeAll(async () => {
    three = await running(3, 1);
  }, 60_000);
  afterAll(() => three.remove());
  return () => keep(three.copy());
}
