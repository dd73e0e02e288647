import { execFile } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Check } from "../../commands/doctor/check.ts";
import { checksText } from "../../commands/doctor/check.ts";
import { checkCloudflare } from "../../commands/doctor/cloudflare.ts";
import { checkHetzner } from "../../commands/doctor/hetzner.ts";
import { checkProxmox } from "../../commands/doctor/proxmox.ts";
import { checkTailscale } from "../../commands/doctor/tailscale.ts";
import { checkVault } from "../../commands/doctor/vault.ts";
import { serveCloudflare } from "../../rehearsal/clouds/cloudflare/http/serve.ts";
import { createModel as createCloudflare } from "../../rehearsal/clouds/cloudflare/model.ts";
import { serveHetzner } from "../../rehearsal/clouds/hetzner/http/serve.ts";
import { createModel as createHetzner } from "../../rehearsal/clouds/hetzner/model.ts";
import type { Door } from "../../rehearsal/clouds/http/door.ts";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { serveProxmox } from "../../rehearsal/clouds/proxmox/http/serve.ts";
import { createModel as createProxmox } from "../../rehearsal/clouds/proxmox/model.ts";
import { serveTailscale } from "../../rehearsal/clouds/tailscale/http/serve.ts";
import { createModel as createTailscale } from "../../rehearsal/clouds/tailscale/model.ts";

// What a user is told of a wrong token or a wrong address before anything is made, by the services' own answers.

const now = (): Date => new Date();
/** Nothing listens there. */
const nowhere = "127.0.0.1:1";

async function opened(opening: Promise<Door>): Promise<Door> {
  const door = await opening;
  onTestFinished(() => door.close());
  return door;
}

const problem = ({ message, remedy }: Check) => `${message} → ${remedy ?? ""}`;

test("hetzner: taken, unknown, read-only, away", async () => {
  const faults: readonly Fault[] = [
    { kind: "refuse", code: "token_readonly", match: { method: "POST", path: "/ssh_keys" } },
    { kind: "server-error", after: 2, match: { method: "GET", path: "/ssh_keys" } },
  ];
  const model = createHetzner({ tokens: ["good"], now });
  const armed = createFaults(faults);
  const door = await opened(serveHetzner(model, { faults: armed }));
  const check = (token: string, endpoint = door.url) => checkHetzner({ token, endpoint });
  const make =
    "make one in the Hetzner console, in this stage's project: Security, API tokens, Read & Write; then pulumi config set --secret secret:hetzner-token";
  expect(problem(await check("bad"))).toBe(
    `the API does not know secret:hetzner-token (401 unable to authenticate: the token is missing, or is none of this project's) → ${make}`,
  );
  expect(problem(await check("good"))).toBe(`secret:hetzner-token may only read (401 ordered by the test) → ${make}`);
  expect(problem(await check("good"))).toBe("the API answers 503 → wait, and look at status.hetzner.com");
  expect(await check("good")).toEqual({
    ...{ about: "hetzner", state: "well", message: "the API takes secret:hetzner-token, to read and to write" },
  });
  expect(model.ssh_keys.list()).toEqual([]);
  expect(problem(await check("good", `http://${nowhere}/v1`))).toBe(
    `${nowhere} refuses connections: nothing listens there → see that groundwork:endpoints.hetzner says where it is, and that a way leads there from this machine (VPN, tailnet, firewall)`,
  );
  expect(problem(await check("good", "http://api.hetzner.invalid/v1"))).toMatch(
    /^api\.hetzner\.invalid is a name that DNS does not know → /,
  );
});

