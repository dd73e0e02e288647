import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { removeDevicesStep, tailnetClient } from "../../../lib/tailnet/device.ts";
import type { Tailnet } from "../../../rehearsal/command/steps/step.ts";
import { bootedMachine, tailnetRequest } from "../../../rehearsal/command/user-data.ts";
import { ServiceError } from "../../../rehearsal/model.ts";
import { addNode, admin, createTestWorld, keyPair } from "./world.ts";

const bootWait = "#!/bin/sh\n# groundwork step: boot-wait timeout=600\nset -eu\n";

function oneHost(args: Parameters<typeof createTestWorld>[0] = {}) {
  const world = createTestWorld(args);
  const key = addNode(world, "cp-1");
  return { world, connection: world.connection("100.64.0.10", { hostKey: key.public }) };
}

const rules = (world: ReturnType<typeof createTestWorld>) => world.findings.map(({ rule, message }) => [rule, message]);

test("a script that the rehearsal does not know runs, gives nothing, and is found", async () => {
  const { world, connection } = oneHost();
  const created = await world.create({ connection, create: "#!/bin/sh\nls" }, "list");
  await world.create({ connection, create: "#!/bin/sh\n# groundwork step: dance how=well\n" }, "dance");
  expect({ stdout: created.outputs.stdout, seconds: created.seconds }).toEqual({ stdout: "", seconds: 3 });
  expect(rules(world)).toEqual([
    [
      "unmodelled-command",
      "list runs a script without a header line, which the rehearsal knows nothing of: its outputs are taken to be empty",
    ],
    [
      "unmodelled-command",
      "dance runs the step dance, which the rehearsal knows nothing of: its outputs are taken to be empty",
    ],
  ]);
});

test.each([
  ["a private key", `${bootWait}${keyPair("x").private}`],
  ["a configured secret", `${bootWait}# canary-hetzner-token`],
  ["what is elsewhere passed by standard input", `${bootWait}# server-token-of-the-cluster`],
])("%s in a script is found", async (what, script) => {
  const { world, connection } = oneHost({ secrets: () => ["canary-hetzner-token"] });
  await world.create({ connection, create: bootWait, stdin: "server-token-of-the-cluster\n" }, "other");
  await world.create({ connection, create: script }, "leaky");
  expect(rules(world)).toEqual([
    [
      "secret-in-command",
      `${what} stands in the script of leaky: it is in the state, in the process list of the host, and in every error message`,
    ],
  ]);
});

test("a kubeconfig that is logged is found, even where its step then fails", async () => {
  const { world, connection } = oneHost();
  const script = "#!/bin/sh\n# groundwork step: kubeconfig timeout=60\n";
  await expect(world.create({ connection, create: script }, "kubeconfig")).rejects.toThrow(
    "no /etc/rancher/k3s/k3s.yaml",
  );
  expect(rules(world)).toEqual([
    [
      "logged-secret",
      "kubeconfig prints a secret (kubeconfig), and with logging unset it is written to the log of every update",
    ],
  ]);
});

test("a variable that sshd does not take fails the command", async () => {
  const { world, connection } = oneHost();
  await expect(world.create({ connection, create: bootWait, environment: { TOKEN: "x" } }, "step")).rejects.toThrow(
    'could not set environment variable "TOKEN": ssh: setenv failed',
  );
});

test("a replaced command's old delete script, run after the new create, is found; the right order is not", async () => {
  const { world, connection } = oneHost();
  const inputs = { connection, create: bootWait, delete: bootWait, triggers: ["1"] };
  const resource = world.resource();
  const context = world.contextOf("member", 1000);
  const old = await resource.create(inputs, context);
  await resource.create({ ...inputs, triggers: ["2"] }, context);
  await resource.delete?.({ ...old, inputs }, context);
  expect(rules(world)).toEqual([
    [
      "delete-after-create",
      "member was replaced by a new one, and only then the old one's delete script runs: what it undoes is what the new one has just done",
    ],
  ]);

  const right = oneHost();
  const first = await right.world.resource().create({ ...inputs, connection: right.connection }, context);
  await right.world.resource().delete?.({ ...first, inputs: { ...inputs, connection: right.connection } }, context);
  await right.world.resource().create({ ...inputs, connection: right.connection }, context);
  expect(right.world.findings).toEqual([]);
});

test("a changed input runs `update`, or `create` where there is none; triggers replace", async () => {
  const { world, connection } = oneHost();
  const resource = world.resource();
  const context = world.contextOf("step", 1000);
  const inputs = { connection, create: bootWait };
  const old = { ...(await resource.create(inputs, context)), inputs };
  const again = await resource.update?.({ ...inputs, stdin: "x" }, old, context);
  const unknown = resource.update?.(
    { ...inputs, update: "#!/bin/sh\n# groundwork step: kubeconfig timeout=1\n", logging: "none" },
    old,
    context,
  );
  expect(again?.outputs.stderr).toBe("groundwork: boot has ended, and this machine is set up");
  await expect(unknown).rejects.toThrow("running step kubeconfig timeout=1");
  expect({ replaceOn: resource.replaceOn, secret: resource.secretOutputs }).toEqual({
    replaceOn: ["triggers"],
    secret: ["connection"],
  });
});

