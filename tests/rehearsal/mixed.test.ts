import { beforeAll, expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { changes, Life, wrong } from "./life.ts";

/** `mixed`, less its platform: control planes at Hetzner, workers on Proxmox VE and on desktops, over the tailnet. */
const stack = loadStackConfig(process.cwd(), "mixed");
const { "groundwork:platform": _platform, ...config } = stack.config;
const pools = JSON.parse(config["groundwork:pools"] ?? "") as Readonly<Record<string, object>>;

let life: Life;
const devices = () => {
  const { withOauthClient, devices: all } = life.world.tailscale;
  const [id = "", secret = ""] = ["id", "secret"].map((half) => config[`secret:tailscale-oauth-client-${half}`]);
  return Object.fromEntries(
    all
      .list(withOauthClient({ client_id: id, client_secret: secret, scope: "devices:core" }), {})
      .map(({ hostname, enabledRoutes }) => [hostname, enabledRoutes]),
  );
};

beforeAll(() => {
  life = new Life({ ...stack, stack: "mixed", config });
});

test("nodes of three kinds are one cluster, and each network is offered to the tailnet by machines in it", async () => {
  const run = await life.up();
  expect(wrong(run)).toEqual([]);
  expect(life.world.clusters.all().map(({ nodes }) => [...nodes.keys()].toSorted())).toEqual([
    ["mixed-cp-1", "mixed-cp-2", "mixed-cp-3", "mixed-desk-1", "mixed-desk-2", "mixed-vm-1", "mixed-vm-2"],
  ]);
  expect(devices()).toEqual({
    "mixed-main-gateway": ["10.0.0.0/16"],
    ...Object.fromEntries([1, 2, 3].map((n) => [`mixed-cp-${n}`, ["10.0.0.0/16"]])),
    ...Object.fromEntries([1, 2].map((n) => [`mixed-vm-${n}`, ["10.30.40.0/24"]])),
    ...Object.fromEntries([1, 2].map((n) => [`mixed-desk-${n}`, ["192.168.1.0/24"]])),
  });
  const files = life.world.metal.files("desk-1");
  expect(files.get("/etc/groundwork/node.env")).toContain("GW_TRANSPORT='tailnet'\n");
  // The machine finds its address in the tailnet out, before k3s is started.
  expect(files.get("/etc/rancher/k3s/config.yaml")).not.toContain("node-ip");
});

test("a machine that goes is drained and leaves the tailnet; a desktop stays in it", async () => {
  const run = await life.up({
    pools: { ...pools, vm: { ...pools.vm, count: 1 }, desk: { ...pools.desk, skip: [1], count: 1, nodes: desk2 } },
  });
  expect(wrong(run)).toEqual([]);
  expect(
    changes(run)
      .filter((line) => /^delete \S+-(member|tailnet-device|setup)$/.test(line))
      .toSorted(),
  ).toEqual(["delete desk-1-member", "delete desk-1-setup", "delete vm-2-member", "delete vm-2-tailnet-device"]);
  expect(life.world.clusters.all().map(({ nodes }) => [...nodes.keys()].toSorted())).toEqual([
    ["mixed-cp-1", "mixed-cp-2", "mixed-cp-3", "mixed-desk-2", "mixed-vm-1"],
  ]);
  expect(
    Object.keys(devices())
      .filter((name) => /vm|desk/.test(name))
      .toSorted(),
  ).toEqual(["mixed-desk-1", "mixed-desk-2", "mixed-vm-1"]);
});

const desk2 = { "2": (pools.desk as { readonly nodes: Readonly<Record<string, object>> }).nodes["2"] };
