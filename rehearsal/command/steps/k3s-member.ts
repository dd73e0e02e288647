import { durations } from "../../durations.ts";
import { deadMembers } from "../k3s/cluster.ts";
import { deadline, exited, parameter, type Step } from "./step.ts";

/** On a control plane: waits until a node is Ready and, if it is a server, a healthy voter among healthy voters. */
export const k3sMember: Step = (request) => {
  const name = parameter(request, "name");
  const incomplete = (missing: string) =>
    exited(
      request,
      `${name} is not a complete part of the cluster after ${deadline(request) - request.at}s: ${missing}. Look at 'k3s kubectl describe node ${name}' and at 'journalctl -u k3s' on ${name}; run again when it is corrected`,
    );
  const cluster = request.clusters.of(request.host);
  if (cluster === undefined) throw incomplete("the API server does not answer");
  const node = cluster.nodes.get(name);
  if (node === undefined || node.host.removed) throw incomplete(`no Node named ${name} is registered`);
  const dead = deadMembers(cluster);
  if (node.role === "server" && dead.length > 0) {
    throw incomplete(`etcd member ${dead.join(", ")} is not healthy, or no Node has it`);
  }
  const state = (word: string): string =>
    `groundwork: ${name} is ${word}${node.role === "server" ? ", and a healthy voting member of etcd" : ""}`;
  // Where pods have no network yet, no node is Ready, and with ready=no none is waited for.
  if (request.parameters.ready === "no" && cluster.networkAt > request.at) {
    const registered = Math.max(request.at, node.readyAt) + durations.step.k3sMember;
    return { stdout: "", stderr: state("registered"), until: registered };
  }
  const ready = Math.max(request.at, node.readyAt, cluster.networkAt);
  if (cluster.networkAt > deadline(request)) {
    throw incomplete(
      `Node ${name} is not Ready. In the rehearsal: k3s was started with flannel-backend none, and nothing that this waits for brings a network`,
    );
  }
  if (ready > deadline(request)) throw incomplete(`Node ${name} is not Ready`);
  return { stdout: "", stderr: state("Ready"), until: ready + durations.step.k3sMember };
};
