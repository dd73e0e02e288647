import { expect, test } from "vitest";
import type { SecretRef } from "../../lib/platform/release.ts";
import { dependencies, type Given, object, plan, release, releaseStep } from "./platform-fixture.ts";

const storage = { "hcloud-csi": {}, "hcloud-cloud-controller-manager": {} };
const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);
const spec = (made: ReturnType<typeof plan>, id: string): unknown => (object(made, id) as { spec: unknown }).spec;

const mysql = { nodeLabels: { "app-type": "db" }, tolerations: ["app-type=db:NoSchedule", "spot:NoExecute"] };

test("MySQL runs on its node alone, with a volume, passwords from a Secret, and time to stop", () => {
  const made = plan({ releases: { ...storage, mysql } });
  expect(made.faults).toEqual([]);
  expect(spec(made, "statefulset/databases/mysql")).toMatchInlineSnapshot(`
    {
      "replicas": 1,
      "selector": {
        "matchLabels": {
          "app.kubernetes.io/name": "mysql",
        },
      },
      "serviceName": "mysql",
      "template": {
        "metadata": {
          "labels": {
            "app.kubernetes.io/name": "mysql",
          },
        },
        "spec": {
          "affinity": {
            "nodeAffinity": {
              "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                  {
                    "matchExpressions": [
                      {
                        "key": "app-type",
                        "operator": "In",
                        "values": [
                          "db",
                        ],
                      },
                    ],
                  },
                ],
              },
            },
          },
          "automountServiceAccountToken": false,
          "containers": [
            {
              "args": [
                "--innodb-buffer-pool-size=512M",
                "--character-set-server=utf8mb4",
                "--skip-name-resolve",
              ],
              "envFrom": [
                {
                  "secretRef": {
                    "name": "mysql-credentials",
                  },
                },
              ],
              "image": "mysql:8.4.6",
              "livenessProbe": {
                "exec": {
                  "command": [
                    "mysqladmin",
                    "ping",
                    "--host=127.0.0.1",
                    "--silent",
                  ],
                },
                "failureThreshold": 6,
                "periodSeconds": 20,
                "timeoutSeconds": 5,
              },
              "name": "mysql",
              "ports": [
                {
                  "containerPort": 3306,
                  "name": "mysql",
                },
              ],
              "readinessProbe": {
                "exec": {
                  "command": [
                    "mysqladmin",
                    "ping",
                    "--host=127.0.0.1",
                    "--silent",
                  ],
                },
                "periodSeconds": 10,
                "timeoutSeconds": 5,
              },
              "resources": {
                "limits": {
                  "memory": "1Gi",
                },
                "requests": {
                  "cpu": "250m",
                  "memory": "1Gi",
                },
              },
              "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {
                  "drop": [
                    "ALL",
                  ],
                },
              },
              "startupProbe": {
                "exec": {
                  "command": [
                    "mysqladmin",
                    "ping",
                    "--host=127.0.0.1",
                    "--silent",
                  ],
                },
                "failureThreshold": 60,
                "periodSeconds": 5,
                "timeoutSeconds": 5,
              },
              "volumeMounts": [
                {
                  "mountPath": "/var/lib/mysql",
                  "name": "data",
                },
              ],
            },
          ],
          "securityContext": {
            "fsGroup": 999,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsGroup": 999,
            "runAsNonRoot": true,
            "runAsUser": 999,
            "seccompProfile": {
              "type": "RuntimeDefault",
            },
          },
          "terminationGracePeriodSeconds": 120,
          "tolerations": [
            {
              "effect": "NoSchedule",
              "key": "app-type",
              "operator": "Equal",
              "value": "db",
            },
            {
              "effect": "NoExecute",
              "key": "spot",
              "operator": "Exists",
            },
          ],
          "volumes": [],
        },
      },
      "volumeClaimTemplates": [
        {
          "metadata": {
            "name": "data",
          },
          "spec": {
            "accessModes": [
              "ReadWriteOnce",
            ],
            "resources": {
              "requests": {
                "storage": "20Gi",
              },
            },
          },
        },
      ],
    }
  `);
  expect(dependencies(made, "statefulset/databases/mysql")).toEqual([
    "release/hcloud-csi",
    "secret/databases/mysql-credentials",
  ]);
});

test("MySQL without a storage class to make its volume", () => {
  expect(faults({ releases: { mysql: {} } })).toEqual([
    "platform.mysql: statefulset/databases/mysql needs a default storage class, which nothing brings → name a storage class, or add a release that brings a default one",
  ]);
});

