import { expect, test } from "vitest";
import type { SecretRef } from "../../lib/platform/release.ts";
import { dependencies, type Given, object, plan, release, releaseStep } from "./platform-fixture.ts";

const https = { url: "https://gitlab.com/example/platform.git", tokenSecret: "git-token" };
const ssh = {
  url: "ssh://git@github.com/example/metal.git",
  keySecret: "flux-key",
  knownHosts: "github.com ssh-ed25519 AAAA",
};
const argocd = {
  repository: https,
  path: "clusters/rack",
  exposed: { host: "gitops.example.com", ingressClass: "haproxy", issuer: "letsencrypt" },
  oidc: { adminGroups: ["example/platform"], readerGroups: ["example"] },
  ageKeySecret: "sops-age-key",
  webhookSecret: "argocd-webhook",
};
const around = {
  haproxy: {},
  "cert-manager": { issuers: [{ name: "letsencrypt", server: "production", email: "ops@example.com" }] },
};
const flux = {
  repository: ssh,
  ageKeySecret: "sops-age-key",
  kustomizations: {
    controllers: { path: "./controllers" },
    apps: { path: "./apps", dependsOn: ["controllers"], prune: false },
  },
  helmRepositories: { charts: "https://charts.example.com", images: "oci://registry.example.com/charts" },
};

const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);
const refusals = (name: string, options: object): readonly string[] =>
  release(name)
    .options.safeParse(options)
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
const spec = (made: ReturnType<typeof plan>, id: string): unknown => (object(made, id) as { spec: unknown }).spec;
const data = (made: ReturnType<typeof plan>, id: string) =>
  (object(made, id) as { stringData: Readonly<Record<string, SecretRef | string>> }).stringData;

test("Argo CD decrypts with a GPG key, alone or beside age: a keyring of its own, made when the pod starts", () => {
  const { ageKeySecret: _, ...keyless } = argocd;
  const made = plan({ releases: { ...around, argocd: { ...keyless, gpgKeySecret: "sops-gpg-key" } } });
  expect(made.faults).toEqual([]);
  const { repoServer } = releaseStep(made, "argocd").values as {
    readonly repoServer: Readonly<Record<string, unknown>>;
  };
  expect(repoServer).toMatchInlineSnapshot(`
    {
      "env": [
        {
          "name": "GNUPGHOME",
          "value": "/gnupg/home",
        },
      ],
      "initContainers": [
        {
          "command": [
            "/usr/local/bin/ksops",
            "install",
            "--with-kustomize",
            "/tools",
          ],
          "image": "viaductoss/ksops:v4.5.1",
          "name": "ksops",
          "volumeMounts": [
            {
              "mountPath": "/tools",
              "name": "ksops",
            },
          ],
        },
        {
          "command": [
            "sh",
            "-c",
            "mkdir -m 0700 -p /gnupg/home && gpg --batch --import /etc/gpg/key.asc",
          ],
          "env": [
            {
              "name": "GNUPGHOME",
              "value": "/gnupg/home",
            },
          ],
          "image": "{{ default .Values.global.image.repository .Values.repoServer.image.repository }}:{{ default (include "argo-cd.defaultTag" .) .Values.repoServer.image.tag }}",
          "name": "gpg",
          "volumeMounts": [
            {
              "mountPath": "/etc/gpg",
              "name": "gpg",
              "readOnly": true,
            },
            {
              "mountPath": "/gnupg",
              "name": "gnupg",
            },
          ],
        },
      ],
      "metrics": {
        "enabled": false,
        "serviceMonitor": {
          "enabled": false,
        },
      },
      "volumeMounts": [
        {
          "mountPath": "/usr/local/bin/kustomize",
          "name": "ksops",
          "subPath": "kustomize",
        },
        {
          "mountPath": "/usr/local/bin/ksops",
          "name": "ksops",
          "subPath": "ksops",
        },
        {
          "mountPath": "/gnupg",
          "name": "gnupg",
        },
      ],
      "volumes": [
        {
          "emptyDir": {},
          "name": "ksops",
        },
        {
          "name": "gpg",
          "secret": {
            "secretName": "argocd-gpg",
          },
        },
        {
          "emptyDir": {
            "medium": "Memory",
          },
          "name": "gnupg",
        },
      ],
    }
  `);
  expect(data(made, "secret/argocd/argocd-gpg")["key.asc"]).toMatchObject({ secret: "sops-gpg-key" });
  expect(dependencies(made, "release/argocd")).toContain("secret/argocd/argocd-gpg");
  const both = plan({ releases: { ...around, argocd: { ...argocd, gpgKeySecret: "sops-gpg-key" } } });
  expect(releaseStep(both, "argocd").values).toMatchObject({
    repoServer: {
      volumes: ["ksops", "age", "gpg", "gnupg"].map((name) => ({ name })),
      env: [{ name: "SOPS_AGE_KEY_FILE" }, { name: "GNUPGHOME" }],
    },
  });
  expect(release("argocd").secrets?.({ ...argocd, gpgKeySecret: "sops-gpg-key" } as never, {} as never)).toContain(
    "sops-gpg-key",
  );
});

