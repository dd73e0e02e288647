import { expect, test } from "vitest";
import { serveCloudflare } from "../../rehearsal/clouds/cloudflare/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/cloudflare/model.ts";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { client, clock, opened, plain } from "./support.ts";

// Requests and answers after the examples of developers.cloudflare.com/api.

const zone = "023e105f4ecef8ad9ca31a8372d0c353";

async function cloudflare(faults: readonly Fault[] = []) {
  const time = clock();
  const model = createModel({ tokens: ["token"], zones: [{ name: "example.com", id: zone }], now: time.now });
  const door = await opened(serveCloudflare(model, { faults: createFaults(faults) }));
  const ask = client(door, "Bearer token");
  const records = `/zones/${zone}/dns_records`;
  return { model, door, time, ask, records, add: (body: object) => ask("POST", records, { ...aRecord, ...body }) };
}

const aRecord = { type: "A", name: "www.example.com", content: "198.51.100.4", ttl: 3600, proxied: false };

const accepted = (result: unknown) => ({ status: 200, body: { result, success: true, errors: [], messages: [] } });
const refused = (status: number, code: number, message: string) => ({
  status,
  body: { result: null, success: false, errors: [{ code, message }], messages: [] },
});

test("a token is verified", async () => {
  const { door, ask } = await cloudflare();
  expect(plain(await ask("GET", "/user/tokens/verify"))).toMatchObject({
    status: 200,
    body: {
      success: true,
      result: { status: "active" },
      messages: [{ code: 10000, message: "This API Token is valid and active" }],
    },
  });
  expect(plain(await client(door, "Bearer other")("GET", "/user/tokens/verify"))).toEqual(
    refused(401, 1000, "Invalid API Token"),
  );
});

test("without a token, and with a wrong one, nothing is answered", async () => {
  const { door } = await cloudflare();
  expect(plain(await client(door)("GET", "/zones"))).toEqual(
    refused(400, 9106, "missing Authorization header: no API token was given"),
  );
  expect(plain(await client(door, "Bearer other")("POST", `/zones/${zone}/dns_records`, aRecord))).toEqual(
    refused(403, 10000, "authentication error: the API token is not valid"),
  );
});

test("a zone is found by its name and by its id", async () => {
  const { ask } = await cloudflare();
  const found = await ask("GET", "/zones?name=example.com");
  const zones = (found.body as { result: unknown[] }).result;
  expect(found.body).toMatchObject({
    success: true,
    result: [{ id: zone, name: "example.com", status: "active", type: "full", paused: false }],
    result_info: { page: 1, per_page: 20, count: 1, total_count: 1, total_pages: 1 },
  });
  expect(plain(await ask("GET", `/zones/${zone}`))).toEqual(accepted(zones[0]));
  expect((await ask("GET", "/zones?name=example.org")).body).toMatchObject({ result: [] });
  expect(plain(await ask("GET", `/zones/${"a".repeat(32)}`))).toEqual(
    refused(404, 1001, `invalid zone identifier: the token sees no zone ${"a".repeat(32)}`),
  );
  expect(plain(await ask("GET", "/zones/example.com"))).toEqual(
    refused(404, 7003, "could not route to /zones/example.com, perhaps your object identifier is invalid?"),
  );
});

test("a record is created, overwritten, edited and deleted", async () => {
  const { ask, add, records, time } = await cloudflare();
  const created = await add({ comment: "Domain verification record" });
  const { id } = (created.body as { result: { id: string } }).result;
  const record = {
    id,
    zone_id: zone,
    ...aRecord,
    proxiable: true,
    settings: {},
    meta: {},
    comment: "Domain verification record",
    comment_modified_on: "2026-11-21T12:00:00.000Z",
    tags: [],
    created_on: "2026-11-21T12:00:00.000Z",
    modified_on: "2026-11-21T12:00:00.000Z",
  };
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(plain(created)).toEqual(accepted(record));
  expect(plain(await ask("GET", `${records}/${id}`))).toEqual(accepted(record));

  time.pass(60);
  const moved = { ...record, content: "198.51.100.5", modified_on: "2026-11-21T12:01:00.000Z" };
  const overwriting = { ...aRecord, content: "198.51.100.5", comment: record.comment };
  expect(plain(await ask("PUT", `${records}/${id}`, overwriting))).toEqual(accepted(moved));
  time.pass(60);
  const { comment_modified_on: _, ...uncommented } = moved;
  expect(plain(await ask("PATCH", `${records}/${id}`, { comment: null, ttl: 60 }))).toEqual(
    accepted({ ...uncommented, comment: null, ttl: 60, modified_on: "2026-11-21T12:02:00.000Z" }),
  );
  expect(plain(await ask("DELETE", `${records}/${id}`))).toEqual(accepted({ id }));
  const gone = refused(404, 81044, `record does not exist: zone example.com has no ${id}`);
  expect(plain(await ask("GET", `${records}/${id}`))).toEqual(gone);
  expect(plain(await ask("DELETE", `${records}/${id}`))).toEqual(gone);
});

