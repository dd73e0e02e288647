import { expect, test } from "vitest";
import type { SecretRef } from "../../lib/platform/release.ts";
import { dependencies, type Given, object, plan, releaseStep } from "./platform-fixture.ts";

const auth = { host: "auth.example.com", ingressClass: "traefik", issuer: "letsencrypt" };
const access = {
  traefik: { service: "NodePort" },
  "cert-manager": { issuers: [{ name: "letsencrypt", server: "production", email: "ops@example.com" }] },
  "oauth2-proxy": { groups: ["example/platform"], exposed: auth },
};
const faults = (given: Given): readonly string[] =>
  plan(given).faults.map(({ path, message, remedy }) => `${path.join(".")}: ${message} → ${remedy}`);

test("oauth2-proxy lets in whom it is told to, and sends everybody else to the provider", () => {
  const { values } = releaseStep(plan({ releases: access }), "oauth2-proxy");
  expect((values.config as { readonly configFile: string }).configFile).toMatchInlineSnapshot(`
    "provider = "gitlab"
    oidc_issuer_url = "https://gitlab.com"
    redirect_url = "https://auth.example.com/oauth2/callback"
    code_challenge_method = "S256"
    gitlab_groups = ["example/platform"]
    email_domains = ["*"]
    cookie_domains = [".example.com"]
    cookie_secure = true
    whitelist_domains = [".example.com"]
    reverse_proxy = true
    set_xauthrequest = true
    skip_provider_button = true
    upstreams = ["static://202"]
    "
  `);
  const other = {
    ...access,
    "oauth2-proxy": {
      ...{ provider: "oidc", issuer: "https://id.example.com", exposed: auth, cookieDomain: "example.com" },
      ...{ groups: ["admins"], emailDomains: ["example.com"] },
    },
  };
  const { configFile } = releaseStep(plan({ releases: other }), "oauth2-proxy").values.config as { configFile: string };
  expect(configFile.split("\n").filter((line) => /oidc|groups|email/.test(line))).toEqual([
    'provider = "oidc"',
    'oidc_issuer_url = "https://id.example.com"',
    'allowed_groups = ["admins"]',
    'email_domains = ["example.com"]',
  ]);
});

test("any text is a cookie secret of the length that it wants", () => {
  const { stringData } = object(plan({ releases: access }), "secret/oauth2-proxy/oauth2-proxy-credentials") as {
    readonly stringData: Readonly<Record<string, SecretRef>>;
  };
  const key = stringData["cookie-secret"]?.render("short") ?? "";
  expect(Buffer.from(key, "base64url")).toHaveLength(32);
  expect(stringData["cookie-secret"]?.render("other")).not.toBe(key);
});

test("signOn puts it before an Ingress, and takes it to be there", () => {
  const releases = { ...access, headlamp: { exposed: { ...auth, host: "headlamp.example.com", signOn: true } } };
  const made = plan({ releases });
  expect(made.faults).toEqual([]);
  expect(object(made, "ingress/headlamp/headlamp")).toMatchObject({
    metadata: {
      annotations: {
        "cert-manager.io/cluster-issuer": "letsencrypt",
        "traefik.ingress.kubernetes.io/router.middlewares": "oauth2-proxy-forward-auth@kubernetescrd",
      },
    },
  });
  expect(object(made, "middleware/oauth2-proxy/forward-auth")).toMatchObject({
    spec: { forwardAuth: { address: "http://oauth2-proxy.oauth2-proxy.svc.cluster.local/" } },
  });
  const { "oauth2-proxy": _, ...without } = releases;
  expect(faults({ releases: without })).toEqual([
    "platform.headlamp: ingress/headlamp/headlamp needs a sign-on before Ingresses, which nothing brings → add groundwork:platform.oauth2-proxy",
  ]);
});

test("the middleware's kind is k3s's own where k3s brings Traefik", () => {
  const { traefik: _, ...rest } = access;
  const made = plan({ releases: rest, context: { cluster: { disable: ["servicelb", "local-storage"] } } });
  expect(made.faults).toEqual([]);
  expect(faults({ releases: rest })).toContain(
    "platform.oauth2-proxy: middleware/oauth2-proxy/forward-auth needs the kind Middleware of traefik.io, which nothing brings → add groundwork:platform.traefik",
  );
});

