import { expect, test } from "vitest";
import { dialSeconds } from "../../../rehearsal/command/connection.ts";
import type { Props } from "../../../rehearsal/model.ts";
import { admin, createTestWorld, keyPair } from "./world.ts";

const script = "#!/bin/sh\n# groundwork step: boot-wait timeout=600\nset -eu\n";

function network() {
  const world = createTestWorld({ names: { "node.example.com": ["203.0.113.7"] } });
  const bastion = world.machine("bastion", {
    addresses: [
      { address: "203.0.113.7", network: "public", openPorts: [22] },
      { address: "10.0.0.2", network: "net" },
    ],
  });
  const node = world.machine("cp-1", { addresses: [{ address: "10.0.1.10", network: "net" }] });
  return { world, bastion, node };
}

test("a private host is reached through a pinned bastion once it has booted", async () => {
  const { world, bastion, node } = network();
  const proxy = { host: "203.0.113.7", privateKey: admin.private, hostKey: bastion.public, dialErrorLimit: 60 };
  const connection = world.connection("10.0.1.10", { hostKey: node.public, proxy });
  const created = await world.create({ connection, create: script }, "cp-1-boot", 5);
  expect({ ...created, outputs: { ...created.outputs, connection: "" } }).toEqual({
    id: expect.stringMatching(/^cp-1-boot[0-9a-f]{8}$/),
    outputs: {
      connection: "",
      create: script,
      stdout: "",
      stderr: "groundwork: boot has ended, and this machine is set up",
    },
    // It waits for cloud-init, which ends at 20 + 35, then asks once more; it began at 5.
    seconds: 20 + 35 + 1 - 5,
  });
  expect(world.findings).toEqual([]);
});

test.each<[string, (made: ReturnType<typeof network>) => Props, number, string]>([
  [
    "nobody has the address",
    () => ({ host: "10.0.1.99" }),
    1000,
    "after 60 failed attempts: dial tcp 10.0.1.99:22: i/o timeout. In the rehearsal: no machine has the address 10.0.1.99 at this time: does this wait for the one that gets it? (DialFailed)",
  ],
  [
    "the name does not resolve",
    () => ({ host: "gone.example.com" }),
    1000,
    "dial tcp: lookup gone.example.com: no such host. In the rehearsal: the name gone.example.com does not resolve: does this wait for its DNS record?",
  ],
  [
    "the host is private and there is no proxy",
    ({ node }) => ({ host: "10.0.1.10", hostKey: node.public }),
    1000,
    "dial tcp 10.0.1.10:22: i/o timeout. In the rehearsal: 10.0.1.10 belongs to cp-1 in the network net, and the machine that runs Pulumi is in public, tailnet: go through a proxy that is in both",
  ],
  [
    "a firewall is in between",
    ({ bastion }) => ({ host: "203.0.113.7", port: 2222, hostKey: bastion.public }),
    1000,
    "a firewall in front of bastion does not let port 2222 through",
  ],
  [
    "ten dials are over before it has booted",
    ({ bastion }) => ({ host: "203.0.113.7", hostKey: bastion.public, dialErrorLimit: 10 }),
    0,
    "after 10 failed attempts: dial tcp 203.0.113.7:22: connect: connection refused. In the rehearsal: bastion answers 20 s from now, and 10 refused dials are over after 11 s: raise dialErrorLimit, to 60 say (about four and a half minutes) (DialFailed)",
  ],
  [
    "another key is pinned than the host has",
    () => ({ host: "203.0.113.7", hostKey: keyPair("other").public }),
    1000,
    "after 60 failed attempts: ssh: handshake failed: ssh: host key mismatch. In the rehearsal: bastion presents ssh-ed25519 ...",
  ],
  [
    "the pinned key is none",
    () => ({ host: "203.0.113.7", hostKey: "nonsense" }),
    1000,
    "failed to parse host key: ssh: no key found (InvalidInput)",
  ],
  [
    "the key may not log in",
    ({ bastion }) => ({ host: "203.0.113.7", hostKey: bastion.public, privateKey: keyPair("other").private }),
    1000,
    "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain. In the rehearsal: the key is none of the 1 that bastion lets in as root",
  ],
  [
    "the user is unknown",
    ({ bastion }) => ({ host: "203.0.113.7", hostKey: bastion.public, user: "ubuntu" }),
    1000,
    "bastion lets nobody in as ubuntu: give it an SSH key",
  ],
  [
    "a field is misspelled",
    () => ({ host: "203.0.113.7", hostkey: "x" }),
    1000,
    'connection: Unrecognized key: "hostkey" (InvalidInput)',
  ],
  [
    "the bastion's own key is not the pinned one",
    ({ node }) => ({
      host: "10.0.1.10",
      hostKey: node.public,
      proxy: { host: "203.0.113.7", privateKey: admin.private, hostKey: node.public },
    }),
    1000,
    "proxy: after 10 failed attempts: ssh: handshake failed: ssh: host key mismatch",
  ],
])("a session is refused when %s", async (_, fields, now, message) => {
  const made = network();
  const create = made.world.create(
    { connection: made.world.connection("", fields(made)), create: script },
    "step",
    now,
  );
  await expect(create).rejects.toThrow(message);
});

test("a subnet route of the tailnet opens a private network to the machine that runs Pulumi", async () => {
  const { world, node } = network();
  world.hosts.route({ via: "bastion", cidr: "10.0.1.0/24" });
  const connection = world.connection("10.0.1.10", { hostKey: node.public });
  await expect(world.create({ connection, create: script }, "step")).resolves.toMatchObject({ seconds: 2 });
});

test("that way opens when the machine that leads there has joined, at the end of its first boot", async () => {
  const { world, node } = network();
  world.hosts.route({ via: "bastion", cidr: "10.0.0.0/16" });
  const run = (dialErrorLimit: number, now: number) =>
    world.create(
      { connection: world.connection("10.0.1.10", { hostKey: node.public, dialErrorLimit }), create: script },
      "step",
      now,
    );
  // Open at 55; a session and a question take a second each.
  expect((await run(60, 25)).seconds).toBe(55 - 25 + 2);
  await expect(run(2, 5)).rejects.toThrow(
    "after 2 failed attempts: dial tcp 10.0.1.10:22: i/o timeout. In the rehearsal: the way there leads through the tailnet, which a machine on it joins 50 s from now, and 2 dials are over after 30 s: raise dialErrorLimit",
  );
});

test("a host whose key is not pinned is found, the proxy's too", async () => {
  const { world } = network();
  const proxy = { host: "node.example.com", privateKey: admin.private };
  await world.create({ connection: world.connection("10.0.1.10", { proxy }), create: script }, "step");
  const remedy = (field: string) => `set ${field} to the host's public key`;
  expect(world.findings.map(({ rule, remedy }) => [rule, remedy])).toEqual([
    ["unpinned-host-key", remedy("connection.hostKey")],
    ["unpinned-host-key", remedy("connection.proxy.hostKey")],
  ]);
});

test("in a second run, machines of the first have long booted", async () => {
  const { world, bastion } = network();
  world.model.finish?.({ project: "groundwork", stack: "dev" });
  const connection = world.connection("203.0.113.7", { hostKey: bastion.public, dialErrorLimit: 1 });
  await expect(world.create({ connection, create: script }, "step", 0)).resolves.toMatchObject({ seconds: 2 });
});

test("the provider's patience: eleven seconds by default, four and a half minutes with sixty dials", () => {
  expect([10, 60, -1].map((limit) => Math.floor(dialSeconds(limit)))).toEqual([11, 261, Number.POSITIVE_INFINITY]);
});
