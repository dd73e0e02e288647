import { z } from "zod";
import { label, secretName } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { chartKinds } from "../facts.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import {
  commonOptions,
  defineRelease,
  type PlannedManifest,
  type PlatformContext,
  SecretRef,
  type Values,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { claimSpec, lasting, storageNeeds } from "../storage.ts";

const keeper = z.strictObject({
  members: z
    .int()
    .refine((count) => [1, 3, 5].includes(count), {
      error: ({ input }) => `${shown(input)} members would not outvote each other → write 1, 3 or 5`,
    })
    .default(3)
    .meta({ description: "1, 3 or 5: more than half of them have to be there." }),
  storage: lasting("5Gi"),
});

const installation = z.strictObject({
  namespace: label.default("databases").meta({ description: "Namespace that it lives in." }),
  shards: z.int().min(1).max(100).default(1).meta({ description: "Servers that tables are spread over." }),
  replicas: z.int().min(1).max(9).default(1).meta({
    description: "Servers that hold the same part of replicated tables. More than one agree by a keeper.",
  }),
  keeper: keeper.optional().meta({ description: "ClickHouse Keeper: what replicas agree by." }),
  user: label.default("app").meta({ description: "User that applications sign on as." }),
  passwordSecret: secretName.meta({ description: "Secret with that user's password." }),
  storage: lasting("20Gi"),
});

const options = z.strictObject({
  ...commonOptions,
  passwordSecret: secretName
    .default("clickhouse-operator-password")
    .meta({ description: "Secret with the password that the operator itself signs on with." }),
  installations: z
    .record(label, installation)
    .default({})
    .meta({ description: "ClickHouse by name; applications reach it as clickhouse-<name> in its namespace." }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "altinity-clickhouse-operator",
  repository: "https://helm.altinity.com",
  // renovate: datasource=helm depName=altinity-clickhouse-operator registryUrl=https://helm.altinity.com
  version: "0.25.6",
};
// renovate: datasource=docker depName=clickhouse/clickhouse-server
const clickhouseVersion = "25.8";
const namespace = "clickhouse-operator";
/** Of the chart's objects too: its Secret is looked for under this name. */
const name = "clickhouse-operator";

/** Chart facts and forms: github.com/Altinity/clickhouse-operator, deploy/helm and docs/chi-examples. */
export const clickhouseOperator = defineRelease<Options>({
  name,
  description: "ClickHouse, by Altinity's operator.",
  chart,
  namespace,
  options,
  provides: () => chartKinds(chart.chart),
  needs: (_, context) => serviceMonitors(context),
  values: (_, context) => ({
    fullnameOverride: name,
    // The definitions come with the chart; the Job that would renew them runs whatever `latest` is.
    crdHook: { enabled: false },
    // The chart's own credentials are known to everybody.
    secret: { create: false },
    serviceMonitor: { enabled: monitored(context) },
  }),
  manifests: ({ passwordSecret, installations }, context) => [
    {
      manifest: secretManifest({
        name,
        namespace,
        data: { username: "clickhouse_operator", password: new SecretRef(passwordSecret) },
      }),
      before: true,
    },
    ...Object.entries(installations).flatMap(([installed, each]) => objects(installed, each, context)),
  ],
  secrets: ({ passwordSecret, installations }) => [
    passwordSecret,
    ...Object.values(installations).map((each) => each.passwordSecret),
  ],
  faults: ({ installations }) =>
    Object.entries(installations).flatMap(([installed, { replicas, keeper: chosen }]) =>
      replicas > 1 && chosen === undefined
        ? [
            {
              path: ["installations", installed, "replicas"],
              message: `${replicas} servers would hold the same data, and there is nothing that they agree by`,
              remedy: "add keeper: {}, or set replicas: 1",
            },
          ]
        : [],
    ),
});

/** Soft: on fewer nodes than members they still start. */
const spread = (label: string, name: string): Values => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { [label]: name } },
    },
  ],
});

/** Form: github.com/Altinity/clickhouse-operator, docs/chk-examples. Clients reach it as keeper-<name>. */
function keeperObject(name: string, namespace: string, { members, storage }: z.output<typeof keeper>): PlannedManifest {
  return {
    manifest: {
      apiVersion: "clickhouse-keeper.altinity.com/v1",
      kind: "ClickHouseKeeperInstallation",
      metadata: { name, namespace },
      spec: {
        configuration: { clusters: [{ name: "main", layout: { replicasCount: members } }] },
        defaults: { templates: { podTemplate: "pinned", dataVolumeClaimTemplate: "data" } },
        templates: {
          podTemplates: [
            {
              name: "pinned",
              spec: {
                ...spread("clickhouse-keeper.altinity.com/chk", name),
                containers: [{ name: "clickhouse-keeper", image: `clickhouse/clickhouse-keeper:${clickhouseVersion}` }],
                // Its image's user, who would not be let into the volume.
                securityContext: { fsGroup: 101 },
              },
            },
          ],
          volumeClaimTemplates: [{ name: "data", reclaimPolicy: "Retain", spec: claimSpec(storage) }],
        },
      },
    },
    needs: storageNeeds(storage),
  };
}

function objects(
  installed: string,
  chosen: z.output<typeof installation>,
  { cluster }: PlatformContext,
): readonly PlannedManifest[] {
  const { namespace: home, shards, replicas, user, passwordSecret, storage } = chosen;
  const credentials = `clickhouse-${installed}`;
  return [
    ...(chosen.keeper === undefined ? [] : [keeperObject(installed, home, chosen.keeper)]),
    {
      manifest: secretManifest({ name: credentials, namespace: home, data: { [user]: new SecretRef(passwordSecret) } }),
    },
    {
      manifest: {
        apiVersion: "clickhouse.altinity.com/v1",
        kind: "ClickHouseInstallation",
        metadata: { name: installed, namespace: home },
        spec: {
          configuration: {
            users: {
              [`${user}/k8s_secret_password`]: `${home}/${credentials}/${user}`,
              // From pods alone.
              [`${user}/networks/ip`]: [cluster.podCidr],
            },
            ...(chosen.keeper === undefined
              ? {}
              : { zookeeper: { nodes: [{ host: `keeper-${installed}`, port: 2181 }] } }),
            clusters: [{ name: "main", layout: { shardsCount: shards, replicasCount: replicas } }],
          },
          defaults: { templates: { podTemplate: "pinned", dataVolumeClaimTemplate: "data" } },
          templates: {
            podTemplates: [
              {
                name: "pinned",
                spec: {
                  ...(replicas === 1 ? {} : spread("clickhouse.altinity.com/chi", installed)),
                  containers: [{ name: "clickhouse", image: `clickhouse/clickhouse-server:${clickhouseVersion}` }],
                },
              },
            ],
            volumeClaimTemplates: [{ name: "data", reclaimPolicy: "Retain", spec: claimSpec(storage) }],
          },
        },
      },
      needs: [
        `secret:${home}/${credentials}`,
        ...(chosen.keeper === undefined ? [] : ([`object:clickhousekeeperinstallation/${home}/${installed}`] as const)),
        ...storageNeeds(storage),
      ],
    },
  ];
}
