import { expect, test } from "vitest";
import { parse } from "yaml";
import { dependencies, type Given, object, plan, release } from "./platform-fixture.ts";

const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);
const spec = (made: ReturnType<typeof plan>, id: string): unknown => (object(made, id) as { spec: unknown }).spec;
const refusals = (name: string, options: object): readonly string[] =>
  release(name)
    .options.safeParse(options)
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test("an authority that cert-manager makes: a root that signs itself, and the issuer under it", () => {
  const made = plan({ releases: { "cert-manager": { privateIssuers: [{ name: "rack", commonName: "rack root" }] } } });
  expect(made.faults).toEqual([]);
  expect(spec(made, "clusterissuer/rack-root")).toEqual({ selfSigned: {} });
  expect(spec(made, "certificate/cert-manager/rack-authority")).toEqual({
    isCA: true,
    commonName: "rack root",
    secretName: "rack-authority",
    duration: "87660h",
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
    issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "rack-root" },
  });
  expect(spec(made, "clusterissuer/rack")).toEqual({ ca: { secretName: "rack-authority" } });
  expect(dependencies(made, "clusterissuer/rack")).toEqual(["certificate/cert-manager/rack-authority"]);
});

test("an authority that there is already comes as a Secret, and nothing is made up", () => {
  const own = { certificateSecret: "ca-certificate", keySecret: "ca-key" };
  const made = plan({ releases: { "cert-manager": { privateIssuers: [{ name: "rack", own }] } } });
  expect(object(made, "secret/cert-manager/rack-authority")).toMatchObject({
    type: "kubernetes.io/tls",
    stringData: { "tls.crt": { secret: "ca-certificate" }, "tls.key": { secret: "ca-key" } },
  });
  expect(made.steps.map(({ id }) => id).filter((id) => id.includes("issuer"))).toEqual(["clusterissuer/rack"]);
});

test("Vault signs for an account that cert-manager alone may make tokens of", () => {
  const made = plan({ releases: { "cert-manager": { vaultIssuers: [{ name: "internal", path: "pki/sign/rack" }] } } });
  expect(spec(made, "clusterissuer/internal")).toEqual({
    vault: {
      server: "http://vault-active.vault:8200",
      path: "pki/sign/rack",
      auth: {
        kubernetes: {
          role: "cert-manager",
          mountPath: "/v1/auth/kubernetes",
          serviceAccountRef: { name: "internal-issuer" },
        },
      },
    },
  });
  expect(object(made, "role/cert-manager/internal-issuer")).toMatchObject({
    rules: [
      {
        apiGroups: [""],
        resources: ["serviceaccounts/token"],
        resourceNames: ["internal-issuer"],
        verbs: ["create"],
      },
    ],
  });
  expect(refusals("cert-manager", { vaultIssuers: [{ name: "internal", path: "pki" }] })).toEqual([
    "vaultIssuers.0.path: this is no path of a role that signs → write <mount>/sign/<role>, such as pki/sign/rack",
  ]);
});

test("two issuers of one name", () => {
  const acme = { name: "rack", server: "production", email: "ops@example.com" };
  expect(faults({ releases: { "cert-manager": { issuers: [acme], privateIssuers: [{ name: "rack" }] } } })).toContain(
    "platform.cert-manager: platform.cert-manager makes clusterissuer/rack twice → give one of them another name",
  );
});

const own = { cluster: { disable: ["servicelb"] } };

