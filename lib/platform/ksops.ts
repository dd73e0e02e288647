import type { Values } from "./release.ts";

// renovate: datasource=docker depName=viaductoss/ksops
const ksopsVersion = "v4.5.1";

/** Secrets with the keys, each under one name: `keys.txt` of age, `key.asc` of GnuPG. */
export interface KsopsKeys {
  /** Name of the Secret with age keys. */
  readonly age?: string;
  /** Name of the Secret with a private GPG key, armoured and without a passphrase. */
  readonly gpg?: string;
}

/**
 * Values of Argo CD's repository server with which kustomize decrypts what SOPS encrypted. kustomize and KSOPS of one
 * image take the place of the kustomize that Argo CD brings. Source: github.com/viaduct-ai/kustomize-sops, README
 */
export function ksopsValues({ age, gpg }: KsopsKeys): Values {
  if (age === undefined && gpg === undefined) return {};
  const parts = [tools, ...(age === undefined ? [] : [ageKey(age)]), ...(gpg === undefined ? [] : [gpgKey(gpg)])];
  return {
    volumes: parts.flatMap(({ volumes }) => volumes),
    initContainers: parts.flatMap(({ initContainers }) => initContainers),
    volumeMounts: parts.flatMap(({ volumeMounts }) => volumeMounts),
    env: parts.flatMap(({ env }) => env),
  };
}

interface Part {
  readonly volumes: readonly Values[];
  readonly initContainers: readonly Values[];
  readonly volumeMounts: readonly Values[];
  readonly env: readonly Values[];
}

const tools: Part = {
  volumes: [{ name: "ksops", emptyDir: {} }],
  initContainers: [
    {
      name: "ksops",
      image: `viaductoss/ksops:${ksopsVersion}`,
      command: ["/usr/local/bin/ksops", "install", "--with-kustomize", "/tools"],
      volumeMounts: [{ name: "ksops", mountPath: "/tools" }],
    },
  ],
  volumeMounts: [
    { name: "ksops", mountPath: "/usr/local/bin/kustomize", subPath: "kustomize" },
    { name: "ksops", mountPath: "/usr/local/bin/ksops", subPath: "ksops" },
  ],
  env: [],
};

const ageKey = (secretName: string): Part => ({
  volumes: [{ name: "age", secret: { secretName } }],
  initContainers: [],
  volumeMounts: [{ name: "age", mountPath: "/etc/age", readOnly: true }],
  env: [{ name: "SOPS_AGE_KEY_FILE", value: "/etc/age/keys.txt" }],
});

/** SOPS asks the gpg of Argo CD's own image, which takes keys from a keyring alone: one is made when the pod starts. */
const gpgKey = (secretName: string): Part => {
  const home = [{ name: "GNUPGHOME", value: "/gnupg/home" }];
  const keyring = { name: "gnupg", mountPath: "/gnupg" };
  return {
    volumes: [
      { name: "gpg", secret: { secretName } },
      { name: "gnupg", emptyDir: { medium: "Memory" } },
    ],
    initContainers: [
      {
        name: "gpg",
        // The chart renders this, as it does its own containers'.
        image:
          '{{ default .Values.global.image.repository .Values.repoServer.image.repository }}:{{ default (include "argo-cd.defaultTag" .) .Values.repoServer.image.tag }}',
        // gpg wants a keyring that is nobody else's.
        command: ["sh", "-c", "mkdir -m 0700 -p /gnupg/home && gpg --batch --import /etc/gpg/key.asc"],
        env: home,
        volumeMounts: [{ name: "gpg", mountPath: "/etc/gpg", readOnly: true }, keyring],
      },
    ],
    volumeMounts: [keyring],
    // Argo CD's own keyring, for signatures of commits, is elsewhere. Source: github.com/argoproj/argo-cd, util/gpg
    env: home,
  };
};
