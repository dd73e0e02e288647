import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { removeDevicesStep, tagDevicesStep, tailnetClient } from "../../lib/tailnet/device.ts";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { serveTailscale } from "../../rehearsal/clouds/tailscale/http/serve.ts";
import { createModel } from "../../rehearsal/clouds/tailscale/model.ts";
import { opened } from "./support.ts";

// The script itself, as the engine's command runs it, against Tailscale's API.

const now = () => new Date("2026-11-21T12:00:00Z");

async function tailnet(faults: readonly Fault[] = []) {
  const clients = [
    { id: "strong", scopes: ["auth_keys", "devices:core"] },
    { id: "weak", scopes: ["auth_keys"] },
  ];
  const model = createModel({
    tailnet: "example.com",
    apiKeys: ["tskey-api-admin"],
    oauthClients: clients.map((client) => ({ ...client, secret: "of-the-client", tags: ["tag:node"] })),
    policy: JSON.stringify({
      tagOwners: { "tag:node": [], "tag:other": [], "tag:k8s": ["tag:node"], "tag:k8s-prod": ["tag:node"] },
    }),
    now,
  });
  const admin = model.withApiKey("tskey-api-admin");
  const join = (hostname: string, tag: string): string => {
    const create = { preauthorized: true, tags: [tag] };
    const { key } = model.keys.create(admin, { capabilities: { devices: { create } } });
    return model.devices.join({ hostname, key }).name;
  };
  const door = await opened(serveTailscale(model, { now, faults: createFaults(faults) }));
  const all = () => model.devices.list(admin, {});
  const tag = (name: string, tags: readonly string[]): void => {
    const device = all().find((each) => each.name === name);
    if (device !== undefined) model.devices.setTags(admin, device.id, { tags });
  };
  const tagsOf = (): readonly (readonly string[])[] => all().map(({ tags }) => tags.toSorted());
  return { join, tag, tagsOf, url: door.url, names: () => all().map(({ name }) => name) };
}

/** As @pulumi/command runs a local command: `/bin/sh -c <script>`. */
async function run(url: string, client: string, add: readonly string[] = []) {
  const device = { hostname: "prod-cp-1", tags: ["tag:node"], api: `${url}/` };
  const script = add.length === 0 ? removeDevicesStep(device) : tagDevicesStep({ ...device, add });
  const child = spawn("/bin/sh", ["-c", script], { env: { PATH: process.env.PATH } });
  child.stdin.end(tailnetClient({ id: client, secret: "of-the-client" }));
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, ...output };
}

test("devices of exactly that host name and tag go, however many, and no other", async () => {
  const { join, url, names } = await tailnet();
  const others = [join("prod-cp-10", "tag:node"), join("prod-cp-1", "tag:other"), join("prod-cp", "tag:node")];
  join("prod-cp-1", "tag:node");
  join("prod-cp-1", "tag:node");
  expect(await run(url, "strong")).toEqual({
    code: 0,
    stdout: "prod-cp-1: 2 removed from the tailnet\n",
    stderr: "",
  });
  expect(names()).toEqual(others);
  expect(await run(url, "strong")).toMatchObject({ code: 0, stdout: "prod-cp-1: 0 removed from the tailnet\n" });
});

test("a client that may not is told which scope it lacks, and no secret is said", async () => {
  const { join, url, names } = await tailnet();
  const name = join("prod-cp-1", "tag:node");
  const { code, stderr } = await run(url, "weak");
  expect({ code, stderr }).toMatchInlineSnapshot(`
    {
      "code": 1,
      "stderr": "groundwork: prod-cp-1 stays in the tailnet: signing in at Tailscale: 403 {"message":"OAuth client 'weak' was not granted scope devices:core, only auth_keys"} → give the OAuth client the scope devices:core (Devices Core, write)
    ",
    }
  `);
  expect(names()).toEqual([name]);
});

test("what passes is waited out: too many requests, a page in front of the service, answers that are lost", async () => {
  const { join, url, names } = await tailnet([
    { match: { path: "/oauth/token" }, kind: "rate-limit" },
    { match: { path: "/tailnet/*/devices" }, kind: "server-error" },
    { match: { method: "DELETE", path: "/device/*" }, kind: "drop-after" },
  ]);
  join("prod-cp-1", "tag:node");
  expect(await run(url, "strong")).toMatchObject({ code: 0, stderr: "" });
  expect(names()).toEqual([]);
});

test("tags are added to those that a device has; none goes, and what has them all is left alone", async () => {
  const { join, tag, tagsOf, url } = await tailnet();
  tag(join("prod-cp-1", "tag:node"), ["tag:node", "tag:k8s"]);
  join("prod-cp-2", "tag:node");
  join("prod-cp-1", "tag:other");
  const add = ["tag:k8s", "tag:k8s-prod"];
  expect(await run(url, "strong", add)).toEqual({
    ...{ code: 0, stdout: "prod-cp-1: 1 tagged in the tailnet\n", stderr: "" },
  });
  expect(tagsOf()).toEqual([["tag:k8s", "tag:k8s-prod", "tag:node"], ["tag:node"], ["tag:other"]]);
  expect(await run(url, "strong", add)).toMatchObject({ code: 0, stdout: "prod-cp-1: 0 tagged in the tailnet\n" });
});

test("a tag that the client does not own, here one that somebody gave the device by hand, is named, and nothing changes", async () => {
  const { join, tag, tagsOf, url } = await tailnet();
  tag(join("prod-cp-1", "tag:node"), ["tag:node", "tag:other"]);
  const { code, stderr } = await run(url, "strong", ["tag:k8s"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^groundwork: prod-cp-1 has not all of its tags in the tailnet: tagging device .*tag:other/);
  expect(tagsOf()).toEqual([["tag:node", "tag:other"]]);
});
