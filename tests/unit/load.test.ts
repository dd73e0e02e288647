import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { ConfigurationError } from "../../config/faults.ts";
import { loadStage } from "../../config/load.ts";
import { misshapen } from "../../config/secret-shapes.ts";
import { standIn } from "../../rehearsal/engine/stand-in.ts";
import { engineConfig, fixtures, readStackFile } from "../helpers/stack-file.ts";

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: () => {
        throw new Error("loading a stage makes nothing");
      },
      call: () => {
        throw new Error("loading a stage asks no provider");
      },
    },
    "groundwork",
    "prod",
  );
});

/** Hands a stack file over as the engine does, with changes to its keys. */
function hand(fixture: string, changes: Readonly<Record<string, unknown>> = {}): void {
  const { config, secretKeys } = engineConfig({
    ...readStackFile(new URL(`valid/${fixture}.yaml`, fixtures)),
    ...changes,
  });
  pulumi.runtime.setAllConfig({ ...config }, [...secretKeys]);
}

function refusal(): unknown {
  try {
    loadStage();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** An output's value and whether it is marked as secret. */
async function read(output: pulumi.Output<string>): Promise<{ readonly value: string; readonly secret: boolean }> {
  const secret = await pulumi.isSecret(output);
  return { secret, value: await new Promise<string>((resolve) => void output.apply(resolve)) };
}

test("a stage with its defaults filled in and its nodes planned", () => {
  hand("single-node");
  const { secret: _, nodes, machines, plan, ...stage } = loadStage();
  expect(plan).toEqual({ steps: [], hosts: [], faults: [] });
  expect(machines).toEqual(nodes);
  expect(nodes.map(({ hostname, address, role }) => [hostname, address, role])).toEqual([
    ["solo-cp-1", "10.0.1.10", "control-plane"],
  ]);
  expect(stage).toEqual({
    cluster: {
      name: "solo",
      distribution: "k3s",
      version: "v1.36.4+k3s1",
      sha256: {},
      endpoint: { kind: "address", host: "api.example.com" },
      transport: "private",
      podCidr: "10.42.0.0/16",
      serviceCidr: "10.43.0.0/16",
      tlsSans: [],
      disable: ["traefik", "servicelb"],
      secretsEncryption: true,
      kubeletArgs: [],
      snapshots: { schedule: "0 */12 * * *", keep: 5 },
      nodeLabels: {},
    },
    networks: {
      main: {
        kind: "hetzner",
        cidr: "10.0.0.0/16",
        zone: "eu-central",
        egress: "public",
        nameservers: ["185.12.64.1", "185.12.64.2"],
      },
    },
    pools: {
      cp: {
        machine: "hetzner",
        role: "control-plane",
        count: 1,
        skip: [],
        generation: 1,
        network: "main",
        firstAddress: "10.0.1.10",
        labels: {},
        taints: [],
        type: "cpx22",
        volumes: {},
        locations: ["hel1"],
        subnet: "10.0.1.0/24",
        image: "debian-12",
        protect: false,
        nodes: {},
      },
    },
    access: {
      via: "public",
      from: ["203.0.113.7/32"],
      authorizedKeys: [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFiwh5vAFqnRp0T4n3p5mR0m6v9kZB0v1D2k8q7rXyZa person@example.com",
      ],
    },
    hetzner: { protect: false, labels: {} },
    tailscale: undefined,
    platform: {},
    apps: {},
    generated: [],
    charts: {},
    dns: undefined,
    secrets: {},
    endpoints: {},
  });
});

test("secrets stay secret, and are in no other part of the stage", async () => {
  hand("private", { "secret:hetzner-token": { secure: "canary-of-hetzner" } });
  const stage = loadStage();
  expect(await read(stage.secret("hetzner-token"))).toEqual({
    secret: true,
    value: "canary-of-hetzner".padEnd(64, "0"),
  });
  expect(JSON.stringify(stage)).not.toContain("canary-of-hetzner");
});

test("a secret in plain text, and one that is not set", () => {
  hand("private", { "secret:hetzner-token": "canary-in-plain-text", "secret:cloudflare-token": "<unset>" });
  const error = refusal();
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toBe(
    `ConfigurationError: Pulumi.prod.yaml has 2 faults; nothing was made.

  secret:cloudflare-token
    is not set, and is needed for the Cloudflare API
    → pulumi config set --secret secret:cloudflare-token

  secret:hetzner-token
    stands in the stack file in plain text
    → revoke it where it comes from, then set the new one: pulumi config set --secret secret:hetzner-token`,
  );
});

test("every fault at once, of form and of sense, sorted by place", () => {
  hand("private", {
    "groundwork:access": "tailnet",
    "groundwork:platform": { haproxy: { replicas: 0 } },
    "groundwork:dns": { provider: "cloudflare", zone: "example.com", zoneId: "0".repeat(32), target: { pool: "web" } },
    "groundwork:poools": {},
    "other:key": "is nobody's business here",
    "secret:hetzner-token": "",
  });
  const error = refusal();
  expect(error instanceof ConfigurationError ? error.faults.map(({ path }) => path) : error).toEqual([
    "groundwork:access",
    "groundwork:dns.target.pool",
    "groundwork:platform.haproxy.replicas",
    "groundwork:poools",
  ]);
});

test("an encrypted value in a section is shown by no message", () => {
  hand("private", {
    "groundwork:cluster": { name: { secure: "canary-in-a-section" }, version: { secure: "canary-in-a-section" } },
  });
  const text = String(refusal());
  expect(text).not.toContain("canary-in-a-section");
  expect(text).toBe(
    `ConfigurationError: Pulumi.prod.yaml has 1 fault; nothing was made.

  groundwork:cluster
    holds an encrypted value, which everything made from this section would show
    → put the value under a key of its own, pulumi config set --secret secret:<name>, and write that name where it is used`,
  );
});

test("a token that cannot be one is found before its provider is asked", () => {
  hand("private", { "secret:hetzner-token": { secure: "x".repeat(65) } });
  expect(loadStage).toThrow(`Pulumi.prod.yaml has 1 fault; nothing was made.

  secret:hetzner-token
    is no token of the Hetzner Cloud API, which has 64 characters
    → copy it whole, without quotes or line breaks: pulumi config set --secret secret:hetzner-token`);
});

test("secrets of Proxmox VE that cannot be what they are taken for are found before their provider is asked", () => {
  const found = (secrets: Readonly<Record<string, string>>) =>
    misshapen((name) => secrets[name]).map(({ path, message }) => `${path} ${message}`);
  expect(
    found({ "proxmox-token": "0f2c7c5e-3d1b-4f0e-9a57-2f1f3b9a7c11", "proxmox-ssh-key": "ssh-ed25519 AAAA public" }),
  ).toEqual([
    "secret:proxmox-token is no API token of Proxmox VE with its name, user@realm!name=value",
    "secret:proxmox-ssh-key is no private SSH key",
  ]);
  expect(
    found({ "proxmox-token": standIn("secret:proxmox-token"), "proxmox-ssh-key": standIn("secret:proxmox-ssh-key") }),
  ).toEqual([]);
});
