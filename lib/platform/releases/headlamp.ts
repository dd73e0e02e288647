import { z } from "zod";
import { secretName, url } from "../../primitives.ts";
import { type Exposure, exposedHosts, exposure, exposureUrl, ingressObject } from "../ingress.ts";
import { commonOptions, defineRelease, type PlannedManifest, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const oidc = z.strictObject({
  issuer: url.meta({ description: "Issuer that the API server trusts too." }),
  scopes: z
    .array(z.string().min(1))
    .min(1)
    .default(["openid", "profile", "email"])
    .meta({ description: "What is asked of it." }),
  clientIdSecret: secretName
    .default("headlamp-client-id")
    .meta({ description: "Secret with the application's id at the issuer, which the API server expects too." }),
  clientSecretSecret: secretName
    .default("headlamp-client-secret")
    .meta({ description: "Secret with the application's secret at the issuer." }),
});

const options = z.strictObject({
  ...commonOptions,
  exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
  oidc: oidc.optional().meta({
    description:
      "Sign on by OpenID Connect, with redirect to <host>/oidc-callback. Absent: people bring a token of their own.",
  }),
});
type Options = z.output<typeof options>;

const name = "headlamp";
const namespace = "headlamp";
const credentials = "headlamp-oidc";

/**
 * Whoever signs on acts with rights of their own: its own account has none.
 * Chart facts: github.com/kubernetes-sigs/headlamp, charts/headlamp; variables: headlamp.dev/docs, "OIDC".
 */
export const headlamp = defineRelease<Options>({
  name,
  description: "Headlamp: the cluster on a web page, each person with their own rights.",
  chart: {
    chart: "headlamp",
    repository: "https://kubernetes-sigs.github.io/headlamp/",
    // renovate: datasource=helm depName=headlamp registryUrl=https://kubernetes-sigs.github.io/headlamp/
    version: "0.45.0",
  },
  namespace,
  options,
  values: ({ oidc: chosen, exposed }) => ({
    clusterRoleBinding: { create: false },
    config: {
      oidc: {
        secret: { create: false },
        ...(chosen === undefined || exposed === undefined
          ? {}
          : {
              externalSecret: { enabled: true, name: credentials, hasScopes: true },
              // Behind an ingress it would guess http. The chart wants it here to hand on what the Secret says.
              callbackURL: callback(exposed),
            }),
      },
    },
    resources: { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  }),
  manifests: (chosen) => [
    ...signOn(chosen),
    ...ingressObject({ name, namespace, exposed: chosen.exposed, service: { name, port: 80 } }),
  ],
  secrets: ({ oidc: chosen }) => (chosen === undefined ? [] : [chosen.clientIdSecret, chosen.clientSecretSecret]),
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ oidc: chosen, exposed }) =>
    chosen !== undefined && exposed === undefined
      ? [
          {
            path: ["oidc"],
            message: "nobody could come back from the sign-on: it is not exposed",
            remedy: "add exposed, or remove oidc",
          },
        ]
      : [],
});

const callback = (exposed: Exposure): string => `${exposureUrl(exposed)}/oidc-callback`;

function signOn({ oidc: chosen, exposed }: Options): readonly PlannedManifest[] {
  if (chosen === undefined || exposed === undefined) return [];
  const { issuer, scopes, clientIdSecret, clientSecretSecret } = chosen;
  const data = {
    OIDC_CLIENT_ID: new SecretRef(clientIdSecret),
    OIDC_CLIENT_SECRET: new SecretRef(clientSecretSecret),
    OIDC_ISSUER_URL: issuer,
    OIDC_SCOPES: scopes.join(","),
    OIDC_CALLBACK_URL: callback(exposed),
  };
  return [{ manifest: secretManifest({ name: credentials, namespace, data }), before: true }];
}
