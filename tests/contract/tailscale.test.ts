import { expect, test } from "vitest";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { serveTailscale } from "../../rehearsal/clouds/tailscale/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/tailscale/model.ts";
import { client, clock, opened, plain } from "./support.ts";

// Requests and answers after the examples of tailscale.com/api.

const policy = `{
  // Who may give which tag.
  "tagOwners": { "tag:k8s": [], "tag:node": ["tag:k8s"] },
}`;

async function tailscale(faults: readonly Fault[] = []) {
  const time = clock();
  const model = createModel({
    tailnet: "example.com",
    apiKeys: ["tskey-api-admin"],
    oauthClients: [{ id: "client", secret: "secret", scopes: ["auth_keys", "devices:core"], tags: ["tag:k8s"] }],
    policy,
    now: time.now,
  });
  const door = await opened(serveTailscale(model, { now: time.now, faults: createFaults(faults) }));
  const api = { url: `${door.url}/api/v2` };
  return { model, door, time, api, admin: client(api, "Bearer tskey-api-admin") };
}

type Api = Awaited<ReturnType<typeof tailscale>>["api"];

const form = { "Content-Type": "application/x-www-form-urlencoded" };
const signIn = (api: Api, body: string, authorization?: string) =>
  client(api, authorization)("POST", "/oauth/token", body, form);

async function oauth(api: Api) {
  const { body } = await signIn(api, "grant_type=client_credentials&client_id=client&client_secret=secret");
  return client(api, `Bearer ${(body as { access_token: string }).access_token}`);
}

const keyRequest = {
  capabilities: { devices: { create: { reusable: false, ephemeral: false, preauthorized: true, tags: ["tag:node"] } } },
  expirySeconds: 86400,
  description: "dev access",
};

test("an OAuth client signs in by form or by header, for no more than it was granted", async () => {
  const { api } = await tailscale();
  const token = (scope: string) => ({
    status: 200,
    body: {
      access_token: expect.stringMatching(/^tskey-api-k[0-9a-f]{11}CNTRL-[0-9a-f]{32}$/),
      token_type: "Bearer",
      expires_in: 3600,
      scope,
    },
  });
  expect(plain(await signIn(api, "grant_type=client_credentials&client_id=client&client_secret=secret"))).toEqual(
    token("auth_keys devices:core"),
  );
  const header = `Basic ${Buffer.from("client:secret").toString("base64")}`;
  expect(plain(await signIn(api, "grant_type=client_credentials&scope=auth_keys", header))).toEqual(token("auth_keys"));
  expect(plain(await signIn(api, "client_id=client&client_secret=wrong"))).toEqual({
    status: 401,
    body: { message: "API token invalid: no OAuth client has id 'client' and the given secret" },
  });
  expect(plain(await signIn(api, "client_id=client&client_secret=secret&scope=dns"))).toEqual({
    status: 403,
    body: { message: "OAuth client 'client' was not granted scope dns, only auth_keys, devices:core" },
  });
});

test("an API key opens as a bearer's and as the user of basic authentication; a token ends after an hour", async () => {
  const { api, time, admin } = await tailscale();
  expect((await admin("GET", "/tailnet/-/keys")).status).toBe(200);
  const basic = client(api, `Basic ${Buffer.from("tskey-api-admin:").toString("base64")}`);
  expect((await basic("GET", "/tailnet/example.com/keys")).status).toBe(200);
  const ask = await oauth(api);
  time.pass(3599);
  expect((await ask("GET", "/tailnet/-/keys")).status).toBe(200);
  time.pass(1);
  expect(plain(await ask("GET", "/tailnet/-/keys"))).toEqual({
    status: 401,
    body: { message: "API token invalid: it has expired" },
  });
  expect(plain(await client(api)("GET", "/tailnet/-/devices"))).toEqual({
    status: 401,
    body: { message: "API token invalid: it is no key of this tailnet" },
  });
  expect(plain(await admin("GET", "/tailnet/other.com/keys"))).toEqual({
    status: 404,
    body: { message: "tailnet 'other.com' not found: the credentials are of 'example.com'" },
  });
});

