import { afterEach, expect } from "vitest";
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
