import { stringify } from "yaml";
import { z } from "zod";
import { secretName, url } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { gitAccess, gitRepository, gitSecrets } from "../git.ts";
import { exposedHosts, exposure, exposureUrl, ingressObject } from "../ingress.ts";
import { ksopsValues } from "../ksops.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, type Manifest, SecretRef, type Values } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const path = z
  .string()
  .regex(/^[^/\s]\S*$/, { error: () => "this is no path in a repository → write it without a slash in front" });

const oidc = z.strictObject({
  name: z.string().min(1).default("GitLab").meta({ description: "What the button says." }),
  issuer: url.default("https://gitlab.com").meta({ description: "Its issuer." }),
  clientIdSecret: secretName
    .default("argocd-client-id")
    .meta({ description: "Secret with the application's id at the issuer; its redirect is <host>/auth/callback." }),
  clientSecretSecret: secretName
    .default("argocd-client-secret")
    .meta({ description: "Secret with the application's secret at the issuer." }),
  userInfoPath: z
    .string()
    .startsWith("/")
    .default("/oauth/userinfo")
    .meta({ description: "Path below the issuer that tells a person's groups; GitLab's unless said otherwise." }),
  adminGroups: z.array(z.string().min(1)).min(1).meta({ description: "Groups that may do everything." }),
  readerGroups: z.array(z.string().min(1)).default([]).meta({ description: "Groups that may look." }),
});

