import { type Node, planNodes } from "../lib/nodes.ts";
import { hostOf, placed } from "../lib/proxmox/nodes.ts";
import { nodesOn, type Pool } from "./pools.ts";
import type { Stage } from "./stage.ts";

/** Every node of a stage, with what its kind of machine says of it. */
export function planStageNodes({ cluster, pools }: Pick<Stage, "cluster" | "pools">): readonly Node<Pool>[] {
  return planNodes(cluster, pools).map((node) => {
    const [machine] = nodesOn([node], "proxmox");
    return machine === undefined ? node : placed(cluster.name, hostOf(machine), node);
  });
}
