import { expect, test } from "vitest";
import type { Props } from "../../../rehearsal/model.ts";
import { functionClash, unknownOutputs } from "./sdk.ts";
import { door, refusal } from "./support.ts";
import { tailnet } from "./tailnet.ts";

const type = (name: string): string => `tailscale:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
const provider = "pulumi:providers:tailscale";
const keyInputs = { tags: ["tag:server"], preauthorized: true, expiry: 3600, description: "node-1" };

test("a key: its outputs, and which of them is secret", () => {
  const { model, provider: models } = tailnet();
  const engine = door(models);
  const made = engine.create(type("TailnetKey"), "key", keyInputs);
  const { key, ...outputs } = made.outputs;
  expect([outputs, made.seconds]).toMatchInlineSnapshot(`
    [
      {
        "createdAt": "2026-11-21T12:00:00Z",
        "description": "node-1",
        "ephemeral": false,
        "expiresAt": "2026-11-21T13:00:00Z",
        "expiry": 3600,
        "invalid": false,
        "preauthorized": true,
        "reusable": false,
        "tags": [
          "tag:server",
        ],
        "userId": "u-admin",
      },
      1,
    ]
  `);
  expect([
    unknownOutputs(type("TailnetKey"), made.outputs),
    models.resource(type("TailnetKey"))?.secretOutputs,
  ]).toEqual([[], ["key"]]);
  expect(model.devices.join({ hostname: "node-1", key: String(key) }).tags).toEqual(["tag:server"]);
});

test("a used key is invalid when it is read, and no failure when it is deleted", () => {
  const { model, provider: models } = tailnet();
  const engine = door(models);
  const made = engine.create(type("TailnetKey"), "key", keyInputs);
  const fresh = engine.read(type("TailnetKey"), made.id, made.inputs).outputs.invalid;
  model.devices.join({ hostname: "node-1", key: String(made.outputs.key) });
  const used = engine.read(type("TailnetKey"), made.id, made.inputs).outputs.invalid;
  expect([fresh, used, engine.delete(type("TailnetKey"), "key", made)]).toEqual([false, true, 1]);
});

test("what cannot change in place", () => {
  const { provider: models } = tailnet();
  const kinds = ["TailnetKey", "DeviceTags", "DeviceKey", "DeviceSubnetRoutes", "DeviceAuthorization", "Acl"];
  expect(kinds.map((kind) => [kind, (models.resource(type(kind))?.replaceOn ?? []).join(" ")])).toMatchInlineSnapshot(`
    [
      [
        "TailnetKey",
        "reusable ephemeral tags preauthorized expiry description",
      ],
      [
        "DeviceTags",
        "deviceId",
      ],
      [
        "DeviceKey",
        "deviceId",
      ],
      [
        "DeviceSubnetRoutes",
        "deviceId",
      ],
      [
        "DeviceAuthorization",
        "deviceId",
      ],
      [
        "Acl",
        "",
      ],
    ]
  `);
});

test("the provider signs in as its configuration says, and is held to it", () => {
  const { provider: models } = tailnet();
  const engine = door(models);
  const oauth = { oauthClientId: "node", oauthClientSecret: "s" };
  expect([
    refusal(() => engine.create(provider, "none", {})),
    refusal(() => engine.create(provider, "both", { ...oauth, apiKey: "tskey-api-admin" })),
    refusal(() => engine.create(provider, "wrong", { ...oauth, oauthClientSecret: "x" })),
    refusal(() => engine.create(provider, "greedy", { ...oauth, scopes: '["auth_keys","dns"]' })),
    refusal(() => engine.create(provider, "elsewhere", { ...oauth, tailnet: "example.net" })),
    engine.create(provider, "good", { ...oauth, scopes: ["auth_keys"], tailnet: "example.com" }).seconds,
    refusal(() => engine.create(type("TailnetKey"), "part", keyInputs)),
    engine.create(type("TailnetKey"), "whole", { ...keyInputs, tags: ["tag:server", "tag:gateway"] }).outputs.userId,
    refusal(() => engine.call("tailscale:index/getDevices:getDevices", {})),
  ]).toMatchInlineSnapshot(`
    [
      "either apiKey or both oauthClientId and oauthClientSecret have to be given (InvalidInput)",
      "apiKey conflicts with oauthClientId and oauthClientSecret (InvalidInput)",
      "API token invalid: no OAuth client has id 'node' and the given secret (401)",
      "OAuth client 'node' was not granted scope dns, only auth_keys (403)",
      "tailnet 'example.net' not found: the credentials are of 'example.com' (404)",
      0,
      "requested tags [tag:server] are invalid or not permitted: tag:server is owned by none of the client's tags [tag:server tag:gateway], and the tags are not exactly those (400)",
      "",
      "calling actor does not have enough permissions to perform this function: scope devices:core:read is needed, granted are auth_keys (403)",
    ]
  `);
});

test("settings of a device that has joined, and what is lost or in vain by them", () => {
  const { model, admin, provider: models, key } = tailnet();
  const engine = door(models);
  const device = model.devices.join({
    hostname: "gateway",
    key: key({ tags: ["tag:server"] }).key,
    routes: ["192.168.0.0/24"],
  });
  const tags = engine.create(type("DeviceTags"), "tags", { deviceId: device.nodeId, tags: ["tag:gateway"] });
  const expiry = engine.create(type("DeviceKey"), "expiry", { deviceId: device.nodeId, keyExpiryDisabled: true });
  const routes = engine.create(type("DeviceSubnetRoutes"), "routes", {
    deviceId: device.id,
    routes: ["192.168.0.0/24", "10.0.0.0/16"],
  });
  const authorization = engine.create(type("DeviceAuthorization"), "authorized", {
    deviceId: device.id,
    authorized: true,
  });
  const { tags: present, keyExpiryDisabled, enabledRoutes, authorized } = model.devices.get(admin, device.id);
  engine.delete(type("DeviceSubnetRoutes"), "routes", routes);
  engine.delete(type("DeviceKey"), "expiry", expiry);
  engine.delete(type("DeviceAuthorization"), "authorized", authorization);
  const after = model.devices.get(admin, device.id);
  expect({
    present,
    keyExpiryDisabled,
    enabledRoutes,
    authorized,
    ids: [tags.id === device.nodeId, expiry.id === device.nodeId, /^[0-9a-f]{32}$/.test(routes.id)],
    after: [after.enabledRoutes, after.keyExpiryDisabled, after.authorized],
    deleted: refusal(() => engine.delete(type("DeviceTags"), "tags", tags)),
    findings: engine.findings,
  }).toMatchInlineSnapshot(`
    {
      "after": [
        [],
        false,
        true,
      ],
      "authorized": true,
      "deleted": "device gateway.tail1a2b3.ts.net is owned by its tags: they go only when a user authenticates it again (400)",
      "enabledRoutes": [
        "192.168.0.0/24",
        "10.0.0.0/16",
      ],
      "findings": [
        {
          "message": "device gateway.tail1a2b3.ts.net loses tag:server: DeviceTags replaces all of a device's tags",
          "remedy": "name every tag that the device is to keep",
          "rule": "device-tags-lost",
          "urn": "urn:pulumi:test::groundwork::tailscale:index/deviceTags:DeviceTags::tags",
        },
        {
          "message": "device gateway.tail1a2b3.ts.net may route 10.0.0.0/16 but does not offer to: no traffic takes that way",
          "remedy": "advertise the routes on the device (tailscale up --advertise-routes)",
          "rule": "route-not-advertised",
          "urn": "urn:pulumi:test::groundwork::tailscale:index/deviceSubnetRoutes:DeviceSubnetRoutes::routes",
        },
      ],
      "ids": [
        true,
        true,
        true,
      ],
      "keyExpiryDisabled": true,
      "present": [
        "tag:gateway",
      ],
    }
  `);
});

test("a setting of a device that there is not is refused", () => {
  const engine = door(tailnet().provider);
  expect(refusal(() => engine.create(type("DeviceKey"), "expiry", { deviceId: "n1" }))).toBe(
    "no device with id n1 (404)",
  );
});

test("a device is found by its host's name or its own", () => {
  const { model, provider: models, key } = tailnet();
  const engine = door(models);
  const getDevice = (args: Props) => engine.call("tailscale:index/getDevice:getDevice", args);
  const { key: secret } = key({ reusable: true, tags: ["tag:server"] });
  model.devices.join({ hostname: "node", key: secret });
  const found = getDevice({ hostname: "node", waitFor: "60s" });
  model.devices.join({ hostname: "node", key: secret });
  getDevice({ hostname: "node" });
  expect([
    found.name,
    functionClash("tailscale:index/getDevice:getDevice", found),
    refusal(() => getDevice({ hostname: "nobody", waitFor: "60s" })),
    refusal(() => getDevice({ name: "node.other.ts.net" })),
    refusal(() => getDevice({})),
    refusal(() => getDevice({ hostname: "node", waitFor: "soon" })),
    engine.findings,
  ]).toMatchInlineSnapshot(`
    [
      "node.tail1a2b3.ts.net",
      {
        "missing": [],
        "unknown": [],
      },
      "failed after maximum of retries within 60s: could not find device with hostname="nobody" (404)",
      "could not find device with name="node.other.ts.net" (404)",
      "exactly one of name and hostname has to be given (InvalidInput)",
      "waitFor: a duration such as 60s (InvalidInput)",
      [
        {
          "message": "2 devices have hostname="node": node.tail1a2b3.ts.net, node-1.tail1a2b3.ts.net; the provider takes the first",
          "remedy": "look the device up by its full name, and delete devices that are gone",
          "rule": "ambiguous-device",
          "urn": "urn:pulumi:test::groundwork::tailscale:index/getDevice:getDevice::call",
        },
      ],
    ]
  `);
});

test("devices are listed by the beginning of their names and by their fields", () => {
  const { model, provider: models, key } = tailnet();
  const engine = door(models);
  for (const hostname of ["prod-1", "prod-2", "dev-1"])
    model.devices.join({ hostname, key: key({ tags: [hostname === "prod-2" ? "tag:gateway" : "tag:server"] }).key });
  const names = (args: Props) =>
    (engine.call("tailscale:index/getDevices:getDevices", args).devices as { hostname: string }[]).map(
      ({ hostname }) => hostname,
    );
  expect([
    names({ namePrefix: "prod-" }),
    names({ filters: [{ name: "tags", values: ["tag:gateway"] }] }),
    refusal(() => names({ filters: [{ name: "colour", values: ["red"] }] })),
  ]).toEqual([["prod-1", "prod-2"], ["prod-2"], "filter 'colour' is no field of a device (400)"]);
});

test("a policy is replaced only where none was made by hand, or on demand", () => {
  const own = tailnet();
  const engine = door(own.provider);
  const acl = '{"acls": []}';
  const refused = refusal(() => engine.create(type("Acl"), "policy", { acl }));
  const made = engine.create(type("Acl"), "policy", { acl, overwriteExistingContent: true, resetAclOnDestroy: true });
  const text = own.model.policy.get(own.admin).hujson;
  engine.delete(type("Acl"), "policy", made);
  const fresh = door(tailnet({ policy: "" }).provider);
  expect([
    refused,
    text,
    own.model.policy.get(own.admin).hujson.includes("Everything"),
    fresh.create(type("Acl"), "policy", { acl }).outputs.acl,
  ]).toMatchInlineSnapshot(`
    [
      "the tailnet has a policy of its own, which this would replace as a whole: import it first, or set overwriteExistingContent (412)",
      "{"acls": []}",
      true,
      "{"acls": []}",
    ]
  `);
});