/** An API that answers everything with one document. */
async function answering(document: unknown, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(document)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("cloudflare: taken, unknown, another zone, a zone's other name, records that may not change", async () => {
  const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
  const door = await opened(
    serveCloudflare(createCloudflare({ tokens: ["good"], zones: [{ name: "example.com", id: zoneId }], now })),
  );
  const given = { token: "good", endpoint: door.url, zone: "example.com", zoneId };
  const make =
    "My Profile, API Tokens: Zone:Read and DNS:Edit on the zone example.com; then pulumi config set --secret secret:cloudflare-token";
  expect(await checkCloudflare(given)).toEqual({
    ...{
      about: "cloudflare",
      state: "well",
      message: "the API takes secret:cloudflare-token for the zone example.com",
    },
  });
  expect(problem(await checkCloudflare({ ...given, token: "bad" }))).toMatch(
    /^the API does not know secret:cloudflare-token \(40\d .+\) → make one: My Profile, API Tokens: /,
  );
  expect(problem(await checkCloudflare({ ...given, zoneId: "f".repeat(32) }))).toMatch(
    /^secret:cloudflare-token is a token, but does not see the zone f{32} \(40\d .+\) → see that groundwork:dns\.zoneId is the zone's/,
  );
  expect(problem(await checkCloudflare({ ...given, zone: "example.org" }))).toBe(
    "groundwork:dns.zoneId is the zone example.com, and groundwork:dns.zone says example.org → copy the zone id from the zone's overview page",
  );
  const endpoint = await answering({
    success: true,
    result: { name: "example.com", permissions: ["#zone:read", "#dns_records:read"] },
  });
  expect(problem(await checkCloudflare({ ...given, endpoint }))).toBe(
    `secret:cloudflare-token may not change records of example.com → give it DNS:Edit: ${make}`,
  );
  expect(problem(await checkCloudflare({ ...given, endpoint: `http://${nowhere}` }))).toContain(
    "nothing listens there → see that groundwork:endpoints.cloudflare",
  );
});

test("tailscale: taken, unknown, without a scope", async () => {
  const client = (id: string, scopes: readonly string[]) => ({
    id,
    secret: "secret",
    scopes,
    tags: ["tag:k8s-operator"],
  });
  const model = createTailscale({
    tailnet: "example.com",
    oauthClients: [
      client("good", ["auth_keys", "devices:core", "services"]),
      client("old", ["auth_keys", "services"]),
      client("all", ["all"]),
    ],
    policy: '{ "tagOwners": { "tag:k8s-operator": [] } }',
    now,
  });
  const door = await opened(serveTailscale(model, { now }));
  const check = (id: string, secret = "secret") => checkTailscale({ id, secret, endpoint: door.url });
  expect((await Promise.all(["good", "all"].map((id) => check(id)))).map(({ state }) => state)).toEqual([
    "well",
    "well",
  ]);
  expect(problem(await check("good", "other"))).toMatch(
    /^the API does not know the OAuth client of secret:tailscale-oauth-client-id and its secret \(40\d .+\) → make one: Tailscale admin console/,
  );
  expect(problem(await check("old"))).toMatch(
    /^the OAuth client lacks devices:core; it has auth_keys, services → give it those: /,
  );
});

test("proxmox: taken, unknown, without a privilege, without a node, nodes whose SSH is away", async () => {
  const token = (name: string) => `groundwork@pve!${name}=11111111-2222-3333-4444-555555555555`;
  const model = createProxmox({
    nodes: [{ name: "pve1", address: "10.0.40.11" }],
    storages: [],
    tokens: [
      { token: token("root") },
      { token: token("audit"), acl: [{ path: "/", privileges: ["Sys.Audit", "VM.Audit"] }] },
    ],
    now,
  });
  const door = await opened(serveProxmox(model, { now }));
  const given = { endpoint: door.url, insecure: false, nodes: {} };
  const check = async (name: string, more: object = {}) =>
    (await checkProxmox({ ...given, token: token(name), ...more }))[0] as Check;
  expect(await check("root", { nodes: {} })).toEqual({
    ...{ about: "proxmox", state: "well", message: "the API takes secret:proxmox-token; nodes: pve1" },
  });
  expect(problem(await check("nobody"))).toMatch(
    /^the API does not know secret:proxmox-token \(401 no such token 'groundwork@pve!nobody'\) → pveum user token add/,
  );
  expect(problem(await check("audit"))).toMatch(
    /^secret:proxmox-token lacks VM\.Allocate, VM\.PowerMgmt, .+ → docs\/proxmox\.md has the role that it needs$/,
  );
  const [api, ssh] = await checkProxmox({ ...given, token: token("root"), nodes: { pve9: { address: "127.0.0.1" } } });
  expect(checksText([api as Check])).toBe(
    "wrong  proxmox: the cluster has no node pve9; it has pve1\n         → name nodes under groundwork:proxmox.nodes as Proxmox VE does\n",
  );
  expect(ssh?.about).toBe("proxmox node pve9");
});

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Engine {
  readonly config?: object;
  readonly error?: string;
}

/** `npm run doctor -- <stack> --json` for prod, where the engine prints `config`, or fails with `error`. */
async function doctor(endpoints: object, engine: Engine, stack = "prod", file = "Pulumi.prod.yaml") {
  const home = mkdtempSync(join(tmpdir(), "groundwork-doctor-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const file of ["Pulumi.yaml", "package.json"]) copyFileSync(join(root, file), join(home, file));
  const { config } = parse(readFileSync(join(root, "Pulumi.prod.yaml"), "utf8")) as { readonly config: object };
  mkdirSync(join(home, dirname(file)), { recursive: true });
  writeFileSync(join(home, file), stringify({ config: { ...config, "groundwork:endpoints": endpoints } }));
  const print = engine.error === undefined ? `cat "$0.json"` : `echo '${engine.error}' >&2; exit 255`;
  writeFileSync(join(home, "pulumi"), `#!/bin/sh\necho "$*" > "$0.args"\n${print}\n`);
  writeFileSync(join(home, "pulumi.json"), JSON.stringify(engine.config ?? {}));
  chmodSync(join(home, "pulumi"), 0o755);
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  const env = { ...process.env, PATH: `${home}${delimiter}${process.env.PATH}` };
  const [status, text] = await new Promise<[number, string]>((resolve) => {
    execFile(process.execPath, [join(root, "commands/doctor.ts"), stack, "--json"], { cwd: home, env }, (error, out) =>
      resolve([error === null ? 0 : Number(error.code), out]),
    );
  });
  const { checks, hosts } = JSON.parse(text) as {
    readonly checks: readonly Check[];
    readonly hosts: readonly unknown[];
  };
  // What is installed is this machine's affair.
  const services = checks.filter(({ about }) => ["hetzner", "cloudflare", "tailscale", "secrets"].includes(about));
  return {
    ...{ status, hosts },
    services: services.map(({ about, state, message }) => `${state} ${about}: ${message}`),
    asked: readFileSync(join(home, "pulumi.args"), "utf8").trim(),
  };
}

const engineAsked = (stack: string): string =>
  `config --show-secrets --json --stack ${stack} --non-interactive --color never`;

test("prod: every service that it uses is asked, with the secrets that the engine decrypts", async () => {
  const hetzner = await opened(serveHetzner(createHetzner({ tokens: ["good"], now })));
  const endpoints = { hetzner: hetzner.url, cloudflare: `http://${nowhere}`, tailscale: `http://${nowhere}` };
  const secret = (value: string) => ({ value, secret: true });
  const [asked, unasked] = await Promise.all([
    doctor(endpoints, {
      config: {
        "secret:hetzner-token": secret("good"),
        "secret:cloudflare-token": secret("t0ken"),
        "secret:tailscale-oauth-client-id": { value: "<unset>", secret: false },
        "groundwork:cluster": { value: "{}", objectValue: {}, secret: false },
      },
    }),
    doctor(endpoints, { error: 'error: no stack named "prod" found' }),
  ]);
  expect(asked).toEqual({
    status: 1,
    services: [
      "well hetzner: the API takes secret:hetzner-token, to read and to write",
      `wrong cloudflare: ${nowhere} refuses connections: nothing listens there`,
      "wrong tailscale: secret:tailscale-oauth-client-id is not set",
    ],
    hosts: [],
    asked: engineAsked("prod"),
  });
  expect(unasked).toEqual({
    status: 1,
    services: ["wrong secrets: not read: there is no stack prod in the backend yet"],
    hosts: [],
    asked: engineAsked("prod"),
  });
});

test("a stack named with its organization and project, its file under examples/: the engine is told where", async () => {
  const stack = "organization/groundwork/prod";
  const file = "examples/production/Pulumi.prod.yaml";
  expect(await doctor({}, { error: 'error: no stack named "prod" found' }, stack, file)).toEqual({
    status: 1,
    services: [`wrong secrets: not read: there is no stack ${stack} in the backend yet`],
    hosts: [],
    asked: `${engineAsked(stack)} --config-file ${file}`,
  });
});

test("vault: a token that may sign, one that may not, one that is unknown, sealed, away", async () => {
  const check = async (document: unknown, status?: number) =>
    checkVault({ token: "t", secret: "vault-token", mount: "pki", address: await answering(document, status) });
  expect(await check({ capabilities: ["update"] })).toEqual({
    ...{ about: "vault", state: "well" },
    message: "Vault takes secret:vault-token, to sign the cluster's authorities at pki",
  });
  expect(problem(await check({ capabilities: ["deny"] }))).toBe(
    'secret:vault-token may not have anything signed at pki → give it a policy with path "pki/root/sign-intermediate" { capabilities = ["update"] }',
  );
  expect(problem(await check({ errors: ["permission denied"] }, 403))).toBe(
    "Vault does not know secret:vault-token (403 permission denied) → it is needed until the cluster stands: vault token create -policy=<policy>, then pulumi config set --secret secret:vault-token",
  );
  expect(problem(await check({ errors: ["Vault is sealed"] }, 503))).toBe(
    "Vault answers 503 Vault is sealed → see that it is initialised and unsealed: vault status",
  );
  expect(
    problem(await checkVault({ token: "t", secret: "vault-token", mount: "pki", address: `http://${nowhere}` })),
  ).toBe(
    `${nowhere} refuses connections: nothing listens there → see that groundwork:cluster.authority.address says where it is, and that a way leads there from this machine (VPN, tailnet, firewall)`,
  );
});
