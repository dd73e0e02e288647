import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { nodeDocument } from "../../lib/bootstrap/document.ts";
import { renderScript } from "../../lib/bootstrap/script.ts";
import type { HostSystem } from "../../lib/bootstrap/types.ts";
import { machineRemoveStep } from "../../lib/k3s/steps.ts";
import { expectOk } from "../harness/cluster.ts";
import { type Host, type RunArgs, World } from "../harness/host.ts";
import { converges } from "../harness/interrupted.ts";
import { existingArgs, k3s } from "../harness/systems.ts";
import { worlds } from "../harness/worlds.ts";

// Hosts that exist, of each system: what is done to them, and what is given back.

vi.setConfig({ testTimeout: 600_000 });
const keep = worlds();
const systems: readonly HostSystem[] = ["debian", "arch", "nixos"];
const binary = "k3s, as released\n";
const pinned = { ...k3s, sha256: { amd64: createHash("sha256").update(binary).digest("hex"), arm64: "" } };
const fstab = "UUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n";
const provision = {
  modules: ["iscsi_tcp"],
  enabled: ["iscsid.service"],
  masked: ["multipathd.service"],
  nixos: ["iscsi", "multipath-off"],
};

const same = (world: World): Host => world.host("worker-1", "10.0.2.10");
const remove: RunArgs = { script: machineRemoveStep({ name: "worker-1", timeout: 600 }) };

function fresh(os: HostSystem, imports = "./hardware-configuration.nix ./groundwork.nix"): Host {
  const world = keep(new World());
  world.download("k3s", binary);
  world.download("bookworm.noarmor.gpg", "keyring\n");
  const host = world.host("worker-1", "10.0.2.10", os);
  host.state("default-route", "default via 10.0.0.1 dev enp7s0");
  host.write("/root/.ssh/authorized_keys", "ssh-ed25519 AAAABEFORE\n", "0600");
  if (os === "nixos") {
    host.write("/etc/nixos/configuration.nix", `{ imports = [ ${imports} ]; }\n`);
    host.write("/etc/nixos/groundwork.nix", "{ }\n");
  } else {
    host.write("/etc/fstab", fstab);
  }
  return host;
}

const setup = (os: HostSystem): RunArgs =>
  renderScript(nodeDocument({ ...existingArgs("worker", 1, os), k3s: pinned, provision }), { timeout: 900 });

/** What runs on it, without its files. */
const units = (host: Host): readonly (string | undefined)[] =>
  ["k3s-agent.enabled", "k3s-agent.active", "iscsid.enabled"].map((unit) => host.stateOf(`units/${unit}`));

test.each(systems)("%s: set up, and given back as it was; a second run of either changes nothing", async (os) => {
  const host = fresh(os);
  const untouched = given(host);
  expectOk(await host.run(setup(os)));
  expect(host.read("/usr/local/bin/k3s")).toBe(binary);
  expect(host.read("/etc/groundwork/tailscale.key")).toBeUndefined();
  expect(host.stateOf("tailnet")).toBe("100.64.0.10");
  expect(host.read("/etc/systemd/system/k3s-agent.service")).toBeDefined();
  if (os !== "nixos")
    expect(host.read("/etc/fstab")).toBe(
      "UUID=1 / ext4 defaults 0 1\n# off, for Kubernetes: UUID=2 none swap sw 0 0\n",
    );
  const [before, rebuilds] = [host.tree(), host.stateOf("nixos-rebuilds")];
  const again = await host.run(setup(os));
  expectOk(again);
  expect(host.tree()).toEqual(before);
  expect(host.stateOf("nixos-rebuilds")).toEqual(rebuilds);
  expect(again.stdout.split("\n").filter((line) => line.startsWith("changed"))).toEqual([
    "changed /etc/groundwork/tailscale.key",
  ]);

  used(host);
  for (const run of [await host.run(remove), await host.run(remove)]) {
    expectOk(run);
    expect(given(host)).toEqual(untouched);
  }
  expect(host.stateOf("units/k3s-agent.active")).toBeUndefined();
  expect(host.read("/proc/self/mounts")).toBe("/dev/sda1 / ext4 rw 0 0\n");
});

