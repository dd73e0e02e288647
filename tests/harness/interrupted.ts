import { expect } from "vitest";
import { expectOk } from "./cluster.ts";
import type { Host, RunArgs, World } from "./host.ts";

export interface Interrupted {
  readonly from: World;
  readonly host: (world: World) => Host;
  readonly args: RunArgs;
  /** What must be the same as if it had never been cut off. */
  readonly view: (world: World) => unknown;
}

/** Places that a run is cut off at: so many, or with CUT=everywhere, as the workflow `nightly` does, all there are. */
const most = process.env.CUT === "everywhere" ? Number.POSITIVE_INFINITY : 8;

/**
 * Where a run can be cut off: after each command that it calls, less repetitions (of a file that is written, of a poll),
 * and of these at most `most`, evenly spread.
 */
function points(log: readonly string[]): number[] {
  const seen = new Map<string, number>();
  const different = log.flatMap((line, index) => {
    const word = line.split(" ", 1)[0] ?? "";
    const key = "chmod cp ln mkdir mv rm sleep date".split(" ").includes(word) ? word : line;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times <= (key === word ? 2 : 1) ? [index + 1] : [];
  });
  const step = Math.max(1, different.length / most);
  return different.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** Runs a step to the end; then, wherever it can be cut off, does so in a fresh copy and runs it again. */
export async function converges({ from, host, args, view }: Interrupted): Promise<void> {
  const before = host(from).log().length;
  const straight = from.copy();
  expectOk(await host(straight).run(args));
  const log = host(straight).log().slice(before);
  const expected = view(straight);
  straight.remove();
  // The last command is left out: after it there is nothing more to be cut off.
  const next = points(log.slice(0, -1));
  expect(next.length).toBeGreaterThan(5);
  const worker = async () => {
    for (let killAfter = next.shift(); killAfter !== undefined; killAfter = next.shift()) {
      const world = from.copy();
      const cut = await host(world).run({ ...args, killAfter });
      expect([killAfter, cut.code]).toEqual([killAfter, undefined]);
      const outcome = await host(world).run(args);
      expect([killAfter, outcome.code, outcome.stderr]).toEqual([killAfter, 0, expect.any(String)]);
      expect([killAfter, view(world)]).toEqual([killAfter, expected]);
      expect(world.unknown()).toBe("");
      world.remove();
    }
  };
  await Promise.all([worker(), worker(), worker()]);
}
