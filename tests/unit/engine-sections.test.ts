import { expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { merged, pointedAt, sectionsOf, stageOf, withSections } from "../../rehearsal/pulumi/sections.ts";

// How a stack file is turned to a simulated world, and how the edits of a sequence change it.

const endpoints = {
  hetzner: "http://127.0.0.1:1",
  proxmox: "https://127.0.0.1:2",
  cloudflare: "http://127.0.0.1:3",
  tailscale: "http://127.0.0.1:4",
};
const sections = (stack: string) => sectionsOf(loadStackConfig(process.cwd(), stack));

test("a change is merged in depth, lists are replaced, null takes away, and what it is merged into stays", () => {
  const before = { pools: { cp: { count: 3, skip: [1] }, worker: { count: 2 } }, dns: {} };
  const copy = structuredClone(before);
  expect(merged(before, { pools: { cp: { skip: [2] }, worker: null }, access: { via: "direct" } })).toEqual({
    pools: { cp: { count: 3, skip: [2] } },
    dns: {},
    access: { via: "direct" },
  });
  expect(before).toEqual(copy);
});

test("a section that is taken away is gone from the stack, and its secrets stay", () => {
  const stack = { config: { "secret:token": "t", "groundwork:dns": "{}", "groundwork:pools": '{"cp":{}}' } };
  expect(withSections(stack, merged(sectionsOf(stack), { dns: null, access: { via: "direct" } }))).toEqual({
    config: { "secret:token": "t", "groundwork:pools": '{"cp":{}}', "groundwork:access": '{"via":"direct"}' },
  });
});

test("every host that stands is known by its own key, also one that the file does not name yet", () => {
  const wide = merged(sections("desktops"), { pools: { desk: { count: 3 } } });
  const names = ["cp-1", "db-1", "desk-1", "desk-2", "desk-3"];
  const keys = new Map(names.map((name) => [name, `ssh-ed25519 ${name}`]));
  const { pools, charts, cluster } = pointedAt(wide, { endpoints, mirror: "http://127.0.0.1:5", hostKeys: keys });
  const known = Object.entries(pools as Readonly<Record<string, { nodes: Record<string, { hostKey: string }> }>>);
  expect(
    known.flatMap(([pool, { nodes }]) => Object.entries(nodes).map(([n, { hostKey }]) => `${pool}-${n} ${hostKey}`)),
  ).toEqual(["cp-1", "desk-1", "desk-2", "desk-3", "db-1"].map((name) => `${name} ssh-ed25519 ${name}`));
  expect(charts).toEqual({ mirror: "http://127.0.0.1:5" });
  // The simulated download of k3s is what its checksum says.
  expect(cluster).toMatchObject({ sha256: { amd64: expect.stringMatching(/^[0-9a-f]{64}$/) } });
});

test("a Proxmox VE that answers with its own certificate stands in for the stack's; k3d downloads no k3s", () => {
  const pointed = pointedAt(sections("homelab-staging"), { endpoints, mirror: "", hostKeys: new Map() });
  expect(pointed.proxmox).toMatchObject({ endpoint: endpoints.proxmox, insecure: true });
  expect(pointed.endpoints).toEqual({
    hetzner: endpoints.hetzner,
    cloudflare: endpoints.cloudflare,
    tailscale: endpoints.tailscale,
  });
  expect(pointed.cluster).not.toHaveProperty("sha256");
  expect(stageOf({ ...pointed, charts: { mirror: "http://127.0.0.1:5" } }).cluster.name).toBe("staging");
});