test("records are listed by page, name, type and content", async () => {
  const { ask, add, records } = await cloudflare();
  await add({});
  await add({ content: "198.51.100.5" });
  await add({ type: "AAAA", content: "2001:db8::1" });
  await add({ type: "TXT", name: "_acme.example.com", content: "proof" });
  const list = async (query: string) => {
    const { body } = await ask("GET", `${records}?${query}`);
    const { result, result_info } = body as { result: { type: string; content: string }[]; result_info: unknown };
    return { found: result.map(({ type, content }) => `${type} ${content}`), result_info };
  };
  const info = (count: number) => ({ page: 1, per_page: 100, count, total_count: count, total_pages: 1 });
  expect(await list("type=A&name=www.example.com")).toEqual({
    found: ["A 198.51.100.4", "A 198.51.100.5"],
    result_info: info(2),
  });
  expect(await list("name.exact=WWW.example.com&content.startswith=2001")).toEqual({
    found: ["AAAA 2001:db8::1"],
    result_info: info(1),
  });
  expect(await list("match=any&type=TXT&content.endswith=.5")).toEqual({
    found: ["A 198.51.100.5", "TXT proof"],
    result_info: info(2),
  });
  expect(await list("order=content&direction=desc&per_page=3&page=2")).toEqual({
    found: ["A 198.51.100.4"],
    result_info: { page: 2, per_page: 3, count: 1, total_count: 4, total_pages: 2 },
  });
});

test("what cannot be is refused with the API's numbers", async () => {
  const { ask, add, records } = await cloudflare();
  const { result } = (await add({})).body as { result: { id: string } };
  expect(plain(await add({}))).toEqual(
    refused(400, 81058, `an identical record already exists: A www.example.com -> 198.51.100.4 (${result.id})`),
  );
  expect(plain(await add({ type: "CNAME", content: "example.org" }))).toEqual(
    refused(
      400,
      81053,
      `an A, AAAA, or CNAME record with that host already exists: A www.example.com -> 198.51.100.4 (${result.id})`,
    ),
  );
  expect(plain(await add({ content: "example.org" }))).toEqual(
    refused(
      400,
      9005,
      "record www.example.com A: content for A record must be a valid IPv4 address, not 'example.org'",
    ),
  );
  expect(plain(await ask("POST", records, "{"))).toEqual(refused(400, 6007, "malformed JSON in the request's body"));
  expect(plain(await ask("GET", "/accounts"))).toEqual(
    refused(404, 7003, "Could not route to /client/v4/accounts, perhaps your object identifier is invalid?"),
  );
});

test("ordered faults speak Cloudflare's dialect", async () => {
  const { add, model } = await cloudflare([
    { match: { method: "POST" }, kind: "rate-limit", retryAfter: 2 },
    { match: { method: "POST" }, kind: "wrong-token" },
    { match: { path: "/zones/*/dns_records" }, kind: "refuse", code: "9109", message: "Unauthorized to access" },
  ]);
  const limited = await add({});
  expect(plain(limited)).toEqual(refused(429, 971, "Please wait and consider throttling your request speed"));
  expect(limited.headers.get("Retry-After")).toBe("2");
  expect(plain(await add({}))).toEqual(refused(403, 10000, "Authentication error"));
  expect(plain(await add({}))).toEqual(refused(400, 9109, "Unauthorized to access"));
  expect(model.records.list(zone)).toEqual([]);
});
