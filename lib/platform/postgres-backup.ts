import { z } from "zod";
import { label, secretName, url } from "../primitives.ts";
import { shown } from "../shown.ts";
import type { PlannedManifest, ReleaseFault, Values } from "./release.ts";
import { SecretRef } from "./release.ts";
import { secretManifest } from "./secrets.ts";

/** Option of a PostgreSQL cluster: where its backups and its write-ahead log go. */
export const backup = z.strictObject({
  destination: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](\/[^\s/]+)*$/, {
      error: ({ input }) => `${shown(input)} is no place in an object store → write s3://bucket/folder`,
    })
    .meta({ description: "Bucket and folder: s3://bucket/folder. Each cluster has a folder of its own in it." }),
  endpoint: url.optional().meta({ description: "Address of the object store. Absent: Amazon's." }),
  server: label.optional().meta({ description: "This cluster's folder there. Absent: its name." }),
  accessKeyIdSecret: secretName
    .default("backup-access-key-id")
    .meta({ description: "Secret with the id of the store's access key." }),
  secretAccessKeySecret: secretName
    .default("backup-secret-access-key")
    .meta({ description: "Secret with the access key itself." }),
  schedule: z
    .string()
    .regex(/^(@(hourly|daily|weekly|monthly)|[\d*][\w*/,-]*( [\w*?][\w*/,?-]*){5})$/, {
      error: ({ input }) =>
        `${shown(input)} is no schedule → write six fields, seconds first, such as 0 0 3 * * *, or @daily`,
    })
    .default("0 0 3 * * *")
    .meta({ description: "When a base backup is made: seconds, minutes, hours, day, month, day of the week." }),
  keep: z
    .string()
    .regex(/^[1-9]\d*[dwm]$/, {
      error: ({ input }) => `${shown(input)} is no time to keep backups for → write days, weeks or months, such as 30d`,
    })
    .default("30d")
    .meta({ description: "How far back the cluster can be recovered to: days (d), weeks (w) or months (m)." }),
});
type Backup = z.output<typeof backup>;

/** Option of a PostgreSQL cluster that is made from another one's backup. */
export const recovery = z.strictObject({
  server: label.meta({ description: "Folder of the cluster whose backup it begins with, in the same place." }),
  until: z.iso
    .datetime({ offset: true, error: ({ input }) => `${shown(input)} is no time → write it as 2026-01-31T12:00:00Z` })
    .optional()
    .meta({ description: "Time that it is recovered to. Absent: the latest." }),
});
type Recovery = z.output<typeof recovery>;

/** What a cluster says of its backups. */
export interface BackedUp {
  readonly namespace: string;
  readonly backup?: Backup | undefined;
  readonly recoverFrom?: Recovery | undefined;
}

export const plugin = "barman-cloud.cloudnative-pg.io";
/** Name in an `externalClusters` list. */
const origin = "origin";

const storeName = (cluster: string): string => `${cluster}-backup`;
const serverOf = (cluster: string, { server }: Backup): string => server ?? cluster;

/** Parts of a cluster's `spec`. Form: cloudnative-pg.io/plugin-barman-cloud, "Using the Barman Cloud Plugin". */
export function backupSpec(cluster: string, { backup: chosen, recoverFrom }: BackedUp): Values {
  if (chosen === undefined) return {};
  const parameters = { barmanObjectName: storeName(cluster) };
  return {
    plugins: [
      { name: plugin, isWALArchiver: true, parameters: { ...parameters, serverName: serverOf(cluster, chosen) } },
    ],
    ...(recoverFrom === undefined
      ? {}
      : {
          externalClusters: [
            { name: origin, plugin: { name: plugin, parameters: { ...parameters, serverName: recoverFrom.server } } },
          ],
        }),
  };
}

/**
 * How a cluster begins: empty, or from a backup.
 * @param own Its database, owner and their Secret.
 */
