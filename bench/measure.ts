import { join } from "node:path";
import type { Run } from "../rehearsal/engine/events.ts";
import { runProgram } from "../rehearsal/engine/run.ts";
import { loadStackConfig } from "../rehearsal/engine/stack-file.ts";
import { emptyState } from "../rehearsal/engine/state.ts";
import { createWorld } from "../rehearsal/world.ts";
import { type BenchStack, stageWithWorkers } from "./stages.ts";

export const projectDir = join(import.meta.dirname, "..");

/** An account that holds the largest stage: the benchmark is about time, not about quotas. */
const quotas = { servers: 2000, cores: 20_000, networks: 100, placement_groups: 500, primary_ips: 2000 };

export interface Measurement {
  /** From the program's start to its end, models included. */
  readonly seconds: number;
  readonly run: Run;
}

/** Rehearses `empty`, a program without a line in it; `workers-<n>`; or a stack that there is a file of. */
export async function measure(what: string): Promise<Measurement> {
  const { config, secretKeys } = stackOf(what);
  const world = createWorld(
    { stack: "bench", config, secrets: secretKeys.map((key) => config[key] ?? "") },
    { quotas },
  );
  const began = performance.now();
  const { recording } = await runProgram({
    projectDir,
    project: "groundwork",
    stack: "bench",
    config,
    secretKeys,
    models: world.models,
    state: emptyState,
    // The SDK's runner as the engine starts it.
    ...(what === "empty" ? { entry: "bench/empty.ts", nodeArguments: [] } : {}),
  });
  return { seconds: (performance.now() - began) / 1000, run: recording };
}

function stackOf(what: string): BenchStack {
  if (what === "empty") return { config: {}, secretKeys: [] };
  const workers = /^workers-(\d+)$/.exec(what)?.[1];
  return workers === undefined ? loadStackConfig(projectDir, what) : stageWithWorkers(Number(workers));
}
