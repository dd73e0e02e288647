import { durations } from "../../durations.ts";
import { deadline, exited, parameter, type Step } from "./step.ts";

/** Prints the administrator's kubeconfig, which a running k3s server has written. */
export const kubeconfig: Step = async (request) => {
  const cluster = request.clusters.of(request.host);
  const node = [...(cluster?.nodes.values() ?? [])].find((each) => each.host === request.host);
  const from = Math.max(request.at, cluster?.readyAt ?? request.at);
  if (cluster === undefined || node?.role !== "server" || from > deadline(request)) {
    throw exited(
      request,
      `no /etc/rancher/k3s/k3s.yaml after ${deadline(request) - request.at}s: it is written by a running k3s server; look at 'systemctl status k3s'`,
    );
  }
  const renews = parameter(request, "renewal") !== "";
  const text = await (renews ? request.clusters.newKubeconfig(cluster) : request.clusters.kubeconfig(cluster));
  return { stdout: text.trimEnd(), until: from + durations.step.kubeconfig };
};