test("Argo CD: values without a secret in them, sign-on in place of the administrator, KSOPS with the key", () => {
  const made = plan({ releases: { ...around, argocd } });
  expect(made.faults).toEqual([]);
  expect(releaseStep(made, "argocd").values).toMatchInlineSnapshot(`
    {
      "configs": {
        "cm": {
          "admin.enabled": false,
          "kustomize.buildOptions": "--enable-helm --enable-alpha-plugins --enable-exec",
          "oidc.config": "name: GitLab
    issuer: https://gitlab.com
    clientID: $argocd-credentials:client-id
    clientSecret: $argocd-credentials:client-secret
    requestedScopes:
      - openid
      - profile
      - email
    enableUserInfoGroups: true
    userInfoPath: /oauth/userinfo
    userInfoCacheExpiration: 5m
    ",
          "url": "https://gitops.example.com",
        },
        "params": {
          "server.insecure": true,
        },
        "rbac": {
          "policy.csv": "g, "example/platform", role:admin
    g, "example", role:readonly
    ",
          "policy.default": "",
          "scopes": "[groups]",
        },
        "secret": {
          "extra": {
            "webhook.gitlab.secret": "$argocd-credentials:webhook",
          },
        },
      },
      "controller": {
        "metrics": {
          "enabled": false,
          "serviceMonitor": {
            "enabled": false,
          },
        },
      },
      "dex": {
        "enabled": false,
      },
      "global": {
        "domain": "gitops.example.com",
      },
      "notifications": {
        "enabled": false,
      },
      "repoServer": {
        "env": [
          {
            "name": "SOPS_AGE_KEY_FILE",
            "value": "/etc/age/keys.txt",
          },
        ],
        "initContainers": [
          {
            "command": [
              "/usr/local/bin/ksops",
              "install",
              "--with-kustomize",
              "/tools",
            ],
            "image": "viaductoss/ksops:v4.5.1",
            "name": "ksops",
            "volumeMounts": [
              {
                "mountPath": "/tools",
                "name": "ksops",
              },
            ],
          },
        ],
        "metrics": {
          "enabled": false,
          "serviceMonitor": {
            "enabled": false,
          },
        },
        "volumeMounts": [
          {
            "mountPath": "/usr/local/bin/kustomize",
            "name": "ksops",
            "subPath": "kustomize",
          },
          {
            "mountPath": "/usr/local/bin/ksops",
            "name": "ksops",
            "subPath": "ksops",
          },
          {
            "mountPath": "/etc/age",
            "name": "age",
            "readOnly": true,
          },
        ],
        "volumes": [
          {
            "emptyDir": {},
            "name": "ksops",
          },
          {
            "name": "age",
            "secret": {
              "secretName": "argocd-age",
            },
          },
        ],
      },
      "server": {
        "metrics": {
          "enabled": false,
          "serviceMonitor": {
            "enabled": false,
          },
        },
      },
    }
  `);
  expect(dependencies(made, "release/argocd")).toEqual([
    "secret/argocd/argocd-age",
    "secret/argocd/argocd-credentials",
  ]);
});

test("Argo CD finds the repository, and only its own Secrets", () => {
  const made = plan({ releases: { ...around, argocd } });
  expect(object(made, "secret/argocd/argocd-repository")).toMatchObject({
    metadata: { labels: { "argocd.argoproj.io/secret-type": "repository" } },
    stringData: { type: "git", url: https.url, username: "git", password: { secret: "git-token" } },
  });
  expect(object(made, "secret/argocd/argocd-credentials")).toMatchObject({
    metadata: { labels: { "app.kubernetes.io/part-of": "argocd" } },
  });
  expect(spec(made, "application/argocd/root")).toMatchObject({
    source: { repoURL: https.url, targetRevision: "main", path: "clusters/rack" },
    syncPolicy: { automated: { prune: true, selfHeal: true } },
  });
});