test("a door that is open to everybody, that leads to itself, or whose cookie no browser keeps", () => {
  const exposed = { ...auth, signOn: true };
  expect(faults({ releases: { ...access, "oauth2-proxy": { exposed, cookieDomain: "example.org" } } })).toEqual([
    "platform.oauth2-proxy: everybody with an account at https://gitlab.com would be let in → say who may come in: groups, emailDomains or both",
    "platform.oauth2-proxy.exposed.signOn: nobody could sign on: the page for it would ask for a sign-on first → remove signOn",
    "platform.oauth2-proxy.cookieDomain: browsers refuse its cookie: auth.example.com is not below example.org → use a domain that auth.example.com is in",
  ]);
});

const gitlab = { issuer: "https://gitlab.com", clientId: "abc", usernameClaim: "email", groupsClaim: "groups_direct" };

test("Headlamp signs people on for the issuer that the API server trusts, and comes back by https", () => {
  const headlamp = {
    oidc: { adminGroups: ["example/platform"] },
    exposed: { ...auth, host: "headlamp.example.com" },
  };
  const made = plan({ releases: { ...access, headlamp }, context: { cluster: { oidc: gitlab } } });
  expect(made.faults).toEqual([]);
  const { values } = releaseStep(made, "headlamp");
  expect(values).toMatchObject({
    clusterRoleBinding: { create: false },
    config: { oidc: { callbackURL: "https://headlamp.example.com/oidc-callback", externalSecret: { enabled: true } } },
  });
  expect(dependencies(made, "release/headlamp")).toEqual(["secret/headlamp/headlamp-oidc"]);
  expect(object(made, "secret/headlamp/headlamp-oidc")).toMatchObject({
    stringData: {
      OIDC_CLIENT_ID: "abc",
      OIDC_CLIENT_SECRET: { secret: "headlamp-client-secret" },
      OIDC_ISSUER_URL: "https://gitlab.com",
      OIDC_SCOPES: "openid,profile,email",
    },
  });
  expect(object(made, "clusterrolebinding/headlamp-administrators")).toMatchObject({
    roleRef: { name: "cluster-admin" },
    subjects: [{ kind: "Group", name: "oidc:example/platform" }],
  });
});

test("a sign-on to Headlamp that could not come back, and that the API server would not take", () => {
  expect(faults({ releases: { headlamp: { oidc: {} } } })).toEqual([
    "platform.headlamp.oidc: nobody could come back from the sign-on: it is not exposed → add exposed, or remove oidc",
    "platform.headlamp.oidc: the API server would refuse whoever signs on: it trusts no issuer → add groundwork:cluster.oidc, or remove oidc",
  ]);
});

test("several proxies of the API are a ProxyGroup that has the API's name, with every tag of the cluster", () => {
  const made = plan({
    releases: { "tailscale-operator": { apiReplicas: 2, clusterTags: true, proxyTags: ["tag:k8s", "tag:edge"] } },
  });
  expect(releaseStep(made, "tailscale-operator").values).toEqual({
    operatorConfig: { hostname: "prod-operator", defaultTags: ["tag:k8s-operator", "tag:k8s", "tag:k8s-prod"] },
    proxyConfig: { defaultTags: "tag:k8s,tag:edge,tag:k8s-prod" },
    apiServerProxyConfig: { mode: "false", allowImpersonation: "true" },
  });
  expect(object(made, "proxygroup/kube-apiserver")).toEqual({
    apiVersion: "tailscale.com/v1alpha1",
    kind: "ProxyGroup",
    metadata: { name: "kube-apiserver" },
    spec: {
      type: "kube-apiserver",
      replicas: 2,
      tags: ["tag:k8s", "tag:edge", "tag:k8s-prod"],
      hostnamePrefix: "prod-api",
      kubeAPIServer: { mode: "auth", hostname: "prod-cluster" },
    },
  });
});
