import { beforeAll, expect, test } from "vitest";
import { type FaultRehearsal, rehearseWithFaults } from "../../rehearsal/engine/rehearse-faults.ts";
import { destroy } from "../../rehearsal/engine/run.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { emptyState } from "../../rehearsal/engine/state.ts";
import { nameOf } from "../../rehearsal/engine/urn.ts";
import { createWorld, type World } from "../../rehearsal/world.ts";

/** `prod`, rehearsed by the unmodified program while each kind of resource fails once. */
const stack = loadStackConfig(process.cwd(), "prod");
let world: World;
let result: FaultRehearsal;

beforeAll(async () => {
  world = createWorld({ stack: "prod", config: stack.config, secrets: [...stack.canaries.values()] });
  result = await rehearseWithFaults({ ...programOf(world), seed: 0 });
}, 180_000);

const programOf = ({ models }: World) => ({
  projectDir: process.cwd(),
  project: stack.project,
  stack: "prod",
  config: stack.config,
  secretKeys: stack.secretKeys,
  models,
  state: emptyState,
});

/** Ids, as text, in one order. */
const ids = (things: readonly { readonly id: string | number }[]) => things.map(({ id }) => String(id)).toSorted();
const inState = (type: string) =>
  result.state.resources.flatMap((resource) => (resource.type === type ? [resource.id ?? ""] : [])).toSorted();

test("run again and again, prod comes through every fault, and nothing is found on the way", () => {
  expect({ ...result, faults: result.faults.filter(({ recovered }) => recovered === undefined) }).toMatchObject({
    converged: true,
    findings: [],
    faults: [],
  });
  expect(result.recording.findings).toEqual([]);
  expect(new Set(result.faults.map(({ fault }) => fault))).toEqual(new Set(["fail-before", "lost-reply", "slow"]));
  const commands = result.faults.filter(({ type }) => type === "command:remote:Command").map(({ urn }) => nameOf(urn));
  expect(commands.map((name) => name.split("-").at(-1)).toSorted()).toEqual([
    "install",
    "join",
    "kubeconfig",
    "member",
  ]);
});

test("a lost reply that a repeated run does not mend is mended by the import that is printed", () => {
  const imported = result.faults.flatMap(({ command }) => command ?? []);
  expect(imported.map((command) => command.split(" ").slice(2, 4).join(" "))).toMatchInlineSnapshot(`
    [
      "hcloud:index/sshKey:SshKey operator",
      "hcloud:index/loadBalancer:LoadBalancer api",
      "hcloud:index/networkSubnet:NetworkSubnet main-10.0.0.0-24",
      "hcloud:index/networkRoute:NetworkRoute main-default-route",
      "kubernetes:core/v1:ServiceAccount serviceaccount/system-upgrade/system-upgrade",
      "kubernetes:cert-manager.io/v1:ClusterIssuer clusterissuer/letsencrypt-production",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding clusterrolebinding/tailnet-cluster-admin",
      "kubernetes:metallb.io/v1beta1:L2Advertisement l2advertisement/metallb-system/private",
    ]
  `);
  for (const { fault, command } of result.faults) if (command !== undefined) expect(fault).toBe("lost-reply");
  // As the engine finds it again: in its place in the tree, with the provider that the program gives it.
  expect(imported.find((command) => command.includes("NetworkSubnet"))).toMatchInlineSnapshot(
    `"pulumi import hcloud:index/networkSubnet:NetworkSubnet main-10.0.0.0-24 10400101-10.0.0.0/24 --parent 'parent=urn:pulumi:prod::groundwork::groundwork:hetzner:Hetzner$groundwork:hetzner:Network::main' --provider provider=urn:pulumi:prod::groundwork::pulumi:providers:hcloud::hetzner"`,
  );
});

test("nothing stands in any service that the state does not know, but for the keys that the report names", () => {
  const { hetzner, cloudflare, tailscale } = world;
  const records = cloudflare.zones.list().flatMap((zone) => cloudflare.records.list(zone.id));
  const networks = hetzner.networks.list();
  const parts = (partsOf: (network: (typeof networks)[number]) => string[]) => networks.flatMap(partsOf).toSorted();
  const leftBehind = result.faults.flatMap((fault) => (fault.leftBehind === undefined ? [] : [fault]));
  expect({
    servers: ids(hetzner.servers.list()),
    networks: ids(networks),
    subnets: parts(({ id, subnets }) => subnets.map((subnet) => `${id}-${subnet.ip_range}`)),
    routes: parts(({ id, routes }) => routes.map((route) => `${id}-${route.destination}`)),
    loadBalancers: ids(hetzner.load_balancers.list()),
    services: hetzner.load_balancers
      .list()
      .flatMap(({ id, services }) => services.map((service) => `${id}__${service.listen_port}`))
      .toSorted(),
    firewalls: ids(hetzner.firewalls.list()),
    placementGroups: ids(hetzner.placement_groups.list()),
    keys: ids(hetzner.ssh_keys.list()),
    records: ids(records),
    unusedTailnetKeys: ids(tailscale.keys.list({ kind: "api-key" })),
  }).toEqual({
    servers: inState("hcloud:index/server:Server"),
    networks: inState("hcloud:index/network:Network"),
    subnets: inState("hcloud:index/networkSubnet:NetworkSubnet"),
    routes: inState("hcloud:index/networkRoute:NetworkRoute"),
    loadBalancers: inState("hcloud:index/loadBalancer:LoadBalancer"),
    services: inState("hcloud:index/loadBalancerService:LoadBalancerService"),
    firewalls: inState("hcloud:index/firewall:Firewall"),
    placementGroups: inState("hcloud:index/placementGroup:PlacementGroup"),
    keys: inState("hcloud:index/sshKey:SshKey"),
    records: inState("cloudflare:index/dnsRecord:DnsRecord"),
    unusedTailnetKeys: leftBehind.map((fault) => fault.leftBehind),
  });
  expect(inState("hcloud:index/server:Server")).toHaveLength(7);
  expect(leftBehind.map(({ urn }) => nameOf(urn))).toEqual(["main-gateway-tailnet-key"]);
});

test("what was imported is the stack's own: destroy takes it away with the rest", async () => {
  const { recording } = await destroy({ ...programOf(world), state: result.state });
  const { hetzner, cloudflare } = world;
  expect(recording.steps.flatMap(({ urn, error }) => (error === undefined ? [] : [urn, error]))).toEqual([]);
  expect(recording.findings).toEqual([]);
  expect([
    hetzner.servers.list(),
    hetzner.networks.list(),
    hetzner.load_balancers.list(),
    hetzner.firewalls.list(),
    hetzner.placement_groups.list(),
    hetzner.ssh_keys.list(),
    cloudflare.zones.list().flatMap((zone) => cloudflare.records.list(zone.id)),
  ]).toEqual([[], [], [], [], [], [], []]);
});
