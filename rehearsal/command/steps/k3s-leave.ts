import { durations } from "../../durations.ts";
import { quorum } from "../k3s/cluster.ts";
import { deadline, exited, parameter, type Step } from "./step.ts";

/** k3s leaves it where its etcd member was removed, and does not start while it is there. */
export const tombstone = "/var/lib/rancher/k3s/server/db/etcd/tombstone";

/** On a control plane that stays: snapshot, drain, etcd member removed, Node deleted; refused when the quorum would go. */
export const k3sLeave: Step = (request) => {
  const name = parameter(request, "name");
  const cluster = request.clusters.of(request.host);
  if (cluster === undefined || !quorum(cluster).kept) {
    throw exited(
      request,
      `the API server on this control plane does not answer, so ${name} cannot be removed in order. If etcd has lost its quorum, restore it from a snapshot first`,
    );
  }
  const node = cluster.nodes.get(name);
  if (node === undefined) {
    return {
      stdout: "",
      stderr: `groundwork: ${name} is not in the cluster`,
      until: request.at + durations.step.other,
    };
  }
  const from = Math.max(request.at, cluster.lockedUntil);
  if (from > deadline(request)) {
    throw exited(request, "another change of the cluster's members is under way. Wait for it to end, and run again");
  }
  if (node.role === "server") {
    const staying = quorum(cluster).voters.filter((voter) => voter !== node);
    const dead = staying.filter((voter) => voter.host.removed).map((voter) => voter.name);
    const needed = Math.floor(staying.length / 2) + 1;
    if (staying.length === 0) {
      throw exited(
        request,
        `${name} holds the last etcd member, and removing it would end the cluster: nothing was changed. To remove the cluster, destroy the stack`,
      );
    }
    if (staying.length - dead.length < needed) {
      throw exited(
        request,
        `removing ${name} would leave ${staying.length - dead.length} healthy of ${staying.length} etcd members, and ${needed} are needed: nothing was changed. Not healthy: ${dead.join(", ")}. Bring those back, or remove them first; then run again`,
      );
    }
    if (dead.length > 0) {
      throw exited(
        request,
        `etcd has other members that are not healthy voters: ${dead.join(", ")}. Two changes at once risk the quorum: nothing was changed. Bring them back, or remove them before ${name}; then run again`,
      );
    }
    node.host.files.set(tombstone, "");
  }
  cluster.nodes.delete(name);
  cluster.lockedUntil = from + durations.step.k3sLeave;
  return { stdout: "", stderr: `groundwork: ${name} has left the cluster`, until: cluster.lockedUntil };
};