test("an auth key is shown once, spent by the one device that it is for, and then gone", async () => {
  const { api, model } = await tailscale();
  const ask = await oauth(api);
  const created = await ask("POST", "/tailnet/-/keys", keyRequest);
  const { key, ...rest } = created.body as { key: string; id: string };
  const shown = {
    id: expect.stringMatching(/^k[0-9a-f]{11}CNTRL$/),
    keyType: "auth",
    created: "2026-11-21T12:00:00.000Z",
    expires: "2026-11-22T12:00:00.000Z",
    expirySeconds: 86400,
    revoked: null,
    invalid: false,
    capabilities: keyRequest.capabilities,
    description: "dev access",
    userId: "",
  };
  expect(key).toMatch(new RegExp(`^tskey-auth-${rest.id}-`));
  expect({ status: created.status, body: rest }).toEqual({ status: 200, body: shown });
  expect(plain(await ask("GET", `/tailnet/-/keys/${rest.id}`))).toEqual({ status: 200, body: shown });
  expect(plain(await ask("GET", "/tailnet/-/keys"))).toEqual({ status: 200, body: { keys: [shown] } });
  model.devices.join({ hostname: "gateway", key });
  const gone = { status: 404, body: { message: `key ${rest.id} not found` } };
  expect(plain(await ask("GET", `/tailnet/-/keys/${rest.id}`))).toEqual(gone);
  expect(plain(await ask("DELETE", `/tailnet/-/keys/${rest.id}`))).toEqual(gone);
});

test("what a key asks for has to be the client's to give", async () => {
  const { api } = await tailscale();
  const ask = await oauth(api);
  const withTags = (tags: readonly string[]) => ({ ...keyRequest, capabilities: { devices: { create: { tags } } } });
  expect(plain(await ask("POST", "/tailnet/-/keys", withTags(["tag:other"])))).toEqual({
    status: 400,
    body: {
      message: "requested tags [tag:other] are invalid or not permitted: the policy's tagOwners do not have tag:other",
    },
  });
  expect((await ask("POST", "/tailnet/-/keys", withTags([]))).status).toBe(400);
  expect(plain(await ask("GET", "/tailnet/-/acl"))).toEqual({
    status: 403,
    body: {
      message:
        "calling actor does not have enough permissions to perform this function: scope policy_file:read is needed, granted are auth_keys, devices:core",
    },
  });
});

test("a device is listed, renamed, tagged, given routes and deleted", async () => {
  const { admin, model } = await tailscale();
  const { key } = (await admin("POST", "/tailnet/-/keys", keyRequest)).body as { key: string };
  const { advertisedRoutes, enabledRoutes, ...device } = model.devices.join({
    hostname: "gateway",
    key,
    routes: ["10.0.0.0/16"],
  });
  expect({ advertisedRoutes, enabledRoutes }).toEqual({ advertisedRoutes: ["10.0.0.0/16"], enabledRoutes: [] });
  expect(plain(await admin("GET", "/tailnet/-/devices"))).toEqual({ status: 200, body: { devices: [device] } });
  expect(plain(await admin("GET", `/device/${device.nodeId}?fields=all`))).toEqual({
    status: 200,
    body: { ...device, advertisedRoutes, enabledRoutes, sshEnabled: false },
  });
  const path = `/device/${device.id}`;
  const done = { status: 200, body: null };
  expect(plain(await admin("POST", `${path}/name`, { name: "door" }))).toEqual(done);
  expect(plain(await admin("POST", `${path}/tags`, { tags: ["tag:node", "tag:k8s"] }))).toEqual(done);
  expect(plain(await admin("POST", `${path}/key`, { keyExpiryDisabled: false }))).toEqual(done);
  expect(plain(await admin("POST", `${path}/authorized`, { authorized: false }))).toEqual(done);
  const routes = { advertisedRoutes, enabledRoutes: ["10.0.0.0/16"] };
  expect(plain(await admin("POST", `${path}/routes`, { routes: ["10.0.0.0/16"] }))).toEqual({
    status: 200,
    body: routes,
  });
  expect(plain(await admin("GET", `${path}/routes`))).toEqual({ status: 200, body: routes });
  expect(plain(await admin("GET", path))).toEqual({
    status: 200,
    body: {
      ...device,
      name: "door.tail1a2b3.ts.net",
      tags: ["tag:node", "tag:k8s"],
      keyExpiryDisabled: false,
      authorized: false,
    },
  });
  const listed = async (query: string) =>
    ((await admin("GET", `/tailnet/-/devices?${query}`)).body as { devices: unknown[] }).devices.length;
  expect(await listed("hostname=gateway&tags=tag:k8s")).toBe(1);
  expect(await listed("os=windows")).toBe(0);
  expect(plain(await admin("DELETE", path))).toEqual(done);
  expect(plain(await admin("GET", path))).toEqual({
    status: 404,
    body: { message: `no device with id ${device.id}` },
  });
});

