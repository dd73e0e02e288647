import { z } from "zod";
import { addressOrHostname, duration, port, secretName } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { lokiNamespace } from "../loki.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, SecretRef, type Values } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { type Storage, storage, storageNeeds } from "../storage.ts";

const retention = duration.refine((text) => /[dwy]$/.test(text), {
  error: ({ input }) =>
    `${shown(input)} is no number of days: Loki deletes whole days → write days or weeks, such as 30d`,
});

const objectStore = z.strictObject({
  host: addressOrHostname.meta({ description: "Host that speaks S3, such as fsn1.your-objectstorage.com." }),
  port: port.default(443).meta({ description: "Its port." }),
  insecure: z.boolean().default(false).meta({ description: "Speak HTTP with it." }),
  region: z.string().min(1).default("us-east-1").meta({ description: "Its region, as it calls it." }),
  bucket: z.string().min(3).meta({ description: "Bucket of the logs; it has to be there." }),
  pathStyle: z.boolean().default(true).meta({ description: "Name the bucket in the path, not in the host." }),
  accessKeySecret: secretName.default("loki-access-key").meta({ description: "Secret with the access key's id." }),
  secretKeySecret: secretName.default("loki-secret-key").meta({ description: "Secret with the access key's secret." }),
});
type ObjectStore = z.output<typeof objectStore>;

const options = z.strictObject({
  ...commonOptions,
  retention: retention.default("30d").meta({ description: "How long logs are kept." }),
  storage: storage("50Gi"),
  objectStore: objectStore.optional().meta({
    description: "Keep logs in an S3 bucket; the volume then holds what is not written yet. Absent: on the volume.",
  }),
});
type Options = z.output<typeof options>;

const credentials = "loki-object-store";

/** Chart facts: github.com/grafana-community/helm-charts, charts/loki; the chart at grafana/loki is the enterprise one's. */
export const loki = defineRelease({
  name: "loki",
  description: "Loki, the store of logs, in one process. Alloy brings it logs; Grafana has it as a data source.",
  chart: {
    chart: "loki",
    repository: "https://grafana-community.github.io/helm-charts",
    // renovate: datasource=helm depName=loki registryUrl=https://grafana-community.github.io/helm-charts
    version: "18.11.0",
  },
  namespace: lokiNamespace,
  podSecurity: "restricted",
  options,
  needs: (chosen, context) => [...serviceMonitors(context), ...storageNeeds(chosen.storage)],
  values: (chosen, context) => ({
    deploymentMode: "Monolithic",
    loki: configuration(chosen),
    singleBinary: {
      replicas: 1,
      persistence: persistence(chosen.storage),
      ...(chosen.objectStore === undefined ? {} : { extraEnvFrom: [{ secretRef: { name: credentials } }] }),
    },
    ...withoutTheRest,
    monitoring: { serviceMonitor: { enabled: monitored(context) } },
  }),
  manifests: ({ objectStore: store }) =>
    store === undefined
      ? []
      : [
          {
            manifest: secretManifest({
              name: credentials,
              namespace: lokiNamespace,
              data: {
                LOKI_ACCESS_KEY: new SecretRef(store.accessKeySecret),
                LOKI_SECRET_KEY: new SecretRef(store.secretKeySecret),
              },
            }),
            before: true,
          },
        ],
  secrets: ({ objectStore: store }) => (store === undefined ? [] : [store.accessKeySecret, store.secretKeySecret]),
});

/** Parts of the chart that one process does not need: caches of gigabytes, probes of its own, a proxy before it. */
const withoutTheRest: Values = {
  read: { replicas: 0 },
  write: { replicas: 0 },
  backend: { replicas: 0 },
  gateway: { enabled: false },
  chunksCache: { enabled: false },
  resultsCache: { enabled: false },
  lokiCanary: { enabled: false },
  test: { enabled: false },
  sidecar: { rules: { enabled: false } },
};

function configuration({ retention: kept, objectStore: store }: Options): Values {
  const kind = store === undefined ? "filesystem" : "s3";
  return {
    auth_enabled: false,
    commonConfig: { replication_factor: 1 },
    storage: store === undefined ? { type: kind } : { type: kind, ...bucket(store) },
    schemaConfig: {
      configs: [
        // A change of schema takes a new entry with a date to come: this one stays.
        {
          from: "2024-01-01",
          store: "tsdb",
          object_store: kind,
          schema: "v13",
          index: { prefix: "index_", period: "24h" },
        },
      ],
    },
    limits_config: { retention_period: kept },
    compactor: { retention_enabled: true, delete_request_store: kind },
  };
}

/** Keys come from the environment, so that no value holds them. */
function bucket({ host, port: at, insecure, region, bucket: name, pathStyle }: ObjectStore): Values {
  return {
    bucketNames: { chunks: name, ruler: name, admin: name },
    s3: {
      endpoint: `${insecure ? "http" : "https"}://${host}:${at}`,
      region,
      s3ForcePathStyle: pathStyle,
      insecure,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Loki fills it in from its environment.
      accessKeyId: "${LOKI_ACCESS_KEY}",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
      secretAccessKey: "${LOKI_SECRET_KEY}",
    },
  };
}

const persistence = (chosen: Storage): Values =>
  chosen === "none"
    ? { enabled: false }
    : {
        enabled: true,
        size: chosen.size,
        ...(chosen.class === undefined ? {} : { storageClass: chosen.class }),
      };
