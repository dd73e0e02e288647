import { joinsTailnet, talosNode, talosOptions } from "../../config/talos-cluster.ts";
import { changeOrder } from "../../lib/change-order.ts";
import type { ClusterNode, TalosOptions } from "../../lib/talos/options.ts";
import { UsageError } from "../../rehearsal/engine/stack-file.ts";
import { readStage } from "../stage.ts";

/** The Talos cluster that a stack file describes. */
export interface TalosStage {
  /** Names its resources. */
  readonly cluster: string;
  readonly options: TalosOptions;
  /** Machines join the tailnet by an extension in their image. */
  readonly joinsTailnet: boolean;
  /** Control planes in the order in which they are named, then workers. */
  readonly nodes: readonly ClusterNode[];
}

/** @throws UsageError when there is no such stack, when it is wrong, or when no Talos is in it. */
export function talosStage(project: string, stack: string): TalosStage {
  const parsed = readStage(project, stack);
  const { cluster } = parsed.stage;
  if (cluster.distribution !== "talos")
    throw new UsageError(`${stack} runs ${cluster.distribution}: there is no Talos in it`);
  const stage = { ...parsed.stage, cluster };
  return {
    cluster: cluster.name,
    options: talosOptions(stage),
    joinsTailnet: joinsTailnet(stage),
    nodes: parsed.nodes.map((node) => talosNode(stage, node)),
  };
}

/** @throws UsageError when the stack file has no such node */
export function nodeOf({ nodes }: TalosStage, id: string): ClusterNode {
  const node = nodes.find((each) => each.id === id);
  if (node === undefined)
    throw new UsageError(`there is no node ${id}. There are: ${nodes.map((each) => each.id).join(", ")}`);
  return node;
}

export const controlPlanesOf = ({ nodes }: TalosStage): readonly ClusterNode[] =>
  nodes.filter(({ role }) => role === "control-plane");

/** All nodes in the order in which they change in a cluster that stands, as `pulumi up` has it. */
export function inOrder(stage: TalosStage): readonly ClusterNode[] {
  const controlPlanes = controlPlanesOf(stage);
  const standing = new Set(controlPlanes.map(({ name }) => name));
  return [...changeOrder(controlPlanes, standing), ...stage.nodes.filter(({ role }) => role === "worker")];
}
