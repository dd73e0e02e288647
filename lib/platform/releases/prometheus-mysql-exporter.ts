import { z } from "zod";
import { addressOrHostname, label, port, secretName } from "../../primitives.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z.strictObject({
  ...commonOptions,
  host: addressOrHostname.meta({ description: "The MySQL server, such as mysql.databases.svc.cluster.local." }),
  port: port.default(3306).meta({ description: "Its port." }),
  user: z.string().min(1).default("exporter").meta({
    description: "Account with the rights PROCESS, REPLICATION CLIENT and SELECT on performance_schema.",
  }),
  passwordSecret: secretName
    .default("mysql-exporter-password")
    .meta({ description: "Secret with the account's password." }),
  credentials: z
    .strictObject({
      existing: label.meta({ description: "Name of a Secret in namespace monitoring." }),
      key: z.string().min(1).default("password").meta({ description: "Its key with the password." }),
    })
    .optional()
    .meta({ description: "Instead of passwordSecret: a Secret that there is." }),
});

const namespace = "monitoring";
const passwordName = "prometheus-mysql-exporter-password";

/** Chart facts: github.com/prometheus-community/helm-charts, charts/prometheus-mysql-exporter. */
export const prometheusMysqlExporter = defineRelease({
  name: "prometheus-mysql-exporter",
  description: "Metrics of a MySQL server for Prometheus.",
  chart: {
    chart: "prometheus-mysql-exporter",
    repository: "https://prometheus-community.github.io/helm-charts",
    // renovate: datasource=helm depName=prometheus-mysql-exporter registryUrl=https://prometheus-community.github.io/helm-charts
    version: "2.14.0",
  },
  namespace,
  podSecurity: "restricted",
  options,
  needs: ({ credentials }, context) => [
    ...serviceMonitors(context),
    ...(credentials === undefined ? [] : ([`secret:${namespace}/${credentials.existing}`] as const)),
  ],
  values: ({ host, port: at, user, credentials }, context) => ({
    mysql: {
      host,
      port: at,
      user,
      existingPasswordSecret: { name: credentials?.existing ?? passwordName, key: credentials?.key ?? "password" },
    },
    // A server that is down for 30 seconds is to be seen within them.
    serviceMonitor: { enabled: monitored(context), interval: "15s" },
    podSecurityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  }),
  manifests: ({ passwordSecret, credentials }) =>
    credentials === undefined
      ? [
          {
            manifest: secretManifest({
              name: passwordName,
              namespace,
              data: { password: new SecretRef(passwordSecret) },
            }),
            before: true,
          },
        ]
      : [],
  secrets: ({ passwordSecret, credentials }) => (credentials === undefined ? [passwordSecret] : []),
});