export const bootstrapSpec = (own: Values, { recoverFrom }: BackedUp): Values =>
  recoverFrom === undefined
    ? { initdb: own }
    : {
        recovery: {
          source: origin,
          ...own,
          ...(recoverFrom.until === undefined ? {} : { recoveryTarget: { targetTime: recoverFrom.until } }),
        },
      };

/** The store, its credentials and the schedule: nothing for a cluster without backups. */
export function backupObjects(cluster: string, { namespace, backup: chosen }: BackedUp): readonly PlannedManifest[] {
  if (chosen === undefined) return [];
  const name = storeName(cluster);
  const key = (of: string): Values => ({ name, key: of });
  return [
    {
      manifest: secretManifest({
        name,
        namespace,
        data: {
          ACCESS_KEY_ID: new SecretRef(chosen.accessKeyIdSecret),
          ACCESS_SECRET_KEY: new SecretRef(chosen.secretAccessKeySecret),
        },
      }),
    },
    {
      manifest: {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: { name, namespace },
        spec: {
          retentionPolicy: chosen.keep,
          configuration: {
            destinationPath: chosen.destination,
            ...(chosen.endpoint === undefined ? {} : { endpointURL: chosen.endpoint }),
            s3Credentials: { accessKeyId: key("ACCESS_KEY_ID"), secretAccessKey: key("ACCESS_SECRET_KEY") },
            wal: { compression: "gzip" },
            data: { compression: "gzip" },
          },
        },
      },
      needs: [`secret:${namespace}/${name}`],
    },
    {
      manifest: {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "ScheduledBackup",
        metadata: { name, namespace },
        spec: {
          schedule: chosen.schedule,
          // One at once, without which there is nothing to recover from before the first night.
          immediate: true,
          backupOwnerReference: "self",
          cluster: { name: cluster },
          method: "plugin",
          pluginConfiguration: { name: plugin },
        },
      },
      needs: [`object:cluster/${namespace}/${cluster}`],
    },
  ];
}

/** What a cluster waits for before it begins to archive. */
export const backupNeeds = (cluster: string, { namespace, backup: chosen }: BackedUp) =>
  chosen === undefined ? [] : ([`object:objectstore/${namespace}/${storeName(cluster)}`] as const);

export const backupSecrets = ({ backup: chosen }: BackedUp): readonly string[] =>
  chosen === undefined ? [] : [chosen.accessKeyIdSecret, chosen.secretAccessKeySecret];

/** Folders that two would write to: PostgreSQL refuses to archive into one that holds another's log. */
export function backupFaults(clusters: Readonly<Record<string, BackedUp>>): readonly ReleaseFault[] {
  const writers = Object.entries(clusters).flatMap(([name, { backup: chosen }]) =>
    chosen === undefined
      ? []
      : [{ name, folder: [chosen.endpoint ?? "", chosen.destination, serverOf(name, chosen)].join(" ") }],
  );
  return Object.entries(clusters).flatMap(([name, { backup: chosen, recoverFrom }]): readonly ReleaseFault[] => {
    const path = ["clusters", name];
    if (recoverFrom !== undefined && chosen === undefined)
      return [
        {
          path: [...path, "recoverFrom"],
          message: "there is no store to recover from: the cluster has no backup",
          remedy: "add backup with the destination that the other cluster's backups are in",
        },
      ];
    if (chosen === undefined) return [];
    const server = serverOf(name, chosen);
    const own = writers.findIndex((each) => each.name === name);
    const before = writers.slice(0, own).find(({ folder }) => folder === writers[own]?.folder);
    return [
      ...(recoverFrom?.server === server
        ? [
            {
              path: [...path, "recoverFrom", "server"],
              message: `it would write its own log over the one in ${chosen.destination}/${server} that it recovers from`,
              remedy: `set backup.server to another name, such as ${server}-2`,
            },
          ]
        : []),
      ...(before === undefined
        ? []
        : [
            {
              path: [...path, "backup"],
              message: `clusters ${before.name} and ${name} would both write to ${chosen.destination}/${server}`,
              remedy: "set backup.server of one of them, or another destination",
            },
          ]),
    ];
  });
}
