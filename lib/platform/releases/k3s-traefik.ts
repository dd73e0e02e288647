import { stringify } from "yaml";
import { z } from "zod";
import { email, label, url } from "../../primitives.ts";
import { runsK3s } from "../builtin.ts";
import { defineObjects, type Values } from "../release.ts";
import { lasting, storageNeeds } from "../storage.ts";
import { hstsSpec, traefikOptions, traefikPorts, traefikTls } from "../traefik.ts";

/** Source: letsencrypt.org/docs/acme-protocol-updates and letsencrypt.org/docs/staging-environment */
const servers: Readonly<Record<string, string>> = {
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  production: "https://acme-v02.api.letsencrypt.org/directory",
};

const acme = z.strictObject({
  resolver: label.default("letsencrypt").meta({ description: "Its name: `resolver` of what is exposed." }),
  email: email.meta({ description: "Where the certificate authority writes to." }),
  server: z
    .union([z.enum(["staging", "production"]), url])
    .default("production")
    .meta({ description: "Let's Encrypt's staging or production server, or an ACME directory's address." }),
  storage: lasting("128Mi"),
});

const options = z.strictObject({
  acme: acme.optional().meta({
    description: "Certificates by Traefik itself, in place of cert-manager: ports 80 and 443 are reached from outside.",
  }),
  ...traefikOptions,
});
type Options = z.output<typeof options>;

/** Of k3s' own release, and of its HelmChart. */
const name = "traefik";
const namespace = "kube-system";

/**
 * k3s lays these values over its own and upgrades the release. What they make comes with the release too, since the
 * kinds of Traefik are there no sooner.
 *
 * Source: docs.k3s.io/add-ons/helm, "Customizing Packaged Components with HelmChartConfig"; of the values:
 * github.com/traefik/traefik-helm-chart from version 39 on, which k3s 1.35 and later have.
 */
export const k3sTraefik = defineObjects<Options>({
  name: "k3s-traefik",
  description: "Settings of the Traefik that k3s brings: redirect, HSTS, TLS versions, its own ACME resolver.",
  namespace,
  options,
  manifests: (chosen) => [
    {
      manifest: {
        apiVersion: "helm.cattle.io/v1",
        kind: "HelmChartConfig",
        metadata: { name, namespace },
        spec: { valuesContent: stringify(values(chosen), { lineWidth: 0 }) },
      },
      ...(chosen.acme === undefined
        ? {}
        : {
            provides: [`cert-resolver:${chosen.acme.resolver}`],
            needs: storageNeeds(chosen.acme.storage),
          }),
    },
  ],
  faults: (_, { cluster }) =>
    runsK3s(cluster) && !cluster.disable.includes("traefik")
      ? []
      : [
          {
            path: [],
            message: runsK3s(cluster)
              ? "it sets k3s' own Traefik, which is left out (groundwork:cluster.disable)"
              : `it sets k3s' own Traefik, and the cluster is ${cluster.distribution}`,
            remedy: "use groundwork:platform.traefik, which is a Traefik of its own",
          },
        ],
});

function values(chosen: Options): Values {
  return {
    ports: traefikPorts(chosen, namespace),
    tlsOptions: traefikTls(chosen),
    ...(chosen.hsts
      ? {
          extraObjects: [
            {
              apiVersion: "traefik.io/v1alpha1",
              kind: "Middleware",
              metadata: { name: "hsts" },
              spec: hstsSpec,
            },
          ],
        }
      : {}),
    ...(chosen.acme === undefined ? {} : acmeValues(chosen.acme)),
  };
}

function acmeValues({ resolver, email: contact, server, storage }: NonNullable<Options["acme"]>): Values {
  return {
    certificatesResolvers: {
      [resolver]: {
        acme: {
          email: contact,
          caServer: servers[server] ?? server,
          storage: "/data/acme.json",
          // Answered at port 80 before any redirect.
          httpChallenge: { entryPoint: "web" },
        },
      },
    },
    persistence: {
      enabled: true,
      size: storage.size,
      ...(storage.class === undefined ? {} : { storageClass: storage.class }),
    },
    // Only once: Traefik refuses a file with keys that its group may read.
    podSecurityContext: { fsGroup: 65_532, fsGroupChangePolicy: "OnRootMismatch" },
    // The volume goes to one pod at a time.
    updateStrategy: { type: "Recreate", rollingUpdate: null },
  };
}
