import { createHash } from "node:crypto";
import { z } from "zod";
import { hostname, secretName, url } from "../../primitives.ts";
import { exposedHosts, exposure, exposureUrl, ingressObject, signOnMiddleware } from "../ingress.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z.strictObject({
  ...commonOptions,
  provider: z
    .enum(["gitlab", "oidc"])
    .default("gitlab")
    .meta({ description: "Who knows people: GitLab, or anybody that speaks OpenID Connect." }),
  issuer: url.default("https://gitlab.com").meta({ description: "Its issuer, as its discovery document says." }),
  exposed: exposure.meta({ description: "Its own host name, where people come back to: <host>/oauth2/callback." }),
  cookieDomain: hostname
    .optional()
    .meta({ description: "Domain whose hosts share one sign-on. Absent: that of its own host name." }),
  groups: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: "Who may come in: groups, at GitLab with their whole path, such as example/platform." }),
  emailDomains: z
    .array(hostname)
    .default([])
    .meta({ description: "Who may come in: domains of confirmed e-mail addresses, beside or instead of groups." }),
  clientIdSecret: secretName
    .default("oauth2-proxy-client-id")
    .meta({ description: "Secret with the application's id at the provider." }),
  clientSecretSecret: secretName
    .default("oauth2-proxy-client-secret")
    .meta({ description: "Secret with the application's secret at the provider." }),
  cookieSecret: secretName
    .default("oauth2-proxy-cookie-secret")
    .meta({ description: "Secret that cookies are sealed with: any long random text. A new one signs everybody out." }),
});
type Options = z.output<typeof options>;

const name = "oauth2-proxy";
const { namespace } = signOnMiddleware;
const credentials = "oauth2-proxy-credentials";

/** It takes 16, 24 or 32 bytes; whatever is configured becomes 32. Source: pkg/encryption/utils.go (SecretBytes). */
const sealingKey = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/**
 * Asks people who they are before they reach an Ingress of class traefik that says so: `signOn: true`, or the annotation
 * traefik.ingress.kubernetes.io/router.middlewares: oauth2-proxy-forward-auth@kubernetescrd on one of your own.
 *
 * Source of the arrangement: oauth2-proxy.github.io, "Configuring for use with the Traefik (v2) ForwardAuth middleware",
 * part "ForwardAuth with static upstreams configuration". Chart facts: github.com/oauth2-proxy/manifests.
 */
export const oauth2Proxy = defineRelease<Options>({
  name,
  description:
    "Sign-on before Ingresses of Traefik, by GitLab or any OpenID Connect provider (middleware forward-auth).",
  chart: {
    chart: "oauth2-proxy",
    repository: "https://oauth2-proxy.github.io/manifests",
    // renovate: datasource=helm depName=oauth2-proxy registryUrl=https://oauth2-proxy.github.io/manifests
    version: "10.7.0",
  },
  namespace,
  podSecurity: "restricted",
  options,
  needs: (_, context) => serviceMonitors(context),
  values: (chosen, context) => ({
    replicaCount: 2,
    config: { existingSecret: credentials, configFile: configuration(chosen) },
    metrics: { serviceMonitor: { enabled: monitored(context) } },
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  }),
  manifests: ({ exposed, clientIdSecret, clientSecretSecret, cookieSecret }) => [
    {
      manifest: secretManifest({
        name: credentials,
        namespace,
        data: {
          "client-id": new SecretRef(clientIdSecret),
          "client-secret": new SecretRef(clientSecretSecret),
          "cookie-secret": new SecretRef(cookieSecret, sealingKey),
        },
      }),
      before: true,
    },
    ...ingressObject({ name, namespace, exposed, service: { name, port: 80 } }),
    {
      manifest: {
        apiVersion: "traefik.io/v1alpha1",
        kind: "Middleware",
        metadata: { name: signOnMiddleware.name, namespace },
        spec: {
          forwardAuth: {
            // Any path but its own: 202 for those who are signed on, the way to the sign-on for all others.
            address: `http://${name}.${namespace}.svc.cluster.local/`,
            authResponseHeaders: [
              "X-Auth-Request-User",
              "X-Auth-Request-Email",
              "X-Auth-Request-Groups",
              "X-Auth-Request-Preferred-Username",
            ],
          },
        },
      },
      provides: ["sign-on"],
    },
  ],
  secrets: ({ clientIdSecret, clientSecretSecret, cookieSecret }) => [clientIdSecret, clientSecretSecret, cookieSecret],
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ groups, emailDomains, exposed, cookieDomain, issuer }) => [
    ...(groups.length + emailDomains.length > 0
      ? []
      : [
          {
            path: [],
            message: `everybody with an account at ${issuer} would be let in`,
            remedy: "say who may come in: groups, emailDomains or both",
          },
        ]),
    ...(exposed.signOn
      ? [
          {
            path: ["exposed", "signOn"],
            message: "nobody could sign on: the page for it would ask for a sign-on first",
            remedy: "remove signOn",
          },
        ]
      : []),
    ...(cookieDomain === undefined || exposed.host.endsWith(`.${cookieDomain}`)
      ? []
      : [
          {
            path: ["cookieDomain"],
            message: `browsers refuse its cookie: ${exposed.host} is not below ${cookieDomain}`,
            remedy: `use a domain that ${exposed.host} is in`,
          },
        ]),
  ],
});

/** Its configuration file, in TOML. Source: oauth2-proxy.github.io, "Config Options". */
function configuration(chosen: Options): string {
  const { provider, issuer, exposed, groups, emailDomains } = chosen;
  const domain = `.${chosen.cookieDomain ?? exposed.host.slice(exposed.host.indexOf(".") + 1)}`;
  const settings: readonly (readonly [string, string | boolean | readonly string[]])[] = [
    ["provider", provider],
    ["oidc_issuer_url", issuer],
    ["redirect_url", `${exposureUrl(exposed)}/oauth2/callback`],
    ["code_challenge_method", "S256"],
    // GitLab's groups are those of the account; others tell theirs in a claim.
    ...(groups.length === 0 ? [] : [[provider === "gitlab" ? "gitlab_groups" : "allowed_groups", groups] as const]),
    ["email_domains", emailDomains.length === 0 ? ["*"] : emailDomains],
    ["cookie_domains", [domain]],
    ["cookie_secure", exposureUrl(exposed).startsWith("https:")],
    ["whitelist_domains", [domain]],
    ["reverse_proxy", true],
    ["set_xauthrequest", true],
    ["skip_provider_button", true],
    ["upstreams", ["static://202"]],
  ];
  return settings.map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("");
}
