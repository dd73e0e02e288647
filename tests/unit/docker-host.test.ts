import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { dockerHostDocument } from "../../lib/bootstrap/docker-host.ts";
import { renderScript } from "../../lib/bootstrap/script.ts";
import { bootWaitStep } from "../../lib/k3s/steps.ts";
import { expectOk } from "../harness/cluster.ts";
import { type Host, World } from "../harness/host.ts";
import { converges } from "../harness/interrupted.ts";
import { dockerHostArgs } from "../harness/systems.ts";
import { worlds } from "../harness/worlds.ts";

// The document of a Docker host, run by a real shell on a machine of files and stand-ins for its commands.

vi.setConfig({ testTimeout: 60_000 });
const keep = worlds();

const binary = "#!/bin/sh\necho k3d\n";
const sum = createHash("sha256").update(binary).digest("hex");
const { temporaryHostKey: _, ...args } = dockerHostArgs;
const step = renderScript(
  dockerHostDocument({ ...args, k3d: { version: "v5.9.0", sha256: { amd64: sum, arm64: sum } } }),
  {
    timeout: 900,
  },
);

function machine(): Host {
  const world = keep(new World());
  world.download("k3d-linux-amd64", binary);
  const host = world.host(args.name, args.address);
  host.state("default-route", "default via 10.0.40.1 dev enp7s0");
  return host;
}

const packages = (host: Host): readonly string[] => (host.stateOf("packages") ?? "").split("\n");

test("Docker runs and starts with the machine, k3d is there, and a second run changes nothing", async () => {
  const host = machine();
  expectOk(await host.run(step));
  expect(packages(host)).toEqual(["ca-certificates", "curl", "nftables", "docker.io", "apparmor"]);
  expect([host.stateOf("units/docker.enabled"), host.stateOf("units/docker.active")]).toEqual(["", ""]);
  expect(host.tree()["usr/local/bin/k3d"]).toBe(`755 ${binary}`);
  expect(JSON.parse(host.read("/etc/docker/daemon.json") ?? "")).toMatchObject({ "live-restore": true });
  expectOk(await host.run({ script: bootWaitStep({ timeout: 60 }) }));
  const before = host.tree();
  const { length } = host.log();
  expectOk(await host.run(step));
  expect(host.tree()).toEqual(before);
  expect(
    host
      .log()
      .slice(length)
      .filter((line) => /^(curl|apt-get)/.test(line)),
  ).toEqual([]);
});

test("where Docker's client is a package of its own, it is installed too", async () => {
  const host = machine();
  host.state("docker-cli-apart", "");
  expectOk(await host.run(step));
  expect(packages(host).at(-1)).toBe("docker-cli");
});

test.each([
  {
    name: "a Docker that is too old for k3d",
    prepare: (host: Host) => host.state("docker-version", "20.10.4"),
    says: "docker is 20.10.4 here, and k3d needs 20.10.5 or later: choose an image of a newer distribution",
  },
  {
    name: "a k3d without the pinned checksum",
    prepare: (host: Host) => host.world.download("k3d-linux-amd64", "something else\n"),
    says: "k3d v5.9.0 could not be had from https://github.com/k3d-io/k3d/releases/download/v5.9.0/k3d-linux-amd64",
  },
  {
    name: "a processor that k3d is not made for",
    prepare: (host: Host) => host.state("machine", "riscv64"),
    says: "k3d is installed on x86_64 and aarch64 only, and this machine is riscv64",
  },
])("$name is told, and the machine does not count as set up", async ({ prepare, says }) => {
  const host = machine();
  prepare(host);
  const outcome = await host.run(step);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(says);
  expect([host.read("/usr/local/bin/k3d"), host.read("/var/lib/groundwork/failed-step")]).toEqual([
    undefined,
    "docker\n",
  ]);
});

test("setting up, cut off anywhere and run again, ends in the same machine", { timeout: 120_000 }, async () => {
  const host = machine();
  const same = (world: World) => world.host(host.name, host.address);
  await converges({ from: host.world, host: same, args: step, view: (world) => same(world).tree() });
});
