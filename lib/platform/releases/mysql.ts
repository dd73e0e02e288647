import { z } from "zod";
import { labelKey, labelValue, secretName, size, taint } from "../../primitives.ts";
import { defineObjects, type Manifest, type PlannedManifest, SecretRef, type Value, type Values } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { claimSpec, lasting } from "../storage.ts";

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, { error: () => "this is no name in MySQL → use small letters, digits and _" });

const options = z.strictObject({
  database: identifier.default("app").meta({ description: "Database that it begins with." }),
  user: identifier.default("app").meta({ description: "User with all rights on that database." }),
  passwordSecret: secretName.default("mysql-password").meta({ description: "Secret with that user's password." }),
  rootPasswordSecret: secretName.default("mysql-root-password").meta({ description: "Secret with root's password." }),
  exporterPasswordSecret: secretName.optional().meta({
    description: "Secret with the password of the user `exporter`, which may read metrics. Absent: no such user.",
  }),
  storage: lasting("20Gi"),
  memory: size.default("1Gi").meta({ description: "Memory, half of which holds tables and indexes." }),
  nodeLabels: z
    .record(labelKey, labelValue)
    .default({})
    .meta({ description: "Labels that its node has to have, such as app-type: db." }),
  tolerations: z
    .array(taint)
    .default([])
    .meta({ description: "Taints that it does not mind, such as app-type=db:NoSchedule." }),
});
type Options = z.output<typeof options>;

const name = "mysql";
const namespace = "databases";
// renovate: datasource=docker depName=mysql
const version = "8.4.6";
const labels = { "app.kubernetes.io/name": name };
const credentials = "mysql-credentials";
const beginning = "mysql-beginning";

/**
 * One MySQL server with a volume of its own: no operator, no failover.
 * Source of its variables and of what it runs at first start: hub.docker.com/_/mysql; of the exporter's rights:
 * github.com/prometheus/mysqld_exporter.
 */
export const mysql = defineObjects<Options>({
  name,
  description: "One MySQL server: mysql.databases, on the nodes that are meant for it.",
  namespace,
  options,
  manifests: (chosen) => [
    { manifest: credentialsSecret(chosen) },
    ...exporter(chosen),
    { manifest: service },
    { manifest: server(chosen) },
  ],
  secrets: ({ passwordSecret, rootPasswordSecret, exporterPasswordSecret }) => [
    passwordSecret,
    rootPasswordSecret,
    ...(exporterPasswordSecret === undefined ? [] : [exporterPasswordSecret]),
  ],
});

const credentialsSecret = ({ database, user, passwordSecret, rootPasswordSecret }: Options): Manifest =>
  secretManifest({
    name: credentials,
    namespace,
    data: {
      MYSQL_DATABASE: database,
      MYSQL_USER: user,
      MYSQL_PASSWORD: new SecretRef(passwordSecret),
      MYSQL_ROOT_PASSWORD: new SecretRef(rootPasswordSecret),
    },
  });

/** Text as MySQL writes it between quotes. */
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

function exporter({ exporterPasswordSecret }: Options): readonly PlannedManifest[] {
  if (exporterPasswordSecret === undefined) return [];
  const sql = new SecretRef(
    exporterPasswordSecret,
    (password) => `CREATE USER 'exporter'@'%' IDENTIFIED BY ${quoted(password)} WITH MAX_USER_CONNECTIONS 3;
GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'exporter'@'%';
`,
  );
  return [{ manifest: secretManifest({ name: beginning, namespace, data: { "exporter.sql": sql } }) }];
}

/** Without an address of its own: its one pod is the address, and mysql-0.mysql the pod. */
const service: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace, labels },
  spec: { clusterIP: "None", selector: labels, ports: [{ name: "mysql", port: 3306 }] },
};

function server(chosen: Options): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace, labels },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod(chosen) },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claimSpec(chosen.storage) }],
    },
  };
}

function pod(chosen: Options): Values {
  const { nodeLabels, tolerations, exporterPasswordSecret } = chosen;
  const matchExpressions = Object.entries(nodeLabels).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return {
    automountServiceAccountToken: false,
    // It writes down what it has in memory before it stops.
    terminationGracePeriodSeconds: 120,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      runAsGroup: 999,
      fsGroup: 999,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map(toleration) }),
    ...(matchExpressions.length === 0
      ? {}
      : {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
            },
          },
        }),
    containers: [container(chosen)],
    volumes: exporterPasswordSecret === undefined ? [] : [{ name: "beginning", secret: { secretName: beginning } }],
  };
}

function container({ memory, exporterPasswordSecret }: Options): Values {
  // Over the network: while it sets itself up for the first time, it listens on its socket alone.
  const ping = { exec: { command: ["mysqladmin", "ping", "--host=127.0.0.1", "--silent"] }, timeoutSeconds: 5 };
  return {
    name,
    image: `mysql:${version}`,
    args: [`--innodb-buffer-pool-size=${half(memory)}`, "--character-set-server=utf8mb4", "--skip-name-resolve"],
    envFrom: [{ secretRef: { name: credentials } }],
    ports: [{ name: "mysql", containerPort: 3306 }],
    resources: { requests: { cpu: "250m", memory }, limits: { memory } },
    startupProbe: { ...ping, periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...ping, periodSeconds: 10 },
    livenessProbe: { ...ping, periodSeconds: 20, failureThreshold: 6 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/mysql" },
      ...(exporterPasswordSecret === undefined
        ? []
        : [{ name: "beginning", mountPath: "/docker-entrypoint-initdb.d", readOnly: true }]),
    ],
  };
}

const bytes: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };

/** Half of a size, in whole mebibytes as MySQL writes them: `1Gi` -> `512M`. */
const half = (text: string): string =>
  `${Math.floor((Number(text.slice(0, -2)) * (bytes[text.slice(-2)] ?? 0)) / 2 / 1024 ** 2)}M`;

/** `app-type=db:NoSchedule` as a pod tolerates it. */
function toleration(text: string): Value {
  const [, key = "", value, effect = ""] = /^([^=:]+)(?:=([^=:]*))?:(.+)$/.exec(text) ?? [];
  return value === undefined ? { key, operator: "Exists", effect } : { key, operator: "Equal", value, effect };
}
