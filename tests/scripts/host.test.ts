import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDocument } from "../../lib/bootstrap/document.ts";
import { gatewayDocument } from "../../lib/bootstrap/gateway.ts";
import { renderScript } from "../../lib/bootstrap/script.ts";
import { bootWaitStep, hostKeyStdin, hostKeyStep, kubeconfigStep } from "../../lib/k3s/steps.ts";
import { at, expectOk, machine, running } from "../harness/cluster.ts";
import type { Host, RunArgs } from "../harness/host.ts";
import { World } from "../harness/host.ts";
import { converges } from "../harness/interrupted.ts";
import { sshKey } from "../harness/keys.ts";
import { gatewayArgs, k3s, nodeArgs } from "../harness/systems.ts";
import { missing } from "../harness/tools.ts";
import { worlds } from "../harness/worlds.ts";

// The scripts themselves run here, with a real shell, on machines of files and stand-ins for their commands.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();

const permanent = sshKey(1);
// The first bytes of one: what tells its kind.
const rsa =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn\nNhAAAAAwEAAQ==\n-----END OPENSSH PRIVATE KEY-----\n";

const temporary = "-----END OPENSSH PRIVATE KEY-----\n";

function fresh(): Host {
  const host = machine(keep(new World()), "cp", 1);
  for (const kind of ["rsa", "ed25519", "ecdsa"]) {
    host.write(`/etc/ssh/ssh_host_${kind}_key`, temporary, "0600");
    host.write(`/etc/ssh/ssh_host_${kind}_key.pub`, "temporary\n");
  }
  return host;
}

function sshTree(host: Host): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(host.tree()).filter(([path]) => path.startsWith("etc/ssh/") && !path.endsWith("10-groundwork.conf")),
  );
}

/** What the daemon goes by: read when it was last started. */
function daemon(host: Host): Readonly<Record<string, string | undefined>> {
  const names = ["groundwork_host_ed25519_key.pub", "sshd_config.d/00-groundwork-host-key.conf"];
  return Object.fromEntries(names.map((name) => [name, host.stateOf(`sshd/${name}`)]));
}

test("the permanent host key is presented beside the one of the boot when the step ends", async () => {
  const host = fresh();
  const step = { script: hostKeyStep({ timeout: 60 }), stdin: hostKeyStdin(permanent.private) };
  expect(await host.run(step)).toEqual({ code: 0, stdout: `${permanent.public}\n`, stderr: "" });
  expect(sshTree(host)).toEqual({
    "etc/ssh/groundwork_host_ed25519_key": `600 ${permanent.private}`,
    "etc/ssh/groundwork_host_ed25519_key.pub": `644 ${permanent.public}\n`,
    "etc/ssh/ssh_host_ecdsa_key": `600 ${temporary}`,
    "etc/ssh/ssh_host_ecdsa_key.pub": "644 temporary\n",
    "etc/ssh/sshd_config.d/00-groundwork-host-key.conf":
      "644 HostKey /etc/ssh/groundwork_host_ed25519_key\nHostKey /etc/ssh/ssh_host_ecdsa_key\n",
  });
  expect(daemon(host)).toEqual({
    "groundwork_host_ed25519_key.pub": permanent.public,
    "sshd_config.d/00-groundwork-host-key.conf":
      "HostKey /etc/ssh/groundwork_host_ed25519_key\nHostKey /etc/ssh/ssh_host_ecdsa_key",
  });
  expect(await host.run(step)).toEqual({ code: 0, stdout: `${permanent.public}\n`, stderr: "" });
  expect(host.log().filter((line) => line === "systemctl restart ssh.service")).toHaveLength(1);
});

test("a daemon that does not come to show the permanent key is told, before anything relies on it", async () => {
  const host = fresh();
  host.state("deaf-sshd", "");
  const outcome = await host.run({ script: hostKeyStep({ timeout: 20 }), stdin: permanent.private });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toContain("sshd does not show its new key after 20s: look at 'systemctl status ssh'");
});

test.each([
  ["an RSA key", rsa, "the host key on standard input is ssh-rsa, and ssh-ed25519 is expected: nothing was changed"],
  ["nothing", "", "standard input holds no unencrypted OpenSSH private key: nothing was changed"],
])("%s as host key changes nothing", async (_, stdin, message) => {
  const host = fresh();
  const before = host.tree();
  const outcome = await host.run({ script: hostKeyStep({ timeout: 60 }), stdin });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toContain(message);
  expect(host.tree()).toEqual(before);
});