test("the exporter's password is quoted as MySQL wants it, and its Secret is there at the first start", () => {
  const made = plan({ releases: { ...storage, mysql: { ...mysql, exporterPasswordSecret: "exporter" } } });
  const { stringData } = object(made, "secret/databases/mysql-beginning") as { stringData: Record<string, SecretRef> };
  expect(stringData["exporter.sql"]?.render("it's \\ me")).toBe(
    "CREATE USER 'exporter'@'%' IDENTIFIED BY 'it''s \\\\ me' WITH MAX_USER_CONNECTIONS 3;\n" +
      "GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'exporter'@'%';\n",
  );
  expect(dependencies(made, "statefulset/databases/mysql")).toContain("secret/databases/mysql-beginning");
});

test("clusters of the operators: after the operator, with their Secret and their class", () => {
  const made = plan({
    releases: {
      ...storage,
      "cloudnative-pg": {
        clusters: { main: { passwordSecret: "pg", storage: { size: "50Gi", class: "hcloud-volumes" } } },
      },
      "valkey-operator": { clusters: { cache: { passwordSecret: "vk", shards: 1, storage: "none" } } },
      "clickhouse-operator": { installations: { events: { passwordSecret: "ch", shards: 2 } } },
    },
  });
  expect(made.faults).toEqual([]);
  const objects = [
    "cluster/databases/main",
    "valkeycluster/databases/cache",
    "clickhouseinstallation/databases/events",
  ] as const;
  expect(Object.fromEntries(objects.map((id) => [id, spec(made, id)]))).toMatchInlineSnapshot(`
    {
      "clickhouseinstallation/databases/events": {
        "configuration": {
          "clusters": [
            {
              "layout": {
                "replicasCount": 1,
                "shardsCount": 2,
              },
              "name": "main",
            },
          ],
          "users": {
            "app/k8s_secret_password": "databases/clickhouse-events/app",
            "app/networks/ip": [
              "10.42.0.0/16",
            ],
          },
        },
        "defaults": {
          "templates": {
            "dataVolumeClaimTemplate": "data",
            "podTemplate": "pinned",
          },
        },
        "templates": {
          "podTemplates": [
            {
              "name": "pinned",
              "spec": {
                "containers": [
                  {
                    "image": "clickhouse/clickhouse-server:25.8",
                    "name": "clickhouse",
                  },
                ],
              },
            },
          ],
          "volumeClaimTemplates": [
            {
              "name": "data",
              "reclaimPolicy": "Retain",
              "spec": {
                "accessModes": [
                  "ReadWriteOnce",
                ],
                "resources": {
                  "requests": {
                    "storage": "20Gi",
                  },
                },
              },
            },
          ],
        },
      },
      "cluster/databases/main": {
        "bootstrap": {
          "initdb": {
            "database": "app",
            "owner": "app",
            "secret": {
              "name": "main-app",
            },
          },
        },
        "imageName": "ghcr.io/cloudnative-pg/postgresql:18-standard-trixie",
        "instances": 3,
        "monitoring": {
          "enablePodMonitor": false,
        },
        "storage": {
          "size": "50Gi",
          "storageClass": "hcloud-volumes",
        },
      },
      "valkeycluster/databases/cache": {
        "replicas": 1,
        "shards": 1,
        "users": [
          {
            "channels": {
              "patterns": [
                "*",
              ],
            },
            "commands": {
              "allow": [
                "@all",
              ],
              "deny": [
                "@admin",
                "@dangerous",
              ],
            },
            "keys": {
              "readWrite": [
                "*",
              ],
            },
            "name": "app",
            "passwordSecret": {
              "keys": [
                "app",
              ],
              "name": "cache-users",
            },
          },
        ],
      },
    }
  `);
  expect(objects.map((id) => dependencies(made, id))).toMatchInlineSnapshot(`
    [
      [
        "release/hcloud-csi",
        "secret/databases/main-app",
      ],
      [
        "secret/databases/cache-users",
      ],
      [
        "release/hcloud-csi",
        "secret/databases/clickhouse-events",
      ],
    ]
  `);
});

const backedUp = {
  passwordSecret: "pg",
  backup: { destination: "s3://backups/postgres", endpoint: "https://s3.example.com" },
};
const plugin = {
  "cert-manager": { issuers: [{ name: "letsencrypt", server: "production", email: "ops@example.com" }] },
  "plugin-barman-cloud": {},
};

