import { expect, test } from "vitest";
import { type CloudflareOptions, createCloudflare } from "../../../rehearsal/clouds/cloudflare/provider.ts";
import type { Props } from "../../../rehearsal/model.ts";
import { functionClash, unknownOutputs } from "./sdk.ts";
import { door, noon, refusal } from "./support.ts";

const zone = "0123456789abcdef0123456789abcdef";
const other = "fedcba9876543210fedcba9876543210";
const record = { type: "A", name: "www.example.com", content: "203.0.113.1", ttl: 300 };

function cloudflare(options: Partial<CloudflareOptions> = {}) {
  const zones = [
    { name: "example.com", id: zone },
    { name: "example.org", id: other },
  ];
  return createCloudflare({ tokens: ["token"], zones, now: () => noon, ...options });
}

const create = (more: object) => refusal(() => cloudflare().model.records.create(zone, { ...record, ...more }));

test("a record is returned as the API returns it", () => {
  const { model } = cloudflare();
  const { id, ...made } = model.records.create(zone, { ...record, name: "WWW", comment: "ours" });
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(made).toMatchInlineSnapshot(`
    {
      "comment": "ours",
      "comment_modified_on": "2026-11-21T12:00:00.000Z",
      "content": "203.0.113.1",
      "created_on": "2026-11-21T12:00:00.000Z",
      "meta": {},
      "modified_on": "2026-11-21T12:00:00.000Z",
      "name": "www.example.com",
      "proxiable": true,
      "proxied": false,
      "settings": {},
      "tags": [],
      "ttl": 300,
      "type": "A",
      "zone_id": "0123456789abcdef0123456789abcdef",
    }
  `);
});

test.each([
  ["A", "999.0.113.1"],
  ["A", "2001:db8::1"],
  ["AAAA", "203.0.113.1"],
  ["CNAME", "203.0.113.1"],
  ["CNAME", "a b"],
  ["MX", "203.0.113.1"],
  ["NS", "*.example.com"],
  ["TXT", ""],
  ["SRV", "0 0 80 x"],
  ["ABC", "x"],
])("a record %s does not point at '%s'", (type, content) => {
  expect(create({ type, content, priority: 10 })).toMatchSnapshot();
});

test("a mail exchanger has a priority", () => {
  expect(create({ type: "MX", content: "mail.example.com" })).toMatchInlineSnapshot(
    `"record www.example.com MX: priority is a required field (9101)"`,
  );
});

test.each([0, 30, 59, 86_401])("a time to live is 1 or 60 to 86400 seconds, not %i", (ttl) => {
  expect(create({ ttl })).toBe(
    `record www.example.com A: TTL must be between 60 and 86400 seconds, or 1 for Automatic, not ${ttl} (9021)`,
  );
});

test("only addresses and aliases go through the proxy, and only public addresses", () => {
  const proxied = { proxied: true, ttl: 1 };
  expect([
    create({ ...proxied, type: "TXT", content: "x" }),
    create({ ...proxied, content: "10.0.1.10" }),
    create({ ...proxied, type: "AAAA", content: "fd00::1" }),
    cloudflare().model.records.create(zone, { ...record, ...proxied }).proxied,
  ]).toMatchInlineSnapshot(`
    [
      "record www.example.com TXT: this record type cannot be proxied (9004)",
      "record www.example.com A: target 10.0.1.10 is not allowed for a proxied record (9003)",
      "record www.example.com AAAA: target fd00::1 is not allowed for a proxied record (9003)",
      true,
    ]
  `);
});

test("a name is one of DNS", () => {
  expect([
    create({ name: "a b.example.com" }),
    create({ name: "a.*.example.com" }),
    create({ name: `${"a".repeat(64)}.example.com` }),
  ]).toMatchInlineSnapshot(`
    [
      "DNS name is invalid: 'a b.example.com' (9000)",
      "DNS name is invalid: 'a.*.example.com' (9000)",
      "DNS name is invalid: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com' (9000)",
    ]
  `);
});

