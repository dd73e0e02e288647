import { networkCharts } from "../needs.ts";
import { firstReady, now, type ReadinessRule } from "./rule.ts";

/** Without a network plugin every node is NotReady and takes only what brings one. */
export const network: ReadinessRule = (situation) => {
  const { cluster, api, needs, subject } = situation;
  if (needs.pods === undefined || needs.pods.beforeNodes || cluster.settings.bundledNetwork) return now(situation);
  const release = firstReady(api, networkCharts);
  if (release === undefined) {
    return {
      kind: "never",
      reason: `k3s was started with flannel-backend none and nothing brings a network: every node is NotReady, and no pod of ${subject} runs`,
      remedy: `let ${subject} depend on the release that brings the network, such as cilium`,
    };
  }
  const by = { urn: release.urn, resource: release.resource, gives: "the pods' network" };
  return { kind: "from", time: release.readyAt, by };
};
