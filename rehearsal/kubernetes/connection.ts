import type { Cluster } from "../command/k3s/cluster.ts";
import type { Clusters } from "../command/k3s/clusters.ts";
import { type Context, ServiceError } from "../model.ts";

/** The cluster that a resource's provider talks to. @throws ServiceError when it answers no one. */
export function connected(clusters: Clusters, context: Context): Cluster {
  const kubeconfig = context.provider?.inputs.kubeconfig;
  if (typeof kubeconfig !== "string" || kubeconfig === "") {
    throw unreachable(
      `unable to load Kubernetes client configuration from kubeconfig file. In the rehearsal: ${context.name} has ${context.provider === undefined ? "no explicit provider" : "a provider without a kubeconfig"}, and would use whatever ~/.kube/config points at`,
    );
  }
  const reached = clusters.byServer(kubeconfig, context.now);
  if (reached.kind === "refused")
    throw unreachable(`unable to load schema information from the API server: ${reached.message}`);
  return reached.cluster;
}

function unreachable(reason: string): ServiceError {
  return new ServiceError("Unreachable", `configured Kubernetes cluster is unreachable: ${reason}`);
}
