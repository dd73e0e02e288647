import { z } from "zod";
import { label, secretName } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { monitored, podMonitors } from "../monitoring.ts";
import {
  backup,
  backupFaults,
  backupNeeds,
  backupObjects,
  backupSecrets,
  backupSpec,
  bootstrapSpec,
  recovery,
} from "../postgres-backup.ts";
import { commonOptions, defineRelease, type PlannedManifest, type PlatformContext, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { lasting, storageNeeds } from "../storage.ts";

const cluster = z.strictObject({
  namespace: label.default("databases").meta({ description: "Namespace that it lives in." }),
  instances: z.int().min(1).max(9).default(3).meta({ description: "One primary, the rest standbys." }),
  postgres: z.int().min(14).max(18).default(18).meta({ description: "PostgreSQL's major version." }),
  database: label.default("app").meta({ description: "Database that it begins with." }),
  owner: label.default("app").meta({ description: "Owner of that database." }),
  passwordSecret: secretName.meta({ description: "Secret with the owner's password." }),
  storage: lasting("20Gi"),
  backup: backup.optional().meta({
    description: "Backups and write-ahead log in an object store, by plugin-barman-cloud. Absent: none.",
  }),
  recoverFrom: recovery.optional().meta({
    description: "Begin with a backup instead of empty. It counts when the cluster is made, and never again.",
  }),
});

const options = z.strictObject({
  ...commonOptions,
  clusters: z.record(label, cluster).default({}).meta({
    description: "PostgreSQL clusters by name. Applications read <name>-app in its namespace: username, password.",
  }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "cloudnative-pg",
  repository: "https://cloudnative-pg.github.io/charts",
  // renovate: datasource=helm depName=cloudnative-pg registryUrl=https://cloudnative-pg.github.io/charts
  version: "0.29.0",
};

/** Chart facts: github.com/cloudnative-pg/charts; form of a cluster: cloudnative-pg.io/documentation, "API Reference". */
export const cloudnativePg = defineRelease<Options>({
  name: "cloudnative-pg",
  description: "CloudNativePG: PostgreSQL clusters with standbys and failover.",
  chart,
  namespace: "cnpg-system",
  podSecurity: "restricted",
  options,
  provides: () => chartKinds(chart.chart),
  needs: (_, context) => podMonitors(context),
  values: (_, context) => ({ monitoring: { podMonitorEnabled: monitored(context) } }),
  manifests: ({ clusters }, context) =>
    Object.entries(clusters).flatMap(([name, each]) => objects(name, each, context)),
  secrets: ({ clusters }) => Object.values(clusters).flatMap((each) => [each.passwordSecret, ...backupSecrets(each)]),
  faults: ({ clusters }) => backupFaults(clusters),
});

function objects(name: string, chosen: z.output<typeof cluster>, context: PlatformContext): readonly PlannedManifest[] {
  const { namespace, instances, postgres, database, owner, passwordSecret, storage } = chosen;
  const credentials = `${name}-app`;
  return [
    {
      manifest: secretManifest({
        name: credentials,
        namespace,
        type: "kubernetes.io/basic-auth",
        data: { username: owner, password: new SecretRef(passwordSecret) },
      }),
    },
    {
      manifest: {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name, namespace },
        spec: {
          instances,
          imageName: `ghcr.io/cloudnative-pg/postgresql:${postgres}-standard-trixie`,
          bootstrap: bootstrapSpec({ database, owner, secret: { name: credentials } }, chosen),
          ...backupSpec(name, chosen),
          storage: {
            size: storage.size,
            ...(storage.class === undefined ? {} : { storageClass: storage.class }),
          },
          monitoring: { enablePodMonitor: monitored(context) },
        },
      },
      needs: [`secret:${namespace}/${credentials}`, ...storageNeeds(storage), ...backupNeeds(name, chosen)],
    },
    ...backupObjects(name, chosen),
  ];
}