test("PostgreSQL's backups: store, credentials by reference and schedule, archived from the first minute", () => {
  const made = plan({ releases: { ...storage, ...plugin, "cloudnative-pg": { clusters: { main: backedUp } } } });
  expect(made.faults).toEqual([]);
  expect(spec(made, "cluster/databases/main")).toMatchObject({
    bootstrap: { initdb: { database: "app", owner: "app" } },
    plugins: [
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "main-backup", serverName: "main" },
      },
    ],
  });
  expect(
    ["objectstore/databases/main-backup", "scheduledbackup/databases/main-backup"].map((id) => spec(made, id)),
  ).toMatchInlineSnapshot(`
    [
      {
        "configuration": {
          "data": {
            "compression": "gzip",
          },
          "destinationPath": "s3://backups/postgres",
          "endpointURL": "https://s3.example.com",
          "s3Credentials": {
            "accessKeyId": {
              "key": "ACCESS_KEY_ID",
              "name": "main-backup",
            },
            "secretAccessKey": {
              "key": "ACCESS_SECRET_KEY",
              "name": "main-backup",
            },
          },
          "wal": {
            "compression": "gzip",
          },
        },
        "retentionPolicy": "30d",
      },
      {
        "backupOwnerReference": "self",
        "cluster": {
          "name": "main",
        },
        "immediate": true,
        "method": "plugin",
        "pluginConfiguration": {
          "name": "barman-cloud.cloudnative-pg.io",
        },
        "schedule": "0 0 3 * * *",
      },
    ]
  `);
  const secret = object(made, "secret/databases/main-backup") as { stringData: Record<string, SecretRef> };
  expect(Object.entries(secret.stringData).map(([key, { secret: name }]) => [key, name])).toEqual([
    ["ACCESS_KEY_ID", "backup-access-key-id"],
    ["ACCESS_SECRET_KEY", "backup-secret-access-key"],
  ]);
  // The plugin speaks to the operator by certificates; a cluster that archives before its store is there fails to.
  expect(dependencies(made, "release/plugin-barman-cloud")).toEqual(["release/cert-manager", "release/cloudnative-pg"]);
  expect(dependencies(made, "cluster/databases/main")).toContain("objectstore/databases/main-backup");
});

test("PostgreSQL from another cluster's backup, to a time, with an archive of its own", () => {
  const main = {
    ...backedUp,
    backup: { ...backedUp.backup, server: "main-2" },
    recoverFrom: { server: "main", until: "2026-01-31T12:00:00Z" },
  };
  const made = plan({ releases: { ...storage, ...plugin, "cloudnative-pg": { clusters: { main } } } });
  expect(made.faults).toEqual([]);
  expect(spec(made, "cluster/databases/main")).toMatchObject({
    bootstrap: {
      recovery: {
        source: "origin",
        database: "app",
        owner: "app",
        secret: { name: "main-app" },
        recoveryTarget: { targetTime: "2026-01-31T12:00:00Z" },
      },
    },
    plugins: [{ parameters: { serverName: "main-2" } }],
    externalClusters: [
      {
        name: "origin",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "main-backup", serverName: "main" },
        },
      },
    ],
  });
});

test("replicated ClickHouse agrees by a keeper, which is there first", () => {
  const events = { passwordSecret: "ch", replicas: 2, keeper: {} };
  const made = plan({ releases: { ...storage, "clickhouse-operator": { installations: { events } } } });
  expect(made.faults).toEqual([]);
  expect(spec(made, "clickhouseinstallation/databases/events")).toMatchObject({
    configuration: {
      clusters: [{ name: "main", layout: { shardsCount: 1, replicasCount: 2 } }],
      zookeeper: { nodes: [{ host: "keeper-events", port: 2181 }] },
    },
  });
  expect(dependencies(made, "clickhouseinstallation/databases/events")).toContain(
    "clickhousekeeperinstallation/databases/events",
  );
  expect(spec(made, "clickhousekeeperinstallation/databases/events")).toMatchInlineSnapshot(`
    {
      "configuration": {
        "clusters": [
          {
            "layout": {
              "replicasCount": 3,
            },
            "name": "main",
          },
        ],
      },
      "defaults": {
        "templates": {
          "dataVolumeClaimTemplate": "data",
          "podTemplate": "pinned",
        },
      },
      "templates": {
        "podTemplates": [
          {
            "name": "pinned",
            "spec": {
              "containers": [
                {
                  "image": "clickhouse/clickhouse-keeper:25.8",
                  "name": "clickhouse-keeper",
                },
              ],
              "securityContext": {
                "fsGroup": 101,
              },
              "topologySpreadConstraints": [
                {
                  "labelSelector": {
                    "matchLabels": {
                      "clickhouse-keeper.altinity.com/chk": "events",
                    },
                  },
                  "maxSkew": 1,
                  "topologyKey": "kubernetes.io/hostname",
                  "whenUnsatisfiable": "ScheduleAnyway",
                },
              ],
            },
          },
        ],
        "volumeClaimTemplates": [
          {
            "name": "data",
            "reclaimPolicy": "Retain",
            "spec": {
              "accessModes": [
                "ReadWriteOnce",
              ],
              "resources": {
                "requests": {
                  "storage": "5Gi",
                },
              },
            },
          },
        ],
      },
    }
  `);
});

