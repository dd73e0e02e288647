import { expect, test } from "vitest";
import { locations } from "../../lib/hetzner/catalogue/locations.ts";
import { serverTypes } from "../../lib/hetzner/catalogue/server-types.ts";
import { hetzner, pagination, plain } from "./support.ts";

// How all of the API is asked: pages, filters, refusals, the allowance. docs.hetzner.cloud/reference/cloud

test("lists are paged, selected by label, filtered and sorted", async () => {
  const { ask, door } = await hetzner();
  for (let index = 1; index <= 7; index++) {
    const labels = { parity: index % 2 === 0 ? "even" : "odd" };
    await ask("POST", "/placement_groups", { name: `group-${index}`, type: "spread", labels });
  }
  const names = async (query: string) => {
    const { body } = await ask("GET", `/placement_groups?${query}`);
    return (body as { placement_groups: { name: string }[] }).placement_groups.map(({ name }) => name);
  };
  const page = await ask("GET", "/placement_groups?per_page=3&page=2");
  expect((page.body as { meta: unknown }).meta).toEqual({
    pagination: { ...pagination(7, 2, 3), per_page: 3 },
  });
  expect(page.headers.get("Link")).toBe(
    [
      `<${door.url}/placement_groups?per_page=3&page=1>; rel="prev"`,
      `<${door.url}/placement_groups?per_page=3&page=3>; rel="next"`,
      `<${door.url}/placement_groups?per_page=3&page=3>; rel="last"`,
    ].join(", "),
  );
  expect(await names("per_page=3&page=3")).toEqual(["group-7"]);
  expect(await names("label_selector=parity%3Deven")).toEqual(["group-2", "group-4", "group-6"]);
  expect(await names("label_selector=parity!%3Deven&sort=name:desc")).toEqual([
    "group-7",
    "group-5",
    "group-3",
    "group-1",
  ]);
  expect(await names("name=group-5")).toEqual(["group-5"]);
  expect(await names("sort=created&sort=id:desc&per_page=2")).toEqual(["group-7", "group-6"]);
  expect(plain(await ask("GET", "/placement_groups?sort=colour"))).toEqual({
    status: 422,
    body: {
      error: {
        code: "invalid_input",
        message:
          "invalid input in field 'sort': 'colour' is no order; there are id, name, created, each with :asc or :desc",
        details: {
          fields: [
            { name: "sort", messages: ["'colour' is no order; there are id, name, created, each with :asc or :desc"] },
          ],
        },
      },
    },
  });
});

test("what was removed from the API says so, with its announcement", async () => {
  const { ask } = await hetzner();
  const gone = (message: string, anchor: string) => ({
    status: 410,
    body: {
      error: {
        code: "deprecated_api_endpoint",
        message,
        details: { announcement: `https://docs.hetzner.cloud/changelog#${anchor}` },
      },
    },
  });
  const removed = gone("the datacenters were removed, locations are left", "2026-06-02-datacenters-deprecated");
  expect(plain(await ask("GET", "/datacenters"))).toEqual(removed);
  expect(plain(await ask("GET", "/datacenters/4"))).toEqual(removed);
  expect(plain(await ask("GET", "/actions"))).toEqual(
    gone(
      "all actions together cannot be listed any more: give their ids",
      "2023-07-20-actions-list-endpoint-is-deprecated",
    ),
  );
});

test("refusals have the statuses and details of the reference", async () => {
  const { ask } = await hetzner();
  await ask("POST", "/networks", { name: "net", ip_range: "10.0.0.0/16" });
  expect(plain(await ask("POST", "/networks", '{"name": '))).toMatchObject({
    status: 400,
    body: { error: { code: "json_error", details: null } },
  });
  expect(plain(await ask("POST", "/networks", { name: "net", ip_range: "10.1.0.0/16" }))).toEqual({
    status: 409,
    body: {
      error: {
        code: "uniqueness_error",
        message: "name is already used: network 10400101 is called 'net'",
        details: { fields: [{ name: "name" }] },
      },
    },
  });
  expect(plain(await ask("POST", "/networks", { name: "public", ip_range: "8.8.8.0/24" }))).toEqual({
    status: 422,
    body: {
      error: {
        code: "invalid_input",
        message: "invalid input in field 'ip_range': 8.8.8.0/24 is not in a private range of RFC 1918",
        details: { fields: [{ name: "ip_range", messages: ["8.8.8.0/24 is not in a private range of RFC 1918"] }] },
      },
    },
  });
  await ask("POST", "/networks/10400101/actions/change_protection", { delete: true });
  expect(plain(await ask("DELETE", "/networks/10400101"))).toEqual({
    status: 423,
    body: { error: { code: "protected", message: "network 'net' (10400101) is delete protected", details: null } },
  });
  const wanted = { name: "a", server_type: "cx23", image: "debian-13", location: "fsn1" };
  expect(plain(await ask("POST", "/servers", wanted))).toEqual({
    status: 412,
    body: {
      error: {
        code: "resource_unavailable",
        message: "error during placement: server type cx23 is not available in fsn1 at present",
        details: null,
      },
    },
  });
});

test("requests are counted, refused when the hour's allowance is used up, and come back by and by", async () => {
  const { ask, time } = await hetzner({ requestsPerHour: 60 });
  const counted = ({ status, headers }: Awaited<ReturnType<typeof ask>>) => ({
    status,
    limit: headers.get("RateLimit-Limit"),
    remaining: headers.get("RateLimit-Remaining"),
    reset: headers.get("RateLimit-Reset"),
  });
  const noon = Date.parse("2026-11-21T12:00:00Z") / 1000;
  expect(counted(await ask("GET", "/locations"))).toEqual({
    status: 200,
    limit: "60",
    remaining: "59",
    reset: String(noon + 60),
  });
  for (let index = 1; index < 60; index++) await ask("GET", "/locations/1");
  const refused = await ask("GET", "/locations");
  expect(counted(refused)).toEqual({ status: 429, limit: "60", remaining: "0", reset: String(noon + 3600) });
  expect(refused.body).toEqual({
    error: { code: "rate_limit_exceeded", message: "limit of 60 requests per hour reached", details: null },
  });
  time.pass(60);
  expect((await ask("GET", "/locations")).status).toBe(200);
  expect((await ask("GET", "/locations")).status).toBe(429);
});

test("the catalogue is read only, and images that are deprecated have to be asked for", async () => {
  const { ask } = await hetzner();
  expect(plain(await ask("GET", "/locations?name=hel1"))).toEqual({
    status: 200,
    body: { locations: locations.filter(({ name }) => name === "hel1"), meta: { pagination: pagination(1) } },
  });
  expect(plain(await ask("GET", "/server_types/109"))).toEqual({
    status: 200,
    body: { server_type: serverTypes.find(({ name }) => name === "cpx22") },
  });
  const found = async (query: string) =>
    ((await ask("GET", `/images?${query}`)).body as { images: { id: number }[] }).images.map(({ id }) => id);
  expect(await found("name=debian-13&architecture=x86")).toEqual([15_512_619]);
  expect(await found("name=ubuntu-20.04&architecture=x86")).toEqual([]);
  expect(await found("name=ubuntu-20.04&architecture=x86&include_deprecated=true")).toEqual([15_512_621]);
  expect((await ask("POST", "/locations", {})).status).toBe(404);
});