test("a host key step that was cut off anywhere restarts the daemon when it is run again", {
  timeout: 30_000,
}, async () => {
  const from = fresh().world;
  const host = (world: World) => at(world, "cp", 1);
  await converges({
    from,
    host,
    args: { script: hostKeyStep({ timeout: 60 }), stdin: permanent.private },
    view: (world) => [sshTree(host(world)), daemon(host(world))],
  });
});

test("a failed boot is told with the step that failed and the log's last lines", async () => {
  const host = machine(keep(new World()), "cp", 1);
  expectOk(await host.run({ script: bootWaitStep({ timeout: 600 }) }));
  rmSync(join(host.root, "var/lib/groundwork/bootstrapped"));
  host.write("/var/lib/groundwork/failed-step", "packages\n");
  host.write("/var/log/cloud-init-output.log", "E: Unable to locate package nftables\n");
  host.state("cloud-init", "status: error");
  const outcome = await host.run({ script: bootWaitStep({ timeout: 600 }) });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatchInlineSnapshot(`
    "groundwork: this machine is not set up. cloud-init says: status: error
    groundwork: the step that failed: packages
    groundwork: last lines of /var/log/cloud-init-output.log:
      E: Unable to locate package nftables
    groundwork: correct it on the machine and run 'sh /usr/local/lib/groundwork/bootstrap.sh' there, or replace the node by raising its generation; then run again
    "
  `);
});

test("a verdict of cloud-init's about something else does not stop a machine that is set up", async () => {
  const host = machine(keep(new World()), "cp", 1);
  host.state("cloud-init", "status: degraded");
  expectOk(await host.run({ script: bootWaitStep({ timeout: 600 }) }));
});

test("the kubeconfig is printed as it is, or its absence explained", async () => {
  const world = keep(await running(1, 1));
  const script = kubeconfigStep({ timeout: 30, renewal: {} });
  expect(await at(world, "cp", 1).run({ script })).toEqual({
    code: 0,
    stdout: "apiVersion: v1\nkind: Config\n",
    stderr: "",
  });
  const outcome = await at(world, "worker", 1).run({ script });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toContain("no /etc/rancher/k3s/k3s.yaml after 30s: it is written by a running k3s server");
});

test("before the administrator's certificate ends k3s is started again, and ready before the kubeconfig is printed", async () => {
  const world = keep(await running(1));
  const host = at(world, "cp", 1);
  const script = kubeconfigStep({ timeout: 30, renewal: { of: "2027-11-21T00:00:00.000Z" } });
  const before = host.log().length;
  expect(await host.run({ script })).toEqual({
    code: 0,
    stdout: "apiVersion: v1\nkind: Config\n",
    stderr:
      "groundwork: the administrator's certificate ends on 2027-11-21T00:00:00.000Z: k3s starts again, which makes another\n",
  });
  const called = host.log().slice(before);
  expect(called.filter((line) => /^(systemctl|k3s) /.test(line))).toEqual([
    "systemctl restart k3s",
    "k3s kubectl --request-timeout=10s get --raw /readyz",
  ]);
});

const binary = "k3s, as released\n";
const pinned = { ...k3s, sha256: { amd64: createHash("sha256").update(binary).digest("hex"), arm64: "" } };

function existing(): { readonly host: Host; readonly step: RunArgs } {
  const world = keep(new World());
  world.download("k3s", binary);
  world.download("bookworm.noarmor.gpg", "keyring\n");
  const host = world.host("worker-1", "10.0.2.10");
  host.write(
    "/etc/fstab",
    "UUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n/swapfile  swap  swap  defaults 0 0\n# /dev/sdc none swap sw 0 0\n",
  );
  host.write("/root/.ssh/authorized_keys", "ssh-ed25519 AAAABEFORE\n", "0600");
  return { host, step: renderScript(nodeDocument(nodeArgs("worker", 1, { k3s: pinned })), { timeout: 900 }) };
}

test("a machine that exists is set up by the same document, and a second run changes nothing", async () => {
  const { host, step } = existing();
  expectOk(await host.run(step));
  expect(host.read("/usr/local/bin/k3s")).toBe(binary);
  expect(host.read("/etc/fstab")).toBe(
    "UUID=1 / ext4 defaults 0 1\n# off, for Kubernetes: UUID=2 none swap sw 0 0\n# off, for Kubernetes: /swapfile  swap  swap  defaults 0 0\n# /dev/sdc none swap sw 0 0\n",
  );
  expect(host.read("/root/.ssh/authorized_keys")).toBe(
    "ssh-ed25519 AAAABEFORE\nssh-ed25519 AAAAGROUNDWORK groundwork\nssh-ed25519 AAAAPERSON person@example.com\n",
  );
  expect([host.stateOf("default-route"), host.stateOf("mtu-enp7s0")]).toEqual([
    "default via 10.0.0.1 dev enp7s0",
    "1450",
  ]);
  expect(host.read("/etc/groundwork/tailscale.key")).toBeUndefined();
  expect(host.stateOf("units/k3s-agent.active")).toBeUndefined();
  const before = host.tree();
  const again = await host.run(step);
  expectOk(again);
  expect(host.tree()).toEqual(before);
  // The key is written for the run, and deleted at its end.
  expect(again.stdout.split("\n").filter((line) => line.startsWith("changed"))).toEqual([
    "changed /etc/groundwork/tailscale.key",
  ]);
});

