import type { LoadedStage } from "../../config/load.ts";
import type { ExposedHost } from "../../lib/platform/release.ts";
import { type PlannedRecord, planRecords } from "./records.ts";

/** Records of everything that a stage exposes. */
export function planStageRecords(stage: LoadedStage, exposed: readonly ExposedHost[]): readonly PlannedRecord[] {
  if (stage.dns === undefined) return [];
  return planRecords(
    stage.dns,
    exposed.map(({ host }) => host),
    (pool) => stage.machines.filter(({ poolName }) => poolName === pool),
  );
}
