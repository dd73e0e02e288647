import type { Clusters } from "../command/k3s/clusters.ts";
import type { ProviderModel, ResourceModel } from "../model.ts";
import { createApis } from "./api.ts";
import type { Charts } from "./charts.ts";
import { connected } from "./connection.ts";
import { type Kind, kindOf } from "./kinds.ts";
import { type Connect, objectModel, patchModel } from "./objects.ts";
import { providerResource } from "./provider-resource.ts";
import { releaseModel } from "./release.ts";

/** Composed by the provider itself out of other resources: never asked of a model. */
const components = new Set(["helm.sh", "kustomize", "yaml"]);

/** `@pulumi/kubernetes` 4.34.2, on simulated clusters. Times in outputs count from `startedAt`. */
export function createKubernetes(args: {
  readonly charts: Charts;
  readonly clusters: Clusters;
  readonly startedAt?: Date;
}): ProviderModel {
  const apis = createApis();
  const startedAt = args.startedAt ?? new Date("2026-01-01T00:00:00Z");
  const models = new Map<string, ResourceModel>([["pulumi:providers:kubernetes", providerResource]]);
  const connect: Connect = (context) => {
    const cluster = connected(args.clusters, context);
    return { cluster, api: apis.of(cluster), context };
  };
  models.set("kubernetes:helm.sh/v3:Release", releaseModel(connect, args.charts));
  const modelOf = (kind: Kind): ResourceModel =>
    kind.patch ? patchModel(kind, connect) : objectModel(kind, connect, startedAt);
  return {
    name: "kubernetes",
    resource(type) {
      const known = models.get(type);
      const kind = kindOf(type);
      if (known !== undefined || kind === undefined || components.has(kind.group)) return known;
      const made = modelOf(kind);
      models.set(type, made);
      return made;
    },
    finish() {
      apis.settle();
      return [];
    },
  };
}
