import { afterEach, expect } from "vitest";
import { Rig } from "./rig.ts";

/** Rigs of the test that runs: checked and stopped when it ends. To be called at the top of a test file. */
export function rigs(): (...args: ConstructorParameters<typeof Rig>) => Rig {
  const used: Rig[] = [];
  afterEach(async () => {
    for (const rig of used.splice(0)) {
      expect([rig.machines.failures(), rig.world.unknown()]).toEqual([[], ""]);
      await rig.stop();
    }
  });
  return (...args) => {
    const rig = new Rig(...args);
    used.push(rig);
    return rig;
  };
}
