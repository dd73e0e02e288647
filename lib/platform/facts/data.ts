import { type FactsTable, kinds } from "./form.ts";

/** Charts of databases and secrets: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const dataFacts: FactsTable = [
  [
    "cloudnative-pg",
    {
      kinds: [
        ...kinds("postgresql.cnpg.io", "v1", "Namespaced", [
          "Backup",
          "Cluster",
          "Database",
          "DatabaseRole",
          "FailoverQuorum",
          "ImageCatalog",
          "Pooler",
          "Publication",
          "ScheduledBackup",
          "Subscription",
        ]),
        ...kinds("postgresql.cnpg.io", "v1", "Cluster", ["ClusterImageCatalog"]),
      ],
      webhooks: [
        {
          configuration: "cnpg-validating-webhook-configuration",
          service: "cnpg-webhook-service",
          failurePolicy: "Fail",
          group: "postgresql.cnpg.io",
          kinds: ["Backup", "Cluster", "Database", "Pooler", "ScheduledBackup"],
        },
      ],
      services: [{ name: "cnpg-webhook-service", ports: [443] }],
    },
  ],
  [
    "plugin-barman-cloud",
    {
      kinds: kinds("barmancloud.cnpg.io", "v1", "Namespaced", ["ObjectStore"]),
      webhooks: [],
      services: [{ name: "barman-cloud", ports: [9090] }],
    },
  ],
  [
    "valkey-operator",
    {
      kinds: kinds("valkey.io", "v1alpha1", "Namespaced", ["ValkeyCluster", "ValkeyNode"]),
      webhooks: [],
      services: [{ name: "valkey-operator-metrics", ports: [8443] }],
    },
  ],
  [
    "altinity-clickhouse-operator",
    {
      kinds: [
        ...kinds("clickhouse.altinity.com", "v1", "Namespaced", [
          "ClickHouseInstallation",
          "ClickHouseInstallationTemplate",
          "ClickHouseOperatorConfiguration",
        ]),
        ...kinds("clickhouse-keeper.altinity.com", "v1", "Namespaced", ["ClickHouseKeeperInstallation"]),
      ],
      webhooks: [],
      services: [{ name: "clickhouse-operator-metrics", ports: [8888, 9999] }],
    },
  ],
  [
    "vault",
    {
      kinds: [],
      webhooks: [],
      services: [
        { name: "vault", ports: [8200, 8201] },
        { name: "vault-active", ports: [8200, 8201] },
        { name: "vault-internal", ports: [8200, 8201] },
        { name: "vault-standby", ports: [8200, 8201] },
        { name: "vault-ui", ports: [8200] },
      ],
    },
  ],
];