test.each(["arch", "nixos"] as const)(
  "%s: set up, cut off anywhere and run again, ends in the same host",
  async (os) => {
    const view = (world: World) => [same(world).tree(), units(same(world))];
    await converges({ from: fresh(os).world, host: same, args: setup(os), view });
  },
);

/** What a node leaves behind: containers' mounts, data, and what k3s wrote. */
function used(host: Host): void {
  host.state("units/k3s-agent.active", "");
  host.write("/var/lib/rancher/k3s/agent/kubelet.kubeconfig", "kind: Config\n", "0600");
  host.write("/var/lib/kubelet/pods/1/etc-hosts", "127.0.0.1 localhost\n");
  host.write(
    "/proc/self/mounts",
    "/dev/sda1 / ext4 rw 0 0\ntmpfs /var/lib/kubelet/pods/1/volumes/token tmpfs rw 0 0\n192.168.1.9:/srv /var/lib/kubelet/pods/1/volumes/nfs nfs4 rw 0 0\n",
  );
}

async function member(os: HostSystem): Promise<Host> {
  const host = fresh(os);
  expectOk(await host.run(setup(os)));
  used(host);
  return host;
}

/** A tree without what stays on purpose: packages' own files, the tailnet's, keys that may log in, what is mounted. */
const given = (host: Host): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(host.tree()).filter(([path]) => !/^(proc|usr\/share\/keyrings|etc\/apt|root)\//.test(path)),
  );

test.each(["debian", "nixos"] as const)(
  "%s: given back, cut off anywhere and run again, ends in the same host",
  async (os) => {
    const { world } = await member(os);
    await converges({ from: world, host: same, args: remove, view: (each) => given(same(each)) });
  },
);

test("a volume that cannot be unmounted keeps everything on the host, and is named", async () => {
  const host = await member("debian");
  host.state("busy", "/var/lib/kubelet/pods/1/volumes/nfs");
  const outcome = await host.run(remove);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(
    "worker-1 still has volumes mounted, and nothing was deleted: /var/lib/kubelet/pods/1/volumes/nfs . Stop what uses them, or restart the host; then run again",
  );
  expect(host.read("/var/lib/kubelet/pods/1/etc-hosts")).toBe("127.0.0.1 localhost\n");
});

test("a NixOS whose configuration does not import the module is told what to write where", async () => {
  const host = fresh("nixos", "./hardware-configuration.nix");
  const outcome = await host.run(setup("nixos"));
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(
    "this host's configuration does not import the module /etc/nixos/groundwork.nix: write imports = [ ./groundwork.nix ]; into /etc/nixos/configuration.nix, beside what is there; then run again",
  );
  expect(host.read("/usr/local/bin/k3s")).toBeUndefined();
});

test("a host that is not in its network as the stack file says is told so before anything is changed on it", async () => {
  const elsewhere = fresh("arch");
  elsewhere.state("detached", "");
  expect((await elsewhere.run(setup("arch"))).stderr).toContain(
    "no interface has the address 10.0.2.10; the host has: lo 127.0.0.1/8, give it the one of the stack file, or write its own there",
  );
  const jumbo = fresh("debian");
  jumbo.write("/sys/class/net/enp7s0/mtu", "9000\n");
  expect((await jumbo.run(setup("debian"))).stderr).toContain(
    "enp7s0 carries packets of 9000 bytes, and the stack file says 1450 for its network: nodes that differ lose each other's large packets without a word. Set the MTU of enp7s0, or write mtu: 9000 for the network when that is what all of them have",
  );
  for (const host of [elsewhere, jumbo])
    expect([host.read("/usr/local/bin/k3s"), host.stateOf("packages")]).toEqual([undefined, "ca-certificates"]);
});
