import { isNode, type PlannedMachine, planMachines } from "../lib/nodes.ts";
import { hostOf, placed } from "../lib/proxmox/nodes.ts";
import { nodesOn, type Pool } from "./pools.ts";
import type { Stage } from "./stage.ts";

/** Every machine of a stage; a node with what its kind of machine says of it. */
export function planStageMachines({
  cluster,
  pools,
}: Pick<Stage, "cluster" | "pools">): readonly PlannedMachine<Pool>[] {
  return planMachines(cluster, pools).map((machine) => {
    const [virtual] = nodesOn([machine].filter(isNode), "proxmox");
    return virtual === undefined ? machine : placed(cluster.name, hostOf(virtual), machine);
  });
}