test("Traefik of k3s: TLS 1.2 and later, HSTS, redirect, and certificates by itself on a volume of its own", () => {
  const made = plan({ releases: { "k3s-traefik": { acme: { email: "ops@example.com" } } }, context: own });
  expect(made.faults).toEqual([]);
  const { valuesContent } = spec(made, "helmchartconfig/kube-system/traefik") as { readonly valuesContent: string };
  expect(parse(valuesContent)).toMatchInlineSnapshot(`
    {
      "certificatesResolvers": {
        "letsencrypt": {
          "acme": {
            "caServer": "https://acme-v02.api.letsencrypt.org/directory",
            "email": "ops@example.com",
            "httpChallenge": {
              "entryPoint": "web",
            },
            "storage": "/data/acme.json",
          },
        },
      },
      "extraObjects": [
        {
          "apiVersion": "traefik.io/v1alpha1",
          "kind": "Middleware",
          "metadata": {
            "name": "hsts",
          },
          "spec": {
            "headers": {
              "forceSTSHeader": true,
              "stsIncludeSubdomains": true,
              "stsSeconds": 31536000,
            },
          },
        },
      ],
      "persistence": {
        "enabled": true,
        "size": "128Mi",
      },
      "podSecurityContext": {
        "fsGroup": 65532,
        "fsGroupChangePolicy": "OnRootMismatch",
      },
      "ports": {
        "web": {
          "http": {
            "redirections": {
              "entryPoint": {
                "permanent": true,
                "scheme": "https",
                "to": "websecure",
              },
            },
          },
        },
        "websecure": {
          "http": {
            "middlewares": [
              "kube-system-hsts@kubernetescrd",
            ],
          },
        },
      },
      "tlsOptions": {
        "default": {
          "minVersion": "VersionTLS12",
        },
      },
      "updateStrategy": {
        "rollingUpdate": null,
        "type": "Recreate",
      },
    }
  `);
});

test("several names under one certificate of Traefik's", () => {
  const exposed = { host: "shop.example.com", ingressClass: "traefik", resolver: "letsencrypt" };
  const apps = { shop: { image: "ghcr.io/example/shop:1", exposed, alsoAt: ["a.example.com", "b.example.com"] } };
  const releases = { "k3s-traefik": { acme: { email: "ops@example.com" } } };
  const made = plan({ apps, releases, context: own });
  expect(made.faults).toEqual([]);
  expect(object(made, "ingress/apps/shop")).toMatchObject({
    metadata: {
      annotations: {
        "traefik.ingress.kubernetes.io/router.tls": "true",
        "traefik.ingress.kubernetes.io/router.tls.certresolver": "letsencrypt",
        "traefik.ingress.kubernetes.io/router.tls.domains.0.main": "shop.example.com",
        "traefik.ingress.kubernetes.io/router.tls.domains.0.sans": "a.example.com,b.example.com",
      },
    },
  });
  expect(faults({ apps, context: own })).toEqual([
    "apps.shop: ingress/apps/shop needs Traefik's certificate resolver letsencrypt, which nothing brings → add it as groundwork:platform.k3s-traefik.acme",
  ]);
});

test("settings of a Traefik that k3s does not bring", () => {
  expect(faults({ releases: { "k3s-traefik": {} } })).toEqual([
    "platform.k3s-traefik: it sets k3s' own Traefik, which is left out (groundwork:cluster.disable) → use groundwork:platform.traefik, which is a Traefik of its own",
  ]);
  const talos = { cluster: { distribution: "talos", disable: [] } };
  expect(faults({ releases: { "k3s-traefik": {} }, context: talos })).toContain(
    "platform.k3s-traefik: it sets k3s' own Traefik, and the cluster is talos → use groundwork:platform.traefik, which is a Traefik of its own",
  );
});

test("a resolver beside an issuer, or of another controller", () => {
  const exposed = (more: object) => refusals("headlamp", { exposed: { host: "a.example.com", ...more } });
  expect(exposed({ ingressClass: "traefik", resolver: "letsencrypt", issuer: "letsencrypt" })).toEqual([
    "exposed.resolver: its certificate would come from issuer too → keep one of them",
  ]);
  expect(exposed({ resolver: "letsencrypt" })).toEqual([
    "exposed.resolver: it is Traefik's, and the ingress class is haproxy → set ingressClass: traefik",
  ]);
});
