import { createHash } from "node:crypto";
import { currentEntry } from "../command/k3s/client.ts";
import type { Context, ResourceModel } from "../model.ts";

/**
 * `pulumi:providers:kubernetes`. It reaches no cluster by itself: what is made through it does.
 * Source: pulumi-kubernetes, provider/pkg/provider/provider.go (CheckConfig, DiffConfig).
 */
export const providerResource: ResourceModel = {
  replaceOn: ["clusterIdentifier"],
  create(inputs, context) {
    check(inputs, context);
    const id = createHash("sha256").update(context.urn).digest("hex").slice(0, 32);
    return { id, outputs: inputs, seconds: 0 };
  },
  update(inputs, _old, context) {
    check(inputs, context);
    return { outputs: inputs, seconds: 0 };
  },
  delete: () => 0,
};

function check(inputs: Readonly<Record<string, unknown>>, context: Context): void {
  const { kubeconfig, clusterIdentifier } = inputs;
  if (typeof kubeconfig !== "string" || kubeconfig === "") {
    context.finding({
      rule: "ambient-kubeconfig",
      message: `the provider ${context.name} has no kubeconfig: it silently takes ~/.kube/config, and whatever cluster its current context names`,
      remedy: "set kubeconfig to the cluster's own",
    });
  } else {
    currentEntry(kubeconfig);
  }
  if (typeof clusterIdentifier === "string" && clusterIdentifier !== "") return;
  context.finding({
    rule: "cluster-identifier",
    message: `the provider ${context.name} has no clusterIdentifier: a kubeconfig that is unknown in a preview, or has another server address, makes it another cluster, and everything on it is replaced`,
    remedy: "set clusterIdentifier to a fixed name, and change it only when the cluster is rebuilt on purpose",
  });
}