test.each([
  ["www", "www.example.com"],
  ["www.example.com", "www.example.com"],
  ["@", "example.com"],
  ["example.com", "example.com"],
  ["*.apps", "*.apps.example.com"],
  ["www.example.org", "www.example.org.example.com"],
])("the API takes the name %s for %s", (name, full) => {
  const { model } = cloudflare();
  expect(model.records.create(zone, { ...record, name }).name).toBe(full);
});

test("an identical record is refused, a second address of the name is not", () => {
  const { model } = cloudflare();
  const first = model.records.create(zone, record);
  model.records.create(zone, { ...record, content: "203.0.113.2" });
  expect([
    refusal(() => model.records.create(zone, record)).replace(first.id, "<id>"),
    model.records.list(zone).length,
  ]).toMatchInlineSnapshot(`
    [
      "an identical record already exists: A www.example.com -> 203.0.113.1 (<id>) (81058)",
      2,
    ]
  `);
});

test("an alias stands alone among addresses and aliases, whichever comes first", () => {
  const { model } = cloudflare();
  const cname = { type: "CNAME", name: "alias", content: "www.example.com", ttl: 1 };
  const ids = [model.records.create(zone, record), model.records.create(zone, cname)].map(({ id }) => id);
  const hide = (message: string): string => ids.reduce((text, id, index) => text.replace(id, `<id ${index}>`), message);
  model.records.create(zone, { ...cname, type: "TXT", content: "free to stay" });
  expect(
    [
      refusal(() => model.records.create(zone, { ...cname, name: "www" })),
      refusal(() => model.records.create(zone, { ...cname, content: "other.example.com" })),
      refusal(() => model.records.create(zone, { ...record, name: "alias" })),
      refusal(() => model.records.edit(zone, ids[0] ?? "", { name: "alias" })),
    ].map(hide),
  ).toMatchInlineSnapshot(`
    [
      "an A, AAAA, or CNAME record with that host already exists: A www.example.com -> 203.0.113.1 (<id 0>) (81053)",
      "an A, AAAA, or CNAME record with that host already exists: CNAME alias.example.com -> www.example.com (<id 1>) (81053)",
      "a CNAME record with that host already exists: CNAME alias.example.com -> www.example.com (<id 1>) (81054)",
      "a CNAME record with that host already exists: CNAME alias.example.com -> www.example.com (<id 1>) (81054)",
    ]
  `);
});

test("zones and records have to exist, and to be what they are", () => {
  const { model } = cloudflare();
  const { id } = model.records.create(zone, record);
  expect([
    refusal(() => model.records.create("example.com", record)),
    refusal(() => model.zones.get("0".repeat(32))),
    refusal(() => model.records.get(zone, "0".repeat(32))),
    refusal(() => model.records.delete(other, id)).replace(id, "<id>"),
  ]).toMatchInlineSnapshot(`
    [
      "could not route to /zones/example.com, perhaps your object identifier is invalid? (7003)",
      "invalid zone identifier: the token sees no zone 00000000000000000000000000000000 (1001)",
      "record does not exist: zone example.com has no 00000000000000000000000000000000 (81044)",
      "record does not exist: zone example.org has no <id> (81044)",
    ]
  `);
});

test("a token is needed, one of the account's", () => {
  const { provider } = cloudflare();
  const engine = door(provider);
  const type = "pulumi:providers:cloudflare";
  expect([
    engine.create(type, "good", { apiToken: "token" }).seconds,
    refusal(() => engine.create(type, "none", {})),
    refusal(() => engine.create(type, "wrong", { apiToken: "other" })),
  ]).toMatchInlineSnapshot(`
    [
      0,
      "missing Authorization header: no API token was given (9106)",
      "authentication error: the API token is not valid (10000)",
    ]
  `);
});

const type = "cloudflare:index/dnsRecord:DnsRecord";
const inputs = {
  zoneId: zone,
  name: "www.example.com",
  type: "A",
  content: "203.0.113.1",
  ttl: 1,
  proxied: true,
  comment: "managed",
};