test("a policy is read in both its forms, replaced only by who has seen it, and validated without effect", async () => {
  const { admin } = await tailscale();
  const hujson = { Accept: "application/hujson" };
  const text = await admin("GET", "/tailnet/-/acl", undefined, hujson);
  expect(plain(text)).toEqual({ status: 200, body: policy });
  expect(text.headers.get("Content-Type")).toBe("application/hujson");
  const json = await admin("GET", "/tailnet/-/acl");
  expect(plain(json)).toEqual({ status: 200, body: { tagOwners: { "tag:k8s": [], "tag:node": ["tag:k8s"] } } });
  const etag = json.headers.get("ETag") ?? "";
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
  expect(etag).toBe(text.headers.get("ETag"));

  const next = { tagOwners: { "tag:k8s": [] } };
  const stale = await admin("POST", "/tailnet/-/acl", next, { "If-Match": '"ts-default"' });
  expect(plain(stale)).toEqual({
    status: 412,
    body: { message: "precondition failed: the policy file is no longer the default one" },
  });
  expect(plain(await admin("POST", "/tailnet/-/acl/validate", next))).toEqual({ status: 200, body: {} });
  expect(plain(await admin("POST", "/tailnet/-/acl/validate", { tagOwners: { server: [] } }))).toEqual({
    status: 200,
    body: { message: 'policy: tagOwners "server" is no tag, e.g. tag:server' },
  });
  expect((await admin("GET", "/tailnet/-/acl")).body).toEqual(json.body);
  const replaced = await admin("POST", "/tailnet/-/acl", next, { "If-Match": etag });
  expect(plain(replaced)).toEqual({ status: 200, body: next });
  expect((await admin("POST", "/tailnet/-/acl", next, { "If-Match": etag })).status).toBe(412);
});

test("ordered faults speak Tailscale's dialect", async () => {
  const { admin } = await tailscale([
    { match: { path: "/tailnet/-/keys" }, kind: "rate-limit", retryAfter: 3 },
    { match: { path: "/tailnet/-/keys" }, kind: "refuse", code: "500", message: "internal error" },
    { match: { path: "/tailnet/-/keys" }, kind: "wrong-token" },
  ]);
  const limited = await admin("GET", "/tailnet/-/keys");
  expect(plain(limited)).toEqual({ status: 429, body: { message: "rate limit exceeded" } });
  expect(limited.headers.get("Retry-After")).toBe("3");
  expect(plain(await admin("GET", "/tailnet/-/keys"))).toEqual({ status: 500, body: { message: "internal error" } });
  expect(plain(await admin("GET", "/tailnet/-/keys"))).toEqual({ status: 401, body: { message: "API token invalid" } });
});
