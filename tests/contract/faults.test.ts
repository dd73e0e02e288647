import { expect, test } from "vitest";
import { serveCloudflare } from "../../rehearsal/clouds/cloudflare/http/serve.ts";
import { createModel as createCloudflare } from "../../rehearsal/clouds/cloudflare/model.ts";
import { serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createModel as createHetzner } from "../../rehearsal/clouds/hetzner/model.ts";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { client, opened, plain } from "./support.ts";

const now = () => new Date("2026-11-21T12:00:00Z");

async function hetzner(orders: readonly Fault[]) {
  const faults = createFaults(orders);
  const model = createHetzner({ tokens: ["token"], now });
  const door = await opened(serveHetzner(model, { faults, now }));
  return { faults, model, door, ask: client(door, "Bearer token") };
}

const group = (name: string) => ({ name, type: "spread" });
const posts = { method: "POST", path: "/placement_groups" };

test("too many requests: nothing is done, and the client is told when to come back", async () => {
  const { ask, model, faults } = await hetzner([{ match: posts, kind: "rate-limit", retryAfter: 7, times: 2 }]);
  const refused = await ask("POST", "/placement_groups", group("a"));
  expect(plain(refused)).toEqual({
    status: 429,
    body: {
      error: { code: "rate_limit_exceeded", message: "limit of 3600 requests per hour reached", details: null },
    },
  });
  expect(refused.headers.get("Retry-After")).toBe("7");
  expect(faults.pending()).toHaveLength(1);
  expect((await ask("POST", "/placement_groups", group("a"))).status).toBe(429);
  expect(model.placement_groups.list()).toEqual([]);
  expect((await ask("POST", "/placement_groups", group("a"))).status).toBe(201);
  expect(faults.pending()).toEqual([]);
});

test("something in front of the service fails: a page, not the service's JSON", async () => {
  const { ask, model } = await hetzner([
    { match: posts, kind: "server-error", status: 502 },
    { match: posts, kind: "server-error" },
  ]);
  expect(plain(await ask("POST", "/placement_groups", group("a")))).toEqual({
    status: 502,
    body: "<html><body><h1>502</h1></body></html>",
  });
  expect((await ask("POST", "/placement_groups", group("a"))).status).toBe(503);
  expect(model.placement_groups.list()).toEqual([]);
});

test("a refusal that is ordered reads like the service's own", async () => {
  const { ask, model } = await hetzner([
    { match: { path: "/servers" }, kind: "refuse", code: "resource_unavailable", message: "sold out" },
    { match: { path: "/servers/*/actions/**" }, kind: "refuse", code: "locked", message: "busy" },
  ]);
  expect(plain(await ask("POST", "/servers", {}))).toEqual({
    status: 412,
    body: { error: { code: "resource_unavailable", message: "sold out", details: null } },
  });
  expect(plain(await ask("POST", "/servers/1/actions/poweron"))).toEqual({
    status: 423,
    body: { error: { code: "locked", message: "busy", details: null } },
  });
  expect(model.servers.list()).toEqual([]);
});

test("a token that is taken away, once", async () => {
  const { ask } = await hetzner([{ match: {}, kind: "wrong-token" }]);
  expect(plain(await ask("GET", "/servers"))).toEqual({
    status: 401,
    body: { error: { code: "unauthorized", message: "unable to authenticate", details: null } },
  });
  expect((await ask("GET", "/servers")).status).toBe(200);
});

test("a connection that breaks before the effect leaves nothing, one that breaks after it leaves the thing", async () => {
  const { ask, model, door } = await hetzner([
    { match: posts, kind: "drop-before" },
    { match: posts, kind: "drop-after" },
  ]);
  await expect(ask("POST", "/placement_groups", group("a"))).rejects.toThrow("fetch failed");
  expect(model.placement_groups.list()).toEqual([]);
  await expect(ask("POST", "/placement_groups", group("a"))).rejects.toThrow("fetch failed");
  expect(model.placement_groups.list().map(({ name }) => name)).toEqual(["a"]);
  expect((await ask("POST", "/placement_groups", group("a"))).status).toBe(409);
  expect(door.requests()).toEqual([
    { method: "POST", path: "/placement_groups", query: "", body: group("a"), fault: "drop-before", status: "dropped" },
    { method: "POST", path: "/placement_groups", query: "", body: group("a"), fault: "drop-after", status: "dropped" },
    { method: "POST", path: "/placement_groups", query: "", body: group("a"), status: 409 },
  ]);
});

test("an answer can be late without its effect being so", async () => {
  const { ask, model } = await hetzner([{ match: posts, kind: "slow-reply", seconds: 0.2 }]);
  const start = performance.now();
  const answer = ask("POST", "/placement_groups", group("a"));
  await expect.poll(() => model.placement_groups.list()).toHaveLength(1);
  expect((await answer).status).toBe(201);
  expect(performance.now() - start).toBeGreaterThan(190);
});

test("an outage: nobody listens after the answer, until the door is opened again", async () => {
  const { ask, model, door } = await hetzner([{ match: posts, kind: "outage" }]);
  expect((await ask("POST", "/placement_groups", group("a"))).status).toBe(201);
  const refused = async () => {
    try {
      return await ask("POST", "/placement_groups", group("b"));
    } catch (error) {
      return (error as { readonly cause?: { readonly code?: string } }).cause?.code;
    }
  };
  await expect.poll(refused).toBe("ECONNREFUSED");
  await door.reopen();
  expect((await ask("POST", "/placement_groups", group("b"))).status).toBe(201);
  expect(model.placement_groups.list().map(({ name }) => name)).toEqual(["a", "b"]);
});

test("faults befall what they are for, in order, after what they let through", () => {
  const faults = createFaults([
    { match: { method: "GET", path: "/servers/*" }, kind: "wrong-token", after: 1 },
    { match: { path: "/servers/**" }, kind: "server-error", times: 2 },
    { match: { path: "/pods", query: /^(?!.*dryRun)/ }, kind: "drop-before" },
  ]);
  const dropped = ["?dryRun=All", ""].map(
    (query) => faults.take({ method: "POST", path: "/pods", query, body: "" })?.kind,
  );
  expect(dropped).toEqual([undefined, "drop-before"]);
  const kinds = (
    [
      ["GET", "/networks"],
      ["GET", "/servers/1"],
      ["GET", "/servers/1"],
      ["GET", "/servers/1/actions"],
      ["GET", "/servers/1"],
    ] as const
  ).map(([method, path]) => faults.take({ method, path, body: "" })?.kind);
  expect(kinds).toEqual([undefined, "server-error", "wrong-token", "server-error", undefined]);
});

test("requests side by side are told apart by what is in them, and more can be ordered later", async () => {
  const { ask, model, faults } = await hetzner([]);
  faults.arm([{ match: { ...posts, body: ['"b"', "spread"] }, kind: "server-error" }]);
  const statuses = await Promise.all(
    ["a", "b", "c"].map(async (name) => (await ask("POST", "/placement_groups", group(name))).status),
  );
  expect(statuses).toEqual([201, 503, 201]);
  expect(model.placement_groups.list().map(({ name }) => name)).toEqual(["a", "c"]);
});

test("a fault of actions is refused where there are none", async () => {
  const model = createCloudflare({ tokens: ["token"], zones: [{ name: "example.com" }], now });
  const faults = createFaults([{ match: { path: "/zones" }, kind: "slow-action", seconds: 1 }]);
  await expect(serveCloudflare(model, { faults })).rejects.toThrow(
    "fault slow-action on /zones: this service has no actions",
  );
});
