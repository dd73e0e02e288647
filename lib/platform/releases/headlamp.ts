import { z } from "zod";
import { type Oidc, oidcPrefix } from "../../oidc.ts";
import { secretName } from "../../primitives.ts";
import { type Exposure, exposedHosts, exposure, exposureUrl, ingressObject } from "../ingress.ts";
import { commonOptions, defineRelease, type PlannedManifest, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const oidc = z.strictObject({
  scopes: z
    .array(z.string().min(1))
    .min(1)
    .default(["openid", "profile", "email"])
    .meta({ description: "What is asked of the issuer." }),
  clientSecretSecret: secretName
    .default("headlamp-client-secret")
    .meta({ description: "Secret with the secret of the application that groundwork:cluster.oidc.clientId names." }),
  adminGroups: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: "Groups of the issuer's whose members administer the cluster." }),
});

const options = z.strictObject({
  ...commonOptions,
  exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
  oidc: oidc.optional().meta({
    description:
      "Sign on at the issuer of groundwork:cluster.oidc, with redirect to <host>/oidc-callback. Absent: people bring a token of their own.",
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
  manifests: (chosen, { cluster }) => [
    ...signOn(chosen, cluster.oidc),
    ...ingressObject({ name, namespace, exposed: chosen.exposed, service: { name, port: 80 } }),
  ],
  secrets: ({ oidc: chosen }) => (chosen === undefined ? [] : [chosen.clientSecretSecret]),
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ oidc: chosen, exposed }, { cluster }) =>
    chosen === undefined
      ? []
      : [
          ...(exposed === undefined
            ? [
                {
                  path: ["oidc"],
                  message: "nobody could come back from the sign-on: it is not exposed",
                  remedy: "add exposed, or remove oidc",
                },
              ]
            : []),
          ...(cluster.oidc === undefined
            ? [
                {
                  path: ["oidc"],
                  message: "the API server would refuse whoever signs on: it trusts no issuer",
                  remedy: "add groundwork:cluster.oidc, or remove oidc",
                },
              ]
            : []),
        ],
});

const callback = (exposed: Exposure): string => `${exposureUrl(exposed)}/oidc-callback`;

function signOn({ oidc: chosen, exposed }: Options, trusted: Oidc | undefined): readonly PlannedManifest[] {
  if (chosen === undefined || exposed === undefined || trusted === undefined) return [];
  const data = {
    OIDC_CLIENT_ID: trusted.clientId,
    OIDC_CLIENT_SECRET: new SecretRef(chosen.clientSecretSecret),
    OIDC_ISSUER_URL: trusted.issuer,
    OIDC_SCOPES: chosen.scopes.join(","),
    OIDC_CALLBACK_URL: callback(exposed),
  };
  const apiGroup = "rbac.authorization.k8s.io";
  const administrators = {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "headlamp-administrators" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: chosen.adminGroups.map((group) => ({ apiGroup, kind: "Group", name: `${oidcPrefix}${group}` })),
  };
  return [
    { manifest: secretManifest({ name: credentials, namespace, data }), before: true },
    ...(chosen.adminGroups.length === 0 ? [] : [{ manifest: administrators }]),
  ];
}