test("deleting a command whose host is gone fails, as it does for real", async () => {
  const { world, connection } = oneHost();
  const context = world.contextOf("member", 1000);
  const inputs = { connection, create: bootWait, delete: bootWait };
  const old = await world.resource().create(inputs, context);
  world.hosts.remove("cp-1");
  await expect(Promise.resolve(world.resource().delete?.({ ...old, inputs }, context))).rejects.toThrow(
    "dial tcp 100.64.0.10:22: i/o timeout. In the rehearsal: no machine has the address",
  );
});

test("a command with nothing to create asks no host", async () => {
  const { world } = oneHost();
  await expect(
    world.create({ connection: world.connection("10.9.9.9"), delete: bootWait }, "later"),
  ).resolves.toMatchObject({ seconds: 0 });
});

test("a script that only says true takes a session and is nothing to find", async () => {
  const { world, connection } = oneHost();
  await expect(world.create({ connection, create: "true" }, "nothing")).resolves.toMatchObject({ seconds: 1 });
  expect(world.findings).toEqual([]);
});

test("a copied file is on the host", async () => {
  const { world, connection } = oneHost();
  const inputs = { connection, remotePath: "/etc/motd", source: { text: "hello" } };
  await world.resource("command:remote:CopyToRemote").create(inputs, world.contextOf("motd", 1000));
  expect(world.hosts.get("cp-1")?.files.get("/etc/motd")).toBe("hello");
});

test("a local command removes a machine's devices from the tailnet, if its OAuth client may", async () => {
  const asked: unknown[] = [];
  const remove: Tailnet["remove"] = (client, device) => {
    asked.push({ client, device });
    if (client.secret === "weak") throw new ServiceError("403", "scope devices:core is needed");
    return 1;
  };
  const { world } = oneHost({ tailnet: { remove, tag: () => 0 } });
  const local = world.resource("command:local:Command");
  const create = removeDevicesStep({ hostname: "prod-cp-1", tags: ["tag:a", "tag:b"], api: "https://example.com" });
  const run = (secret: string) =>
    local.create({ create, stdin: tailnetClient({ id: "k1", secret }) }, world.contextOf("device", 0));
  const { outputs, seconds } = await run("strong");
  expect({ stdout: outputs.stdout, seconds }).toEqual({
    stdout: "prod-cp-1: 1 removed from the tailnet\n",
    seconds: 2,
  });
  expect(asked).toEqual([
    { client: { id: "k1", secret: "strong" }, device: { hostname: "prod-cp-1", tags: ["tag:a", "tag:b"] } },
  ]);
  await expect(run("weak")).rejects.toThrow(
    "prod-cp-1 stays in the tailnet: scope devices:core is needed (403) → give the OAuth client the scope devices:core",
  );
});

test("user data becomes a host: keys, files in every encoding, and its wish to join the tailnet", () => {
  const temporary = keyPair("temporary");
  const env =
    "GW_TAILSCALE_HOSTNAME='prod-cp-1'\nGW_TAILSCALE_ROUTES='10.0.0.0/16'\nGW_TAILSCALE_TAGS='tag:k8s,tag:node'\n";
  const userData = `#cloud-config\n${stringify({
    users: [{ name: "root", ssh_authorized_keys: [`${admin.public} me@example.com`] }],
    ssh_keys: { ed25519_private: temporary.private, ed25519_public: `${temporary.public} root@host\n` },
    write_files: [
      { path: "/etc/groundwork/node.env", content: Buffer.from(env).toString("base64"), encoding: "b64" },
      {
        path: "/etc/groundwork/tailscale.key",
        content: gzipSync("tskey-auth-x\n").toString("base64"),
        encoding: "gz+b64",
      },
    ],
  })}`;
  const spec = bootedMachine({
    name: "cp-1",
    addresses: [],
    userData,
    sshKeys: ["ssh-ed25519 AAAAcloud"],
    createdAt: 12,
  });
  expect(spec).toEqual({
    name: "cp-1",
    addresses: [],
    hostKeys: [temporary.public],
    users: { root: [`${admin.public} me@example.com`, "ssh-ed25519 AAAAcloud"] },
    files: { "/etc/groundwork/node.env": env, "/etc/groundwork/tailscale.key": "tskey-auth-x\n" },
    sshAnswersAt: 32,
    initialisedAt: 67,
  });
  expect(tailnetRequest(spec.files ?? {})).toEqual({
    hostname: "prod-cp-1",
    key: "tskey-auth-x",
    routes: ["10.0.0.0/16"],
    tags: ["tag:k8s", "tag:node"],
  });
  expect(tailnetRequest({})).toBeUndefined();
});