test("a k3s that does not have the pinned checksum is not installed", async () => {
  const { host, step } = existing();
  host.world.download("k3s", "something else\n");
  const outcome = await host.run(step);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/has SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} is expected/);
  expect(outcome.stderr).toContain(
    "step k3s failed with code 1; correct what it says above, then run: sh /usr/local/lib/groundwork/bootstrap.sh",
  );
  expect([
    host.read("/usr/local/bin/k3s"),
    host.read("/var/lib/groundwork/bootstrapped"),
    host.read("/var/lib/groundwork/failed-step"),
  ]).toEqual([undefined, undefined, "k3s\n"]);
});

test("a machine without the address it should have says which it has", async () => {
  const { host, step } = existing();
  host.state("detached", "");
  const outcome = await host.run(step);
  expect(outcome.stderr).toContain(
    "no interface has the address 10.0.2.10 after 120s; the machine has: lo 127.0.0.1/8, check that it is attached to the network",
  );
});

test("setting up, cut off anywhere and run again, ends in the same machine", { timeout: 120_000 }, async () => {
  const { host, step } = existing();
  const same = (world: World) => world.host(host.name, host.address);
  await converges({ from: host.world, host: same, args: step, view: (world) => same(world).tree() });
});

/** The gateway, with a public interface beside the private one, after its bootstrap. */
async function gateway(): Promise<Host> {
  const world = keep(new World());
  world.download("bookworm.noarmor.gpg", "keyring\n");
  const host = world.host(gatewayArgs.name, gatewayArgs.address);
  host.state("default-route", "default via 172.31.1.1 dev eth0 proto dhcp");
  expectOk(await host.run(renderScript(gatewayDocument(gatewayArgs), { timeout: 900 })));
  // What its unit does at every boot.
  expectOk(await host.run({ script: 'sh "$ROOT/usr/local/lib/groundwork/gateway.sh"' }));
  return host;
}

test("the gateway sends the network out through its public interface, and lets nothing in unasked", async () => {
  const host = await gateway();
  expect(host.stateOf("default-route")).toBe("default via 172.31.1.1 dev eth0 proto dhcp");
  expect(host.stateOf("units/groundwork-gateway.active")).toBe("");
  expect(host.stateOf("nft/groundwork_gateway")).toMatchInlineSnapshot(`
    "table inet groundwork_gateway
    delete table inet groundwork_gateway
    table inet groundwork_gateway {
      chain forward {
        type filter hook forward priority filter; policy accept;
        ct state established,related accept
        ip daddr 169.254.169.254 counter drop
        iifname "eth0" counter drop
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.0.0.0/16 oifname "eth0" masquerade
      }
    }"
  `);
});

test("a machine whose only way out is the private network is no gateway", async () => {
  const host = await gateway();
  host.state("default-route", "default via 10.0.0.1 dev enp7s0 onlink");
  const outcome = await host.run({ script: 'sh "$ROOT/usr/local/lib/groundwork/gateway.sh"' });
  expect(outcome.stderr).toContain(
    "the default route leaves through enp7s0, which is the private interface: give the gateway a public IPv4 address",
  );
});

test("nft takes both rulesets, twice", async ({ skip }) => {
  const host = await gateway();
  // In a network of its own: nothing of this machine's is touched.
  const apart = (script: string) => spawnSync("unshare", ["-rn", "sh", "-c", script], { encoding: "utf8" });
  skip(apart("nft list ruleset").status !== 0, missing("nft"));
  for (const rules of [host.stateOf("nft/groundwork_gateway"), host.read("/etc/groundwork/metadata.nft")]) {
    const path = join(host.path, "rules.nft");
    writeFileSync(path, `${rules ?? ""}\n`);
    const loaded = apart(`nft -f ${path} && nft -f ${path} && nft list tables`);
    expect([loaded.status, loaded.stderr, loaded.stdout.split("\n").length]).toEqual([0, "", 2]);
  }
});