test("a record through the door: created, changed in place, read, deleted", () => {
  const { model, provider } = cloudflare();
  const engine = door(provider);
  const made = engine.create(type, "www", inputs);
  const changed = engine.update(type, "www", { ...inputs, proxied: false, ttl: 300, content: "203.0.113.2" }, made);
  const read = engine.read(type, `${zone}/${made.id}`).outputs;
  expect([
    made.outputs,
    changed.outputs.content,
    read.content,
    unknownOutputs(type, made.outputs),
  ]).toMatchInlineSnapshot(`
    [
      {
        "comment": "managed",
        "commentModifiedOn": "2026-11-21T12:00:00Z",
        "content": "203.0.113.1",
        "createdOn": "2026-11-21T12:00:00Z",
        "meta": "{}",
        "modifiedOn": "2026-11-21T12:00:00Z",
        "name": "www.example.com",
        "proxiable": true,
        "proxied": true,
        "settings": {},
        "tags": [],
        "ttl": 1,
        "type": "A",
        "zoneId": "0123456789abcdef0123456789abcdef",
      },
      "203.0.113.2",
      "203.0.113.2",
      [],
    ]
  `);
  engine.delete(type, "www", changed);
  expect([model.records.list(zone), provider.resource(type)?.replaceOn]).toEqual([[], ["zoneId", "type"]]);
});

test("what the provider refuses before it asks the API", () => {
  const engine = door(cloudflare().provider);
  expect([
    refusal(() => engine.create(type, "www", { ...inputs, ttl: 300 })),
    refusal(() => engine.create(type, "www", { ...inputs, ttl: undefined })),
  ]).toMatchInlineSnapshot(`
    [
      "ttl: must be set to 1 when proxied is true, not 300 (InvalidInput)",
      "ttl: Invalid input: expected number, received undefined (InvalidInput)",
    ]
  `);
});

test("a name outside the zone is found out, a short one is not", () => {
  const engine = door(cloudflare().provider);
  for (const [index, name] of ["www", "grafana.staging", "www.example.org", "app.example.net"].entries()) {
    engine.create(type, `record-${index}`, { ...inputs, name });
  }
  expect(engine.findings).toMatchInlineSnapshot(`
    [
      {
        "message": "record 'www.example.org' is not within zone example.com: Cloudflare makes it www.example.org.example.com",
        "remedy": "put it into zone example.org (fedcba9876543210fedcba9876543210)",
        "rule": "name-outside-zone",
        "urn": "urn:pulumi:test::groundwork::cloudflare:index/dnsRecord:DnsRecord::record-2",
      },
      {
        "message": "record 'app.example.net' is not within zone example.com: Cloudflare makes it app.example.net.example.com",
        "remedy": "give a name that ends in .example.com",
        "rule": "name-outside-zone",
        "urn": "urn:pulumi:test::groundwork::cloudflare:index/dnsRecord:DnsRecord::record-3",
      },
    ]
  `);
});

test("a zone is found by its id or name", () => {
  const engine = door(cloudflare().provider);
  const getZone = (args: Props) => engine.call("cloudflare:index/getZone:getZone", args);
  const found = getZone({ filter: { name: "example.org" } });
  expect([
    found.zoneId,
    getZone({ zoneId: zone }).name,
    functionClash("cloudflare:index/getZone:getZone", found).unknown,
    refusal(() => getZone({ filter: { name: "example.net" } })),
    refusal(() => getZone({})),
  ]).toMatchInlineSnapshot(`
    [
      "fedcba9876543210fedcba9876543210",
      "example.com",
      [],
      "filter: exactly one zone has to match, 0 do: none (InvalidInput)",
      "filter: exactly one zone has to match, 2 do: example.com, example.org (InvalidInput)",
    ]
  `);
});

test("a record is found by its ids", () => {
  const engine = door(cloudflare().provider);
  const { id } = engine.create(type, "www", inputs);
  const found = engine.call("cloudflare:index/getDnsRecord:getDnsRecord", { zoneId: zone, dnsRecordId: id });
  expect([
    found.name,
    found.content,
    functionClash("cloudflare:index/getDnsRecord:getDnsRecord", found).unknown,
  ]).toEqual(["www.example.com", "203.0.113.1", []]);
});
