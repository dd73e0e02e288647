import { type PlannedMachine, planMachines } from "../lib/nodes.ts";
import type { Pool } from "./pools.ts";
import type { Stage, StageOf } from "./stage.ts";

/** The machine that runs the Docker of k3d's nodes. Absent: the one that runs the program. */
export function dockerHostOf({ cluster, pools }: Pick<Stage, "cluster" | "pools">): PlannedMachine<Pool> | undefined {
  const own = Object.entries(pools).filter(([, { role }]) => role === "docker-host");
  return planMachines(cluster, Object.fromEntries(own))[0];
}

/** Where the API of a cluster of k3d answers: on the machine that runs Docker. */
export function k3dApi(stage: StageOf<"k3d">): { readonly address: string; readonly port: number } {
  const { address, port } = stage.cluster.api;
  return { address: address ?? dockerHostOf(stage)?.address ?? "127.0.0.1", port };
}
