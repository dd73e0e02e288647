import { expect, test } from "vitest";
import { sshKey } from "../harness/keys.ts";
import { Life, madeUp, wrong } from "./life.ts";

/** A tailnet's policy, written whole by a stack that says so. */

const stage = (replaceExisting: boolean) => ({
  cluster: {
    ...{ name: "home", distribution: "k3s", version: "v1.36.4+k3s1" },
    endpoint: { kind: "address", host: "192.168.1.5" },
  },
  networks: { main: { kind: "lan", cidr: "192.168.1.0/24", gateway: "192.168.1.1" } },
  pools: {
    cp: {
      ...{ machine: "metal", os: "debian", role: "control-plane", count: 1, firstAddress: "192.168.1.10" },
      nodes: { "1": { hostKey: sshKey(1).public.trim() } },
    },
  },
  access: { via: "tailnet" },
  tailscale: {
    tailnet: "example.ts.net",
    tags: ["tag:k8s-node"],
    policy: {
      ...{ wholeTailnet: true, replaceExisting, admins: ["group:platform"] },
      own: { groups: { "group:platform": ["alice@example.com"] }, grants: [] },
    },
  },
});

const secrets = ["ssh-key", "tailscale-oauth-client-id", "tailscale-oauth-client-secret"];

test("one that the tailnet has already is replaced only when the stack says so; its machines then join by the new one", async () => {
  const life = new Life(madeUp(stage(false), secrets));
  const refused = await life.up(stage(false));
  expect(wrong(refused).join("\n")).toContain(
    "the tailnet has a policy of its own, which this would replace as a whole: import it first, or set overwriteExistingContent",
  );
  const run = await life.up(stage(true));
  expect(wrong(run)).toEqual([]);
  const made = run.resources.find(({ type }) => type === "tailscale:index/acl:Acl");
  const policy = JSON.parse(String(made?.inputs.acl)) as Record<string, unknown>;
  expect([policy.groups, policy.autoApprovers]).toEqual([
    { "group:platform": ["alice@example.com"] },
    { routes: { "192.168.1.0/24": ["tag:k8s-node"] }, services: {} },
  ]);
});
