import type { ClusterNode } from "../../command/k3s/cluster.ts";
import type { Toleration } from "../needs.ts";
import { now, type ReadinessRule } from "./rule.ts";

/** A cluster all of whose nodes are tainted takes only pods that tolerate it. */
export const taints: ReadinessRule = (situation) => {
  const { cluster, needs, subject } = situation;
  const { pods } = needs;
  if (pods === undefined || pods.beforeNodes) return now(situation);
  const nodes = [...cluster.nodes.values()].filter(({ host }) => !host.removed);
  const ready = nodes.filter((node) => blocking(node, pods.tolerations).length === 0).map(({ readyAt }) => readyAt);
  if (ready.length > 0) return { kind: "from", time: Math.max(situation.now, Math.min(...ready)) };
  const each = nodes.map((node) => `${node.name} (${blocking(node, pods.tolerations).join(", ")})`);
  return {
    kind: "never",
    reason: `no node takes its pods: ${each.join("; ")}`,
    remedy: `add a worker and let ${subject} depend on its join, or leave a node without the taint, or give ${subject} the toleration`,
  };
};

/** Taints of a node that keep a pod away. */
function blocking(node: ClusterNode, tolerations: readonly Toleration[]): string[] {
  return node.taints.filter((taint) => {
    const [assignment = "", effect] = taint.split(":");
    const [key] = assignment.split("=");
    if (effect !== "NoSchedule" && effect !== "NoExecute") return false;
    return !tolerations.some(
      (toleration) =>
        (toleration.key === undefined || toleration.key === key) &&
        (toleration.effect === undefined || toleration.effect === "" || toleration.effect === effect),
    );
  });
}
