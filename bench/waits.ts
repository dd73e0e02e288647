import { timelineOf } from "../rehearsal/engine/timeline.ts";
import { mandatoryChain } from "./mandatory.ts";
import { measure } from "./measure.ts";

/** Says how a figure compares with its limit. */
type Say = (what: string, value: number, limit: number, unit: string) => void;

/** Virtual seconds that something may begin after all that it had to wait for. */
const patience = 10;

/** Whether a stack takes longer than it must, and whether anything in it waits for what it does not need. */
export async function sayWaits(stack: string, say: Say): Promise<void> {
  const { run } = await measure(stack);
  if (!run.succeeded) throw new Error(`the rehearsal of ${stack} failed`);
  const { makespan } = timelineOf(run);
  const chain = mandatoryChain(run);
  process.stdout.write(
    `${stack}: makespan ${makespan.toFixed(0)} s; longest mandatory chain ${chain.seconds.toFixed(0)} s: ${chain.names.join(" → ")}\n`,
  );
  say(`${stack}: makespan over the longest mandatory chain`, makespan / chain.seconds, 1.1, "x");
  say(`${stack}: longest wait without a reason (${chain.idle.name})`, chain.idle.seconds, patience, " s");
}