test("Argo CD that manages itself is left alone: values and version are set once", () => {
  const own = plan({ releases: { ...around, argocd: { ...argocd, selfManaged: "clusters/rack/argo-cd" } } });
  expect(releaseStep(own, "argocd").leaves).toEqual(["values", "version"]);
  expect(spec(own, "application/argocd/argocd")).toMatchObject({ source: { path: "clusters/rack/argo-cd" } });
  const ours = plan({ releases: { ...around, argocd } });
  expect(releaseStep(ours, "argocd").leaves).toEqual([]);
  expect(ours.steps.map(({ id }) => id)).not.toContain("application/argocd/argocd");
});

test("a sign-on and a webhook that nobody could reach", () => {
  const { exposed: _, ...inside } = argocd;
  expect(faults({ releases: { argocd: inside } })).toEqual([
    "platform.argocd.oidc: nobody could reach it there: it is not exposed → add exposed, or remove oidc",
    "platform.argocd.webhookSecret: nobody could reach it there: it is not exposed → add exposed, or remove webhookSecret",
  ]);
});

test("Flux: the source, then kustomizations in their order, each with what it decrypts by", () => {
  const made = plan({ releases: { flux } });
  expect(made.faults).toEqual([]);
  const ids = made.steps.map(({ id }) => id).filter((id) => !id.startsWith("namespace/"));
  expect(Object.fromEntries(ids.map((id) => [id, dependencies(made, id)]))).toMatchInlineSnapshot(`
    {
      "gitrepository/flux-system/flux-system": [
        "secret/flux-system/flux-git",
      ],
      "helmrepository/flux-system/charts": [
        "release/flux",
      ],
      "helmrepository/flux-system/images": [
        "release/flux",
      ],
      "kustomization/flux-system/apps": [
        "kustomization/flux-system/controllers",
      ],
      "kustomization/flux-system/controllers": [
        "gitrepository/flux-system/flux-system",
        "secret/flux-system/flux-sops",
      ],
      "release/flux": [
        "namespace/flux-system",
      ],
      "secret/flux-system/flux-git": [
        "release/flux",
      ],
      "secret/flux-system/flux-sops": [
        "release/flux",
      ],
    }
  `);
  expect(spec(made, "kustomization/flux-system/apps")).toMatchInlineSnapshot(`
    {
      "decryption": {
        "provider": "sops",
        "secretRef": {
          "name": "flux-sops",
        },
      },
      "dependsOn": [
        {
          "name": "controllers",
        },
      ],
      "interval": "10m",
      "path": "./apps",
      "prune": false,
      "retryInterval": "1m",
      "sourceRef": {
        "kind": "GitRepository",
        "name": "flux-system",
      },
      "timeout": "10m",
      "wait": true,
    }
  `);
  expect(spec(made, "gitrepository/flux-system/flux-system")).toEqual({
    url: ssh.url,
    ref: { branch: "main" },
    interval: "1m",
    secretRef: { name: "flux-git" },
  });
  expect(spec(made, "helmrepository/flux-system/images")).toEqual({
    url: "oci://registry.example.com/charts",
    interval: "1h",
    type: "oci",
  });
});

test("Flux decrypts by an age key, a GPG key, both or none: one Secret, each key under the ending that it looks for", () => {
  const keys = (chosen: object) => {
    const { ageKeySecret: _, ...others } = flux;
    const made = plan({ releases: { flux: { ...others, ...chosen } } });
    const { decryption } = spec(made, "kustomization/flux-system/controllers") as { readonly decryption?: unknown };
    const id = made.steps.map((step) => step.id).find((step) => step === "secret/flux-system/flux-sops");
    return { decryption, data: id === undefined ? undefined : data(made, id) };
  };
  const decryption = { provider: "sops", secretRef: { name: "flux-sops" } };
  const [age, gpg] = [{ secret: "sops-age-key" }, { secret: "sops-gpg-key" }];
  expect(keys({})).toEqual({ decryption: undefined, data: undefined });
  expect(keys({ ageKeySecret: age.secret })).toMatchObject({ decryption, data: { "identity.agekey": age } });
  expect(keys({ gpgKeySecret: gpg.secret })).toMatchObject({ decryption, data: { "identity.asc": gpg } });
  expect(Object.keys(keys({ gpgKeySecret: gpg.secret }).data ?? {})).toEqual(["identity.asc"]);
  expect(keys({ ageKeySecret: age.secret, gpgKeySecret: gpg.secret })).toMatchObject({
    decryption,
    data: { "identity.agekey": age, "identity.asc": gpg },
  });
});

