import { cloudControllerCharts } from "../needs.ts";
import { firstReady, now, type ReadinessRule } from "./rule.ts";

export const uninitialized = "node.cloudprovider.kubernetes.io/uninitialized";

/** Nodes that wait for a cloud provider are tainted until a cloud controller manager has said what machine each is. */
export const cloudProvider: ReadinessRule = (situation) => {
  const { cluster, api, needs, subject } = situation;
  const { pods } = needs;
  const waiting = [...cluster.nodes.values()].filter((node) => node.externalCloudProvider);
  const known = waiting.length < cluster.nodes.size;
  const tolerated = pods?.tolerations.some(({ key }) => key === undefined || key === uninitialized);
  if (pods === undefined || pods.beforeNodes || tolerated || known) return now(situation);
  const release = firstReady(api, cloudControllerCharts);
  if (release === undefined) {
    return {
      kind: "never",
      reason: `every node has the taint ${uninitialized}, because kubelets were started with cloud-provider=external and no cloud controller manager runs: no pod of ${subject} is scheduled`,
      remedy: `let ${subject} depend on the release of the cloud controller manager, such as hcloud-cloud-controller-manager`,
    };
  }
  const by = { urn: release.urn, resource: release.resource, gives: `the end of the taint ${uninitialized}` };
  return { kind: "from", time: release.readyAt, by };
};
