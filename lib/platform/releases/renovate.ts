import { z } from "zod";
import { secretName, url } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z
  .strictObject({
    ...commonOptions,
    platform: z
      .enum(["github", "gitlab", "gitea", "forgejo"])
      .default("github")
      .meta({ description: "Where they are." }),
    endpoint: url.optional().meta({ description: "Its API. Absent: that of github.com or gitlab.com." }),
    repositories: z
      .array(
        z.string().regex(/^[^/\s]+(\/[^/\s]+)+$/, {
          error: ({ input }) => `${shown(input)} is no repository → write owner/name`,
        }),
      )
      .min(1, { error: () => "there is nothing to keep fresh → name a repository, such as example/homelab" })
      .meta({
        description: "Repositories that it keeps fresh; what it does there stands in each one's renovate.json.",
      }),
    schedule: z
      .string()
      .regex(/^\S+( \S+){4}$/, { error: ({ input }) => `${shown(input)} is no cron expression → write five fields` })
      .default("17 * * * *")
      .meta({ description: "When it looks, as cron writes it." }),
    tokenSecret: secretName
      .default("renovate-token")
      .meta({ description: "Secret with a token that may read and write them." }),
  })
  .superRefine(({ platform, endpoint }, context) => {
    if (endpoint === undefined && (platform === "gitea" || platform === "forgejo"))
      context.addIssue({
        code: "custom",
        path: ["endpoint"],
        message: `${platform} has no address that everybody knows → write that of its API, such as https://git.example.com/api/v1/`,
      });
  });

const namespace = "renovate";
const secret = "renovate-environment";

/** Chart facts: github.com/renovatebot/helm-charts; settings: docs.renovatebot.com/self-hosted-configuration. */
export const renovate = defineRelease({
  name: "renovate",
  description: "Renovate: proposes new versions of what repositories depend on.",
  chart: {
    chart: "renovate",
    repository: "https://docs.renovatebot.com/helm-charts",
    // renovate: datasource=helm depName=renovate registryUrl=https://docs.renovatebot.com/helm-charts
    version: "46.254.2",
  },
  namespace,
  options,
  values: ({ platform, endpoint, repositories, schedule }) => ({
    cronjob: {
      schedule,
      // Two at once would make the same branches.
      concurrencyPolicy: "Forbid",
      jobBackoffLimit: 1,
      ttlSecondsAfterFinished: 86_400,
    },
    renovate: {
      config: JSON.stringify({
        platform,
        ...(endpoint === undefined ? {} : { endpoint }),
        repositories,
        onboarding: true,
        gitAuthor: "Renovate <renovate@whitesourcesoftware.com>",
      }),
    },
    existingSecret: secret,
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  }),
  manifests: ({ tokenSecret }) => [
    {
      manifest: secretManifest({ name: secret, namespace, data: { RENOVATE_TOKEN: new SecretRef(tokenSecret) } }),
      before: true,
    },
  ],
  secrets: ({ tokenSecret }) => [tokenSecret],
});