test("Flux gets in by key and known hosts, by token, or without either", () => {
  const made = plan({ releases: { flux } });
  const { identity, known_hosts: hosts } = data(made, "secret/flux-system/flux-git");
  expect(hosts).toBe(ssh.knownHosts);
  expect(typeof identity === "string" ? "" : identity?.render("KEY\n\n")).toBe("KEY\n");
  const token = plan({ releases: { flux: { ...flux, repository: https } } });
  expect(data(token, "secret/flux-system/flux-git")).toMatchObject({
    username: "git",
    password: { secret: "git-token" },
  });
  const open = plan({ releases: { flux: { ...flux, repository: { url: https.url } } } });
  expect(open.steps.map(({ id }) => id)).not.toContain("secret/flux-system/flux-git");
  expect(spec(open, "gitrepository/flux-system/flux-system")).not.toHaveProperty("secretRef");
});

test("kustomizations that wait for each other, or for one that is not there", () => {
  const kustomizations = {
    a: { path: "./a", dependsOn: ["b"] },
    b: { path: "./b", dependsOn: ["a", "c"] },
  };
  expect(faults({ releases: { flux: { ...flux, kustomizations } } })).toEqual([
    "platform.flux.kustomizations.b.dependsOn.1: there is no kustomization c → name one that there is: a, b",
    "platform.flux: these wait for each other: kustomization/flux-system/a → kustomization/flux-system/b → kustomization/flux-system/a → break the circle: take one of them out, or change what it needs",
  ]);
});

test("Renovate: its repositories in the configuration, its token in a Secret", () => {
  const made = plan({ releases: { renovate: { repositories: ["example/homelab"] } } });
  const { values } = releaseStep(made, "renovate");
  expect(JSON.parse((values.renovate as { config: string }).config)).toMatchObject({
    platform: "github",
    repositories: ["example/homelab"],
  });
  expect(values).toMatchObject({ existingSecret: "renovate-environment", cronjob: { concurrencyPolicy: "Forbid" } });
  expect(data(made, "secret/renovate/renovate-environment")).toEqual({
    RENOVATE_TOKEN: expect.objectContaining({ secret: "renovate-token" }),
  });
});

test("options that cannot be, each with what to write instead", () => {
  expect([
    refusals("flux", { repository: { url: "git@github.com:example/metal" }, kustomizations: { a: { path: "./a" } } }),
    refusals("flux", { repository: { url: ssh.url }, kustomizations: { a: { path: "./a" } } }),
    refusals("flux", { repository: { ...https, keySecret: "key" }, kustomizations: { a: { path: "/a" } } }),
    refusals("flux", { repository: https, kustomizations: {} }),
    refusals("argocd", { repository: https, path: "/clusters" }),
    refusals("renovate", { repositories: [] }),
    refusals("renovate", { repositories: ["homelab"], schedule: "hourly" }),
    refusals("renovate", { repositories: ["a/b"], platform: "forgejo" }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "repository.url: "git@github.com:example/metal" is no address of a Git repository → write https://host/path.git, or ssh://git@host/path.git",
      ],
      [
        "repository.keySecret: an ssh:// repository takes a key → name its secret",
        "repository.knownHosts: without them anybody could stand in for the server → add the lines of ssh-keyscan",
      ],
      [
        "repository.keySecret: https:// takes no SSH key → use tokenSecret",
        "kustomizations.a.path: "/a" is no path of a kustomization → write ./ and the directory",
      ],
      [
        "kustomizations: nothing would be applied → add one, such as apps: { path: ./apps }",
      ],
      [
        "path: this is no path in a repository → write it without a slash in front",
      ],
      [
        "repositories: there is nothing to keep fresh → name a repository, such as example/homelab",
      ],
      [
        "repositories.0: "homelab" is no repository → write owner/name",
        "schedule: "hourly" is no cron expression → write five fields",
      ],
      [
        "endpoint: forgejo has no address that everybody knows → write that of its API, such as https://git.example.com/api/v1/",
      ],
    ]
  `);
});
