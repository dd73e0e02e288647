import { z } from "zod";
import { duration, label, secretName } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { chartKinds } from "../facts.ts";
import { gitAccess, gitRepository, gitSecrets } from "../git.ts";
import {
  commonOptions,
  defineRelease,
  type Manifest,
  type PlannedManifest,
  type ReleaseFault,
  SecretRef,
} from "../release.ts";
import { secretManifest } from "../secrets.ts";

const path = z.string().regex(/^\.\/\S*$/, {
  error: ({ input }) => `${shown(input)} is no path of a kustomization → write ./ and the directory`,
});

const kustomization = z.strictObject({
  path: path.meta({ description: "Directory in the repository, such as ./infrastructure." }),
  dependsOn: z.array(label).default([]).meta({ description: "Others that have to be ready before." }),
  interval: duration.default("10m").meta({ description: "How often it is compared with the cluster." }),
  prune: z.boolean().default(true).meta({ description: "What goes from the repository goes from the cluster." }),
});

const helmRepository = z.string().regex(/^(https|oci):\/\/\S+$/, {
  error: ({ input }) => `${shown(input)} is no Helm repository → write https://host/path or oci://host/path`,
});

const options = z.strictObject({
  ...commonOptions,
  repository: gitRepository.meta({ description: "The Git repository that it applies." }),
  interval: duration.default("1m").meta({ description: "How often it looks for something new there." }),
  kustomizations: z
    .record(label, kustomization)
    .refine((all) => Object.keys(all).length > 0, {
      error: () => "nothing would be applied → add one, such as apps: { path: ./apps }",
    })
    .meta({ description: "Directories of the repository by name, each applied once what it depends on is ready." }),
  helmRepositories: z
    .record(label, helmRepository)
    .default({})
    .meta({ description: "Helm repositories by name, for HelmReleases of the repository." }),
  ageKeySecret: secretName.optional().meta({
    description: "Secret with an age key: every kustomization then decrypts what SOPS encrypted for it.",
  }),
  gpgKeySecret: secretName.optional().meta({
    description:
      "Secret with a private GPG key, armoured and without a passphrase: the same for what SOPS encrypted for that key. Both may be there.",
  }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "flux2",
  repository: "https://fluxcd-community.github.io/helm-charts",
  // renovate: datasource=helm depName=flux2 registryUrl=https://fluxcd-community.github.io/helm-charts
  version: "2.18.3",
};
const namespace = "flux-system";
const source = "flux-system";
const gitSecret = "flux-git";
const sopsSecret = "flux-sops";

/** Chart facts: github.com/fluxcd-community/helm-charts, charts/flux2; forms of its objects: fluxcd.io/flux/components. */
export const flux = defineRelease<Options>({
  name: "flux",
  description: "Flux: applies directories of a Git repository in order, with SOPS decryption and Helm repositories.",
  chart,
  namespace,
  podSecurity: "restricted",
  options,
  provides: () => chartKinds(chart.chart),
  values: () => ({
    // With the definitions everything that Flux has applied would go.
    crds: { annotations: { "helm.sh/resource-policy": "keep" } },
    imageAutomationController: { create: false },
    imageReflectionController: { create: false },
  }),
  manifests: (chosen) => [
    ...secrets(chosen),
    gitSource(chosen),
    ...Object.entries(chosen.helmRepositories).map(([name, url]) => ({ manifest: helmSource(name, url) })),
    ...Object.entries(chosen.kustomizations).map(([name, each]) => applied(name, each, chosen)),
  ],
  secrets: ({ repository, ageKeySecret, gpgKeySecret }) => [
    ...gitSecrets(repository),
    ...[ageKeySecret, gpgKeySecret].filter((name) => name !== undefined),
  ],
  faults: ({ kustomizations }) => dependencyFaults(kustomizations),
});

/** What SOPS decrypts by. A kustomization names one Secret, and kinds of keys are told by their endings. Source: fluxcd.io, "Kustomization", "Decryption Secret reference" */
function sopsKeys({ ageKeySecret, gpgKeySecret }: Options): Readonly<Record<string, SecretRef>> {
  return {
    ...(ageKeySecret === undefined ? {} : { "identity.agekey": new SecretRef(ageKeySecret) }),
    ...(gpgKeySecret === undefined ? {} : { "identity.asc": new SecretRef(gpgKeySecret) }),
  };
}

const decrypts = (chosen: Options): boolean => Object.keys(sopsKeys(chosen)).length > 0;

function secrets(chosen: Options): readonly PlannedManifest[] {
  const { repository } = chosen;
  const access = gitAccess(repository);
  const git =
    access === undefined
      ? {}
      : "token" in access
        ? { username: access.user, password: access.token }
        : { identity: access.key, known_hosts: repository.knownHosts ?? "" };
  return [
    ...(access === undefined ? [] : [{ manifest: secretManifest({ name: gitSecret, namespace, data: git }) }]),
    ...(decrypts(chosen)
      ? [{ manifest: secretManifest({ name: sopsSecret, namespace, data: sopsKeys(chosen) }) }]
      : []),
  ];
}

function gitSource({ repository, interval }: Options): PlannedManifest {
  const closed = gitAccess(repository) !== undefined;
  return {
    manifest: {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: source, namespace },
      spec: {
        url: repository.url,
        ref: { branch: repository.branch },
        interval,
        ...(closed ? { secretRef: { name: gitSecret } } : {}),
      },
    },
    ...(closed ? { needs: [`secret:${namespace}/${gitSecret}`] } : {}),
  };
}

const helmSource = (name: string, url: string): Manifest => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "HelmRepository",
  metadata: { name, namespace },
  spec: { url, interval: "1h", ...(url.startsWith("oci:") ? { type: "oci" } : {}) },
});

function applied(name: string, each: Options["kustomizations"][string], chosen: Options): PlannedManifest {
  const { path: directory, dependsOn, interval, prune } = each;
  return {
    manifest: {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name, namespace },
      spec: {
        sourceRef: { kind: "GitRepository", name: source },
        path: directory,
        interval,
        retryInterval: "1m",
        prune,
        // Ready means healthy: others depend on it.
        wait: true,
        timeout: "10m",
        ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((other) => ({ name: other })) }),
        ...(decrypts(chosen) ? { decryption: { provider: "sops", secretRef: { name: sopsSecret } } } : {}),
      },
    },
    needs: [
      `object:gitrepository/${namespace}/${source}`,
      ...(decrypts(chosen) ? ([`secret:${namespace}/${sopsSecret}`] as const) : []),
      // While the platform is taken down, what depends on it goes first.
      ...dependsOn
        .filter((other) => Object.hasOwn(chosen.kustomizations, other))
        .map((other) => `object:kustomization/${namespace}/${other}` as const),
    ],
  };
}

function dependencyFaults(all: Options["kustomizations"]): readonly ReleaseFault[] {
  return Object.entries(all).flatMap(([name, { dependsOn }]) =>
    dependsOn.flatMap((other, index) =>
      Object.hasOwn(all, other)
        ? []
        : [
            {
              path: ["kustomizations", name, "dependsOn", index],
              message: `there is no kustomization ${other}`,
              remedy: `name one that there is: ${Object.keys(all).join(", ")}`,
            },
          ],
    ),
  );
}