test.each([
  ["destination", { destination: "backups" }],
  ["schedule", { ...backedUp.backup, schedule: "0 3 * * *" }],
  ["keep", { ...backedUp.backup, keep: "30 days" }],
])("a backup's %s is refused in words", (_, wrong) => {
  const refused = release("cloudnative-pg").options.safeParse({ clusters: { main: { ...backedUp, backup: wrong } } });
  expect(refused.error?.issues.map(({ message }) => message)).toMatchSnapshot();
});

test("ClickHouse's operator signs on with a password of its own, not the chart's public one", () => {
  const made = plan({ releases: { ...storage, "clickhouse-operator": {} } });
  expect(releaseStep(made, "clickhouse-operator").values).toMatchObject({
    fullnameOverride: "clickhouse-operator",
    secret: { create: false },
    crdHook: { enabled: false },
  });
  expect(object(made, "secret/clickhouse-operator/clickhouse-operator")).toMatchObject({
    stringData: { username: "clickhouse_operator", password: { secret: "clickhouse-operator-password" } },
  });
});

test("Vault: members that find each other, on nodes of their own, and nobody waits for them to be unsealed", () => {
  const step = releaseStep(plan({ releases: { ...storage, vault: {} } }), "vault");
  expect(step.skipAwait).toBe(true);
  expect(step.values).toMatchInlineSnapshot(`
    {
      "injector": {
        "enabled": false,
      },
      "server": {
        "auditStorage": {
          "enabled": true,
          "size": "10Gi",
        },
        "dataStorage": {
          "enabled": true,
          "size": "10Gi",
        },
        "ha": {
          "enabled": true,
          "raft": {
            "config": "ui = true
    listener "tcp" {
      address = "[::]:8200"
      cluster_address = "[::]:8201"
      tls_disable = 1
      telemetry {
        unauthenticated_metrics_access = true
      }
    }
    storage "raft" {
      path = "/vault/data"
      retry_join {
        leader_api_addr = "http://vault-0.vault-internal:8200"
      }
      retry_join {
        leader_api_addr = "http://vault-1.vault-internal:8200"
      }
      retry_join {
        leader_api_addr = "http://vault-2.vault-internal:8200"
      }
    }
    telemetry {
      prometheus_retention_time = "24h"
      disable_hostname = true
    }
    service_registration "kubernetes" {}
    ",
            "enabled": true,
            "setNodeId": true,
          },
          "replicas": 3,
        },
        "resources": {
          "limits": {
            "memory": "1Gi",
          },
          "requests": {
            "cpu": "100m",
            "memory": "256Mi",
          },
        },
      },
      "serverTelemetry": {
        "serviceMonitor": {
          "enabled": false,
        },
      },
      "ui": {
        "enabled": true,
      },
    }
  `);
  expect(
    faults({
      releases: { ...storage, vault: {} },
      context: { workers: [], controlPlanes: [{ name: "a", address: "10.0.1.10" }] },
    }),
  ).toEqual(["platform.vault.replicas: 3 members on nodes of their own, and the stage has 1 node → lower replicas"]);
});

test("options that cannot be", () => {
  const refusals = (name: string, options: object): readonly string[] =>
    release(name)
      .options.safeParse(options)
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
  expect([
    refusals("vault", { replicas: 2 }),
    refusals("mysql", { database: "My-App", tolerations: ["db"] }),
    refusals("cloudnative-pg", { clusters: { Main: { passwordSecret: "pg" } } }),
    refusals("cloudnative-pg", { clusters: { main: {} } }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "replicas: members decide by majority → write 1, 3 or 5",
      ],
      [
        "database: this is no name in MySQL → use small letters, digits and _",
        "tolerations.0: "db" is no taint → write key=value:Effect with NoSchedule, PreferNoSchedule or NoExecute",
      ],
      [
        "clusters.Main: Invalid key in record",
      ],
      [
        "clusters.main.passwordSecret: Invalid input: expected string, received undefined",
      ],
    ]
  `);
});