const options = z.strictObject({
  ...commonOptions,
  repository: gitRepository.meta({ description: "The Git repository that it applies." }),
  path: path.default(".").meta({ description: "Directory of the Application `root`: usually more Applications." }),
  selfManaged: path.optional().meta({
    description:
      "Directory with Argo CD itself, once it is there: from then on this program leaves its values and version alone.",
  }),
  exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
  oidc: oidc.optional().meta({ description: "Sign on by OpenID Connect; the built-in administrator is then off." }),
  ageKeySecret: secretName.optional().meta({
    description: "Secret with an age key: kustomize then decrypts what SOPS encrypted for it, by KSOPS.",
  }),
  gpgKeySecret: secretName.optional().meta({
    description:
      "Secret with a private GPG key, armoured and without a passphrase: the same for what SOPS encrypted for that key. Both may be there.",
  }),
  webhookSecret: secretName.optional().meta({
    description: "Secret that GitLab's webhook sends to <host>/api/webhook. Absent: changes are found by asking.",
  }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "argo-cd",
  repository: "https://argoproj.github.io/argo-helm",
  // renovate: datasource=helm depName=argo-cd registryUrl=https://argoproj.github.io/argo-helm
  version: "10.1.1",
};
const namespace = "argocd";
const credentials = "argocd-credentials";
const ageSecret = "argocd-age";
const gpgSecret = "argocd-gpg";
/** Argo CD reads only Secrets that say they are its own. */
const partOf = { "app.kubernetes.io/part-of": "argocd" };

/** Chart facts: github.com/argoproj/argo-helm; settings: argo-cd.readthedocs.io; KSOPS: github.com/viaduct-ai/kustomize-sops. */
export const argoCd = defineRelease<Options>({
  // Its own tools look for argocd-server and others by these names.
  name: "argocd",
  description: "Argo CD: applies what stands in a Git repository, itself included, with sign-on and SOPS decryption.",
  chart,
  namespace,
  options,
  provides: () => chartKinds(chart.chart),
  needs: (_, context) => serviceMonitors(context),
  leaves: ({ selfManaged }) => (selfManaged === undefined ? [] : ["values", "version"]),
  values: (chosen, context) => {
    const metrics = { enabled: monitored(context), serviceMonitor: { enabled: monitored(context) } };
    return {
      ...(chosen.exposed === undefined ? {} : { global: { domain: chosen.exposed.host } }),
      // Only its own sign-on: the connectors of Dex are for what speaks no OpenID Connect.
      dex: { enabled: false },
      notifications: { enabled: false },
      configs: {
        // The ingress speaks TLS.
        params: { "server.insecure": true },
        cm: settings(chosen),
        rbac: rights(chosen),
        ...(chosen.repository.knownHosts === undefined ? {} : { ssh: { extraHosts: chosen.repository.knownHosts } }),
        ...(chosen.webhookSecret === undefined
          ? {}
          : { secret: { extra: { "webhook.gitlab.secret": `$${credentials}:webhook` } } }),
      },
      controller: { metrics },
      server: { metrics },
      repoServer: {
        metrics,
        ...ksopsValues({
          ...(chosen.ageKeySecret === undefined ? {} : { age: ageSecret }),
          ...(chosen.gpgKeySecret === undefined ? {} : { gpg: gpgSecret }),
        }),
      },
    };
  },
  manifests: (chosen) => [
    ...ofArgo(credentials, {
      ...(chosen.oidc === undefined
        ? {}
        : {
            "client-id": new SecretRef(chosen.oidc.clientIdSecret),
            "client-secret": new SecretRef(chosen.oidc.clientSecretSecret),
          }),
      ...(chosen.webhookSecret === undefined ? {} : { webhook: new SecretRef(chosen.webhookSecret) }),
    }),
    ...ofArgo(ageSecret, chosen.ageKeySecret === undefined ? {} : { "keys.txt": new SecretRef(chosen.ageKeySecret) }),
    ...ofArgo(gpgSecret, chosen.gpgKeySecret === undefined ? {} : { "key.asc": new SecretRef(chosen.gpgKeySecret) }),
    { manifest: repository(chosen) },
    { manifest: application("root", chosen.path, chosen) },
    ...(chosen.selfManaged === undefined ? [] : [{ manifest: application("argocd", chosen.selfManaged, chosen) }]),
    ...ingressObject({
      name: "argocd-server",
      namespace,
      exposed: chosen.exposed,
      service: { name: "argocd-server", port: 80 },
    }),
  ],
  secrets: ({ repository: git, oidc: sso, ageKeySecret, gpgKeySecret, webhookSecret }) => [
    ...gitSecrets(git),
    ...(sso === undefined ? [] : [sso.clientIdSecret, sso.clientSecretSecret]),
    ...[ageKeySecret, gpgKeySecret, webhookSecret].filter((name) => name !== undefined),
  ],
  hosts: ({ exposed }) => exposedHosts(exposed),
  faults: ({ oidc: sso, webhookSecret, exposed }) => {
    const lost = [...(sso === undefined ? [] : ["oidc"]), ...(webhookSecret === undefined ? [] : ["webhookSecret"])];
    if (exposed !== undefined) return [];
    return lost.map((option) => ({
      path: [option],
      message: "nobody could reach it there: it is not exposed",
      remedy: `add exposed, or remove ${option}`,
    }));
  },
});

function settings({ oidc: sso, exposed }: Options): Values {
  return {
    // Charts as parts of a kustomization, and generators that are programs: KSOPS is one.
    "kustomize.buildOptions": "--enable-helm --enable-alpha-plugins --enable-exec",
    ...(exposed === undefined ? {} : { url: exposureUrl(exposed) }),
    ...(sso === undefined
      ? {}
      : {
          "admin.enabled": false,
          "oidc.config": stringify({
            name: sso.name,
            issuer: sso.issuer,
            clientID: `$${credentials}:client-id`,
            clientSecret: `$${credentials}:client-secret`,
            requestedScopes: ["openid", "profile", "email"],
            // GitLab tells groups there, not in the token.
            enableUserInfoGroups: true,
            userInfoPath: sso.userInfoPath,
            userInfoCacheExpiration: "5m",
          }),
        }),
  };
}

/** Whoever is in no group sees nothing. */
function rights({ oidc: sso }: Options): Values {
  const lines = [
    ...(sso?.adminGroups ?? []).map((group) => `g, "${group}", role:admin`),
    ...(sso?.readerGroups ?? []).map((group) => `g, "${group}", role:readonly`),
  ];
  return { "policy.default": "", "policy.csv": lines.map((line) => `${line}\n`).join(""), scopes: "[groups]" };
}

function ofArgo(name: string, data: Readonly<Record<string, SecretRef>>) {
  if (Object.keys(data).length === 0) return [];
  const manifest = secretManifest({ name, namespace, data });
  return [{ manifest: { ...manifest, metadata: { ...manifest.metadata, labels: partOf } }, before: true }];
}

/** Source of its form: argo-cd.readthedocs.io, "Declarative Setup", "Repositories". */
function repository({ repository: git }: Options): Manifest {
  const access = gitAccess(git);
  const manifest = secretManifest({
    name: "argocd-repository",
    namespace,
    data: {
      type: "git",
      url: git.url,
      ...(access === undefined
        ? {}
        : "token" in access
          ? { username: access.user, password: access.token }
          : { sshPrivateKey: access.key }),
    },
  });
  const labels = { "argocd.argoproj.io/secret-type": "repository" };
  return { ...manifest, metadata: { ...manifest.metadata, labels } };
}

function application(name: string, directory: string, { repository: git }: Options): Manifest {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace },
    spec: {
      project: "default",
      source: { repoURL: git.url, targetRevision: git.branch, path: directory },
      destination: { server: "https://kubernetes.default.svc", namespace },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        // Its own definitions are larger than what a client-side apply can note down.
        syncOptions: ["ServerSideApply=true", "CreateNamespace=true"],
        retry: { limit: -1, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } },
      },
    },
  };
}
