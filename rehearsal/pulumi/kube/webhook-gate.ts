import {
  ApiextensionsV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1CustomResourceDefinition,
} from "@kubernetes/client-node";
import { type Watcher, watchObjects } from "./watch.ts";

/**
 * Admission plugins that the API server of the engine tests runs without. No pod of it really runs, so no admission
 * webhook can answer, and one with failurePolicy Fail would refuse its kinds for ever. Switched off here they stay in
 * the API as charts made them, and there is no moment in which one is already asked and not yet removed.
 */
export const unansweredAdmission: readonly string[] = ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"];

/**
 * Turns conversion webhooks of custom resource definitions off as they appear: the API server has no switch for those,
 * and reading a kind in a version that it is not stored in would fail. Its versions are then taken as equal.
 */
export async function openConversions(config: KubeConfig): Promise<Watcher> {
  const extensions = config.makeApiClient(ApiextensionsV1Api);
  return await watchObjects<V1CustomResourceDefinition>({
    config,
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    list: () => extensions.listCustomResourceDefinition(),
    handle: async ({ metadata, spec }) => {
      if (spec.conversion?.strategy !== "Webhook") return;
      await extensions.patchCustomResourceDefinition(
        { name: metadata?.name ?? "", body: { spec: { conversion: { strategy: "None", webhook: null } } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
    },
  });
}
