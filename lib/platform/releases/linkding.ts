import { z } from "zod";
import { secretName } from "../../primitives.ts";
import { exposedHosts, exposure, exposureUrl, ingressObject } from "../ingress.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { storage, storageNeeds } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  user: z.string().min(1).default("admin").meta({ description: "Name of the first user." }),
  passwordSecret: secretName
    .default("linkding-password")
    .meta({ description: "Secret with that user's password. It is set once: later it is changed in linkding." }),
  storage: storage("1Gi"),
  exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
});

const name = "linkding";
const namespace = "linkding";
const userSecret = "linkding-user";

/** Chart facts: github.com/pascaliske/helm-charts, charts/linkding; variables: linkding.link/options. */
export const linkding = defineRelease({
  name,
  description: "linkding: bookmarks.",
  chart: {
    chart: "linkding",
    repository: "https://charts.pascaliske.dev",
    // renovate: datasource=helm depName=linkding registryUrl=https://charts.pascaliske.dev
    version: "3.0.0",
  },
  namespace,
  options,
  needs: ({ storage: chosen }) => storageNeeds(chosen),
  values: ({ user, storage: chosen, exposed }) => ({
    // The volume goes to one pod at a time: a new one beside the old would wait for ever.
    controller: { updateStrategy: { type: "Recreate" } },
    env: [
      { name: "LD_SUPERUSER_NAME", value: user },
      {
        name: "LD_SUPERUSER_PASSWORD",
        valueFrom: { secretKeyRef: { name: userSecret, key: "password" } },
      },
      // Behind an ingress that speaks TLS, forms are refused that come from an origin it does not know.
      ...(exposed === undefined ? [] : [{ name: "LD_CSRF_TRUSTED_ORIGINS", value: exposureUrl(exposed) }]),
    ],
    persistentVolumeClaim:
      chosen === "none"
        ? { create: false }
        : {
            create: true,
            size: chosen.size,
            ...(chosen.class === undefined ? {} : { storageClassName: chosen.class }),
          },
    resources: { requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "512Mi" } },
  }),
  manifests: ({ passwordSecret, exposed }) => [
    {
      manifest: secretManifest({ name: userSecret, namespace, data: { password: new SecretRef(passwordSecret) } }),
      before: true,
    },
    ...ingressObject({ name, namespace, exposed, service: { name, port: 9090 } }),
  ],
  secrets: ({ passwordSecret }) => [passwordSecret],
  hosts: ({ exposed }) => exposedHosts(exposed),
});
