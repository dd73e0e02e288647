import { z } from "zod";
import { label, secretName } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { commonOptions, defineRelease, type PlannedManifest, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { storage, storageNeeds } from "../storage.ts";

const cluster = z.strictObject({
  namespace: label.default("databases").meta({ description: "Namespace that it lives in." }),
  shards: z.int().min(1).max(100).default(3).meta({ description: "Parts that keys are spread over." }),
  replicas: z.int().min(0).max(5).default(1).meta({ description: "Copies of each part beside its primary." }),
  user: label.default("app").meta({ description: "User that applications sign on as." }),
  passwordSecret: secretName.meta({ description: "Secret with that user's password." }),
  storage: storage("5Gi"),
});

const options = z.strictObject({
  ...commonOptions,
  clusters: z
    .record(label, cluster)
    .default({})
    .meta({ description: "Valkey clusters by name. Applications read <name>-users in its namespace." }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "valkey-operator",
  repository: "https://valkey.io/valkey-helm/",
  // renovate: datasource=helm depName=valkey-operator registryUrl=https://valkey.io/valkey-helm/
  version: "0.4.0",
};

/** Chart facts and form of a cluster: github.com/valkey-io/valkey-helm, valkey-operator and its definitions (v1alpha1). */
export const valkeyOperator = defineRelease<Options>({
  name: "valkey-operator",
  description: "Valkey clusters, sharded and replicated. The operator calls its interface alpha.",
  chart,
  namespace: "valkey-operator",
  podSecurity: "restricted",
  options,
  provides: () => chartKinds(chart.chart),
  values: () => ({}),
  manifests: ({ clusters }) => Object.entries(clusters).flatMap(([name, each]) => objects(name, each)),
  secrets: ({ clusters }) => Object.values(clusters).map(({ passwordSecret }) => passwordSecret),
});

function objects(name: string, chosen: z.output<typeof cluster>): readonly PlannedManifest[] {
  const { namespace, shards, replicas, user, passwordSecret, storage: kept } = chosen;
  const users = `${name}-users`;
  return [
    { manifest: secretManifest({ name: users, namespace, data: { [user]: new SecretRef(passwordSecret) } }) },
    {
      manifest: {
        apiVersion: "valkey.io/v1alpha1",
        kind: "ValkeyCluster",
        metadata: { name, namespace },
        spec: {
          shards,
          replicas,
          users: [
            {
              name: user,
              passwordSecret: { name: users, keys: [user] },
              // All keys and channels; not the commands that are for whoever runs it.
              keys: { readWrite: ["*"] },
              channels: { patterns: ["*"] },
              commands: { allow: ["@all"], deny: ["@admin", "@dangerous"] },
            },
          ],
          ...(kept === "none"
            ? {}
            : {
                persistence: {
                  size: kept.size,
                  ...(kept.class === undefined ? {} : { storageClassName: kept.class }),
                },
              }),
        },
      },
      needs: [`secret:${namespace}/${users}`, ...storageNeeds(kept)],
    },
  ];
}
