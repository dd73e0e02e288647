import { z } from "zod";
import { address, email, hostname, label, secretName, url } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import {
  privateIssuer,
  privateIssuerObjects,
  privateIssuerSecrets,
  vaultIssuer,
  vaultIssuerObjects,
} from "../issuers.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import {
  commonOptions,
  defineRelease,
  type Manifest,
  type PlatformContext,
  type ReleaseFault,
  SecretRef,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";

/** Source: letsencrypt.org/docs/acme-protocol-updates and letsencrypt.org/docs/staging-environment */
const servers: Readonly<Record<string, string>> = {
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  production: "https://acme-v02.api.letsencrypt.org/directory",
};

const issuer = z.strictObject({
  name: label.meta({ description: "Name of the ClusterIssuer." }),
  server: z
    .union([z.enum(["staging", "production"]), url])
    .meta({ description: "Let's Encrypt's staging or production server, or an ACME directory's address." }),
  email: email.meta({ description: "Where the certificate authority writes to." }),
  zones: z
    .array(hostname)
    .default([])
    .meta({ description: "DNS zones at Cloudflare that it proves names in. Default: the zone of groundwork:dns." }),
  tokenSecret: secretName
    .default("cloudflare-token")
    .meta({ description: "Secret with a Cloudflare token: Zone:Read and DNS:Edit on the zones." }),
});
type Issuer = z.output<typeof issuer>;

const options = z.strictObject({
  ...commonOptions,
  issuers: z
    .array(issuer)
    .default([])
    .meta({ description: "ClusterIssuers that prove ownership by DNS (ACME DNS-01 through Cloudflare)." }),
  privateIssuers: z
    .array(privateIssuer)
    .default([])
    .meta({ description: "ClusterIssuers under an authority of one's own." }),
  vaultIssuers: z.array(vaultIssuer).default([]).meta({ description: "ClusterIssuers that let HashiCorp Vault sign." }),
  nameservers: z.array(address).min(1).default(["1.1.1.1", "8.8.8.8"]).meta({
    description: "Public resolvers that are asked whether a proof has spread; the cluster's own may keep old answers.",
  }),
});

const chart = {
  chart: "oci://quay.io/jetstack/charts/cert-manager",
  // renovate: datasource=docker depName=quay.io/jetstack/charts/cert-manager
  version: "v1.21.1",
};
const namespace = "cert-manager";
const tokenKey = "api-token";

export const certManager = defineRelease({
  name: "cert-manager",
  description: "Certificates from ACME authorities, kept in Secrets and renewed in time.",
  chart,
  namespace,
  podSecurity: "restricted",
  options,
  provides: () => chartKinds(chart.chart),
  needs: (_, context) => serviceMonitors(context),
  values: ({ nameservers }, context) => ({
    crds: { enabled: true },
    dns01RecursiveNameservers: nameservers.map((resolver) => `${resolver}:53`).join(","),
    dns01RecursiveNameserversOnly: true,
    // The chart's key has no capital M, and its schema refuses the other spelling.
    prometheus: { servicemonitor: { enabled: monitored(context) } },
  }),
  manifests: ({ issuers, privateIssuers, vaultIssuers }, context) => [
    ...tokens(issuers).map((name) => ({
      manifest: secretManifest({ name, namespace, data: { [tokenKey]: new SecretRef(name) } }),
      before: true,
    })),
    ...issuers.map((entry) => ({ manifest: clusterIssuer(entry, context) })),
    ...privateIssuers.flatMap(privateIssuerObjects),
    ...vaultIssuers.flatMap(vaultIssuerObjects),
  ],
  secrets: ({ issuers, privateIssuers }) => [...tokens(issuers), ...privateIssuers.flatMap(privateIssuerSecrets)],
  faults: ({ issuers }, context) => issuers.flatMap((entry, index) => zoneFaults(entry, index, context)),
});

const tokens = (issuers: readonly Issuer[]): readonly string[] => [
  ...new Set(issuers.map(({ tokenSecret }) => tokenSecret)),
];

function zonesOf({ zones }: Issuer, { dns }: PlatformContext): readonly string[] {
  return zones.length === 0 && dns !== undefined ? [dns.zone] : zones;
}

function clusterIssuer(entry: Issuer, context: PlatformContext): Manifest {
  const { name, server, email: contact, tokenSecret } = entry;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name },
    spec: {
      acme: {
        server: servers[server] ?? server,
        email: contact,
        privateKeySecretRef: { name: `${name}-account` },
        solvers: [
          {
            selector: { dnsZones: zonesOf(entry, context) },
            dns01: { cloudflare: { apiTokenSecretRef: { name: tokenSecret, key: tokenKey } } },
          },
        ],
      },
    },
  };
}

function zoneFaults(entry: Issuer, index: number, context: PlatformContext): readonly ReleaseFault[] {
  if (zonesOf(entry, context).length > 0) return [];
  return [
    {
      path: ["issuers", index, "zones"],
      message: `issuer ${entry.name} has no DNS zone to prove names in`,
      remedy: "list its zones, or describe the stage's zone in groundwork:dns",
    },
  ];
}
