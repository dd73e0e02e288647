import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { isOwnNetwork } from "../../../rehearsal/hosts/own-network.ts";
import { ownAddresses } from "../../../rehearsal/hosts/wires.ts";
import { findInstallation, missingPlugins } from "../../../rehearsal/pulumi/installation.ts";
import { EngineStack } from "../../../rehearsal/pulumi/stack.ts";
import { sshKey } from "../../harness/keys.ts";
import { gatewayAddress, operator, permanent, Rig, temporary } from "../../hosts/rig.ts";

// What the engine's own SSH client makes of simulated machines at their real addresses: @pulumi/command alone, for access
// through a gateway.

const installation = findInstallation();
const missing = [
  ...(installation === undefined ? ["a Pulumi engine"] : missingPlugins(installation, ["command"])),
  ...(isOwnNetwork() ? [] : ["a network of its own → npm run test:engine"]),
];
for (const name of missing) process.stderr.write(`skipped: remote commands of the real engine: missing ${name}\n`);

const kubeconfig = "apiVersion: v1\nkind: Config\nclusters: []";
const settings = { operator, temporary, permanent, gateway: gatewayAddress, node: "10.0.1.10", dials: 60 };
const dir = mkdtempSync(join(tmpdir(), "groundwork-remote-"));
let rig: Rig;
let stack: EngineStack;

describe.skipIf(missing.length > 0)("remote commands of the real engine", () => {
  beforeAll(async () => {
    if (installation === undefined) throw new Error("the engine has gone");
    rig = new Rig({ wires: ownAddresses(), speed: 20, bootSeconds: 120 });
    rig.world.set("kubeconfig", kubeconfig);
    const project = join(dir, "program");
    mkdirSync(project);
    writeFileSync(
      join(project, "Pulumi.yaml"),
      stringify({
        name: "remote",
        main: join(import.meta.dirname, "programs/remote.ts"),
        runtime: { name: "nodejs", options: { typescript: false } },
      }),
    );
    stack = await EngineStack.create({ installation, dir, project, name: "test", secrets: {}, sections: { settings } });
  });

  afterAll(async () => {
    await rig?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("wait for machines to boot, go through the gateway, pin both host keys across their exchange, and make a cluster", async () => {
    // While the engine dials, the gateway boots, and after it the node: it finds nobody at first, twice.
    void rig.gateway().booted.then(() => rig.node("cp", 1, true));
    const { failure, said } = await stack.up();
    expect(failure).toBeUndefined();
    expect(said.join("")).toMatch(/gateway-host-key creating .*Dial \d+\/60 failed/);
    expect(said.join("")).toMatch(/cp-1-host-key creating .*Dial from proxy \d+\/60 failed/);
    expect(await stack.outputs()).toEqual({ shown: [permanent.public, permanent.public], admin: kubeconfig });
    expect(rig.world.clusters()).toMatchObject([{ nodes: ["cp-1"], members: ["cp-1"] }]);
    expect([rig.machines.failures(), rig.world.unknown()]).toEqual([[], ""]);
  });

  test("change nothing when they are run again", async () => {
    const { operations, failure } = await stack.up();
    expect(failure).toBeUndefined();
    expect(operations.length).toBeGreaterThan(4);
    expect(operations.filter(({ operation }) => operation !== "same")).toEqual([]);
  });

  test("go to no machine that shows another key", async () => {
    const other = { ...permanent, public: sshKey(9).public };
    stack.configure({ settings: { ...settings, permanent: other, dials: 2 } });
    const { host } = rig.machines.get("cp-1");
    const before = host.log();
    expect((await stack.up()).failure).toContain("ssh: handshake failed: ssh: host key mismatch");
    expect(host.log()).toEqual(before);
  });
});
