import { z } from "zod";
import { k3sVersion, secretName, sha256, url } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";
import { authority } from "./authority.ts";
import { commonCluster, endpoint } from "./common.ts";

const snapshots = z.strictObject({
  schedule: z
    .string()
    .regex(/^(@(hourly|daily|weekly|monthly|yearly)|@every \d+[hm]|[\d*][\w*/,-]*( [\w*?][\w*/,?-]*){4})$/, {
      error: ({ input }) =>
        `${shown(input)} is no schedule → write the five fields of a crontab, such as 0 */12 * * *, or @daily`,
    })
    .default("0 */12 * * *")
    .meta({ description: "Cron expression." }),
  keep: z.int().min(1).default(5).meta({ description: "How many are kept on each control plane." }),
});

/** Only where machines outlive containers is there anything to keep elsewhere. */
const s3 = z.strictObject({
  endpoint: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/i, {
      error: ({ input }) =>
        `${shown(input)} is no host of an S3 service → write its name alone, such as s3.eu-central-1.amazonaws.com`,
    })
    .meta({ description: "Host of the service, with its port where it is not 443." }),
  bucket: z.string().min(3).max(63).meta({ description: "Bucket that is there already." }),
  region: z.string().min(1).default("us-east-1").meta({ description: "The bucket's." }),
  folder: z.string().optional().meta({ description: "In the bucket. Absent: named as the cluster is." }),
  accessKeySecret: secretName.default("etcd-s3-access-key").meta({ description: "Secret with the access key." }),
  secretKeySecret: secretName.default("etcd-s3-secret-key").meta({ description: "Secret with the secret key." }),
});

/** How k3s is set up, wherever it runs. */
export const k3sSettings = {
  disable: z
    .array(z.enum(["traefik", "servicelb", "local-storage", "metrics-server", "coredns"]))
    .default(["traefik", "servicelb"])
    .meta({ description: "Parts of k3s that are left out." }),
  secretsEncryption: z.boolean().default(true).meta({ description: "Encrypt Secrets in etcd." }),
  snapshots: snapshots.prefault({}),
};

export const k3sCluster = z.strictObject({
  distribution: z.literal("k3s").meta({ description: "What runs Kubernetes on the machines: k3s." }),
  ...commonCluster,
  version: k3sVersion.meta({
    description: "The k3s release of nodes made from now on; running ones are upgraded by the upgrade plans.",
  }),
  sha256: z
    .strictObject({
      amd64: sha256.optional().meta({ description: "Of the release's file `k3s`." }),
      arm64: sha256.optional().meta({ description: "Of the release's file `k3s-arm64`." }),
    })
    .default({})
    .meta({ description: "Checksums of the k3s binaries; needed for a release that lib/versions.ts does not list." }),
  mirror: url
    .optional()
    .meta({ description: "Where k3s releases are downloaded from instead of GitHub: <mirror>/<version>/k3s." }),
  authority: authority.optional().meta({
    description:
      "All certificates of the cluster's components under one root, chosen before its first start. Absent: k3s makes authorities that nothing joins.",
  }),
  endpoint: endpoint.meta({ description: "The one stable way to the Kubernetes API; never a node's own address." }),
  ...k3sSettings,
  snapshots: snapshots
    .extend({
      s3: s3.optional().meta({
        description:
          "Snapshots also go there, from control planes made from now on. docs/etcd.md says how they come back.",
      }),
    })
    .prefault({}),
});
