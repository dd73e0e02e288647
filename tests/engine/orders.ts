import { createFaults, type Fault, type Match, type Trouble } from "../../rehearsal/clouds/http/faults.ts";
import type { Interruption } from "../../rehearsal/hosts/spec.ts";
import type { World } from "../../rehearsal/pulumi/world.ts";

// Failures that are ordered for single resources of prod, and what is to come of each.

/** What a failure leads to, and what the engine says when an `up` fails of it. */
export type Outcome =
  /** The provider tries again by itself. */
  | "absorbed"
  /** That `up` fails, the next one makes the resource. */
  | { readonly way: "next up"; readonly says: RegExp }
  /** What the service made is there, and no `up` can make it again: it has to be imported, by this id. */
  | { readonly way: "import"; readonly says: RegExp; readonly id: (world: World) => string | undefined };

interface Common {
  /** The engine's name of the resource that it befalls. */
  readonly resource: string;
  readonly outcome: Outcome;
}

export type Order = Common &
  (
    | { readonly at: Service; readonly match: Match; readonly trouble: Trouble }
    | { readonly at: "command"; readonly machine: string; readonly step: string; readonly trouble: Interruption }
  );

export type Service = "hetzner" | "cloudflare" | "tailscale" | "kubernetes";

/** Orders in the world: what to give to createWorld, and which have struck. */
export function arm(orders: readonly Order[]) {
  const faults = {
    hetzner: createFaults(),
    cloudflare: createFaults(),
    tailscale: createFaults(),
    kubernetes: createFaults(),
  };
  const armed = new Map<Order, Fault>();
  const waiting = new Set<Order>();
  for (const order of orders) {
    if (order.at === "command") waiting.add(order);
    else {
      const fault = { ...order.trouble, match: order.match };
      armed.set(order, fault);
      faults[order.at].arm([fault]);
    }
  }
  return {
    doors: Object.fromEntries(Object.entries(faults).map(([name, each]) => [name, { faults: each }])),
    interrupt(machine: string, script: string): Interruption | undefined {
      for (const order of waiting) {
        if (order.at !== "command" || order.machine !== machine || !script.includes(`step: ${order.step} `)) continue;
        waiting.delete(order);
        return order.trouble;
      }
      return undefined;
    },
    hasStruck(order: Order): boolean {
      const fault = armed.get(order);
      if (order.at === "command" || fault === undefined) return !waiting.has(order);
      return !faults[order.at].pending().includes(fault);
    },
  };
}

/** As it is printed: `hetzner server-error 503 on nodes`. */
export function title({ at, trouble, resource }: Order): string {
  const { kind, ...rest } = trouble;
  return [at, kind, ...Object.values(rest).map(String), "on", resource].join(" ");
}

const later = (says: RegExp): Outcome => ({ way: "next up", says });

const group = (name: string): Match => ({ method: "POST", path: "/placement_groups", body: [`"prod-${name}"`] });
const firewall = (name: string): Match => ({ method: "POST", path: "/firewalls", body: [`"prod-${name}"`] });
const server = (name: string): Match => ({ method: "POST", path: "/servers", body: [`"prod-${name}"`] });
const balancer = (name: string): Match => ({ method: "POST", path: "/load_balancers", body: [`"prod-${name}"`] });
const subnet = (range: string): Match => ({
  method: "POST",
  path: "/networks/*/actions/add_subnet",
  body: [`"${range}"`],
});
const route = (destination: string): Match => ({
  method: "POST",
  path: "/networks/*/actions/add_route",
  body: [`"${destination}"`],
});
/** Of one of the two, whichever comes first. */
const attachment: Match = { method: "POST", path: "/load_balancers/*/actions/attach_to_network" };
const key = (name: string): Match => ({ method: "POST", path: "/tailnet/*/keys", body: [`groundwork prod-${name}"`] });
const record = (host: string, type: string): Match => ({
  method: "POST",
  path: "/zones/*/dns_records",
  body: [`"${host}"`, `"${type}"`],
});
const namespace = (name: string): Match => ({ method: "POST", path: "/api/v1/namespaces", body: [`"${name}"`] });
const secret = (name: string): Match => ({
  method: "POST",
  path: "/api/v1/namespaces/databases/secrets",
  body: [`"${name}"`],
});
const releaseRecord = (namespace: string): Match => ({
  method: "POST",
  path: `/api/v1/namespaces/${namespace}/secrets`,
  body: ["sh.helm.release.v1"],
});

const named = (list: readonly { readonly id: number; readonly name: string }[], name: string): string | undefined =>
  list.find((row) => row.name === name)?.id.toString();

export const orders: readonly Order[] = [
  {
    ...{ at: "hetzner", resource: "operator", match: { method: "POST", path: "/ssh_keys" } },
    ...{ trouble: { kind: "rate-limit" }, outcome: "absorbed" },
  },
  {
    ...{ at: "hetzner", resource: "nodes", match: firewall("nodes") },
    ...{ trouble: { kind: "server-error", status: 502 }, outcome: "absorbed" },
  },
  {
    ...{ at: "hetzner", resource: "gateways", match: firewall("gateways") },
    ...{ trouble: { kind: "server-error", status: 503 }, outcome: later(/503/) },
  },
  {
    ...{ at: "hetzner", resource: "cp-spread-1", match: group("cp-spread-1") },
    ...{ trouble: { kind: "server-error", status: 500 }, outcome: later(/500/) },
  },
  {
    ...{ at: "hetzner", resource: "worker-spread-1", match: group("worker-spread-1"), trouble: { kind: "drop-after" } },
    outcome: {
      way: "import",
      says: /uniqueness_error/,
      id: ({ hetzner }) => named(hetzner.placement_groups.list(), "prod-worker-spread-1"),
    },
  },
  {
    ...{ at: "hetzner", resource: "api", match: balancer("api") },
    ...{ trouble: { kind: "refuse", code: "resource_unavailable" }, outcome: later(/resource_unavailable/) },
  },
  {
    ...{ at: "hetzner", resource: "ingress", match: balancer("ingress") },
    ...{ trouble: { kind: "drop-before" }, outcome: later(/EOF|reset/) },
  },
  {
    ...{ at: "hetzner", resource: "main-10.0.1.0-24", match: subnet("10.0.1.0/24") },
    ...{ trouble: { kind: "slow-action", seconds: 3 }, outcome: "absorbed" },
  },
  {
    ...{ at: "hetzner", resource: "main-10.0.2.0-24", match: subnet("10.0.2.0/24") },
    ...{ trouble: { kind: "refuse", code: "conflict" }, outcome: "absorbed" },
  },
  {
    ...{ at: "hetzner", resource: "cp-2", match: server("cp-2") },
    ...{ trouble: { kind: "slow-action", seconds: 3 }, outcome: "absorbed" },
  },
  {
    ...{ at: "hetzner", resource: "worker-2", match: server("worker-2") },
    ...{ trouble: { kind: "refuse", code: "resource_unavailable" }, outcome: later(/resource_unavailable/) },
  },
  {
    ...{ at: "hetzner", resource: "worker-3", match: server("worker-3") },
    ...{ trouble: { kind: "refuse", code: "locked" }, outcome: later(/locked/) },
  },
  {
    ...{ at: "hetzner", resource: "worker-1", match: server("worker-1"), trouble: { kind: "drop-after" } },
    outcome: {
      way: "import",
      says: /uniqueness_error/,
      id: ({ hetzner }) => named(hetzner.servers.list(), "prod-worker-1"),
    },
  },
  {
    ...{ at: "hetzner", resource: "main-route-10.0.200.0-24", match: route("10.0.200.0/24") },
    ...{ trouble: { kind: "wrong-token" }, outcome: later(/unauthorized|401/i) },
  },
  {
    ...{ at: "hetzner", resource: "api-network", match: attachment },
    ...{ trouble: { kind: "slow-reply", seconds: 3 }, outcome: "absorbed" },
  },
  {
    ...{ at: "tailscale", resource: "cp-1-tailnet-key", match: key("cp-1") },
    ...{ trouble: { kind: "rate-limit" }, outcome: later(/rate limit|429/) },
  },
  {
    // Of an answer that is no JSON the provider says no status.
    ...{ at: "tailscale", resource: "cp-2-tailnet-key", match: key("cp-2") },
    ...{ trouble: { kind: "server-error", status: 503 }, outcome: later(/Failed to create key/) },
  },
  {
    ...{ at: "tailscale", resource: "cp-3-tailnet-key", match: key("cp-3") },
    ...{ trouble: { kind: "drop-before" }, outcome: later(/EOF|reset/) },
  },
  {
    // The first key stays until it expires, for a day: nothing but its id is known of it.
    ...{ at: "tailscale", resource: "worker-1-tailnet-key", match: key("worker-1") },
    ...{ trouble: { kind: "drop-after" }, outcome: later(/EOF|reset/) },
  },
  {
    ...{ at: "tailscale", resource: "worker-2-tailnet-key", match: key("worker-2") },
    ...{ trouble: { kind: "wrong-token" }, outcome: later(/401|API token invalid/) },
  },
  {
    ...{ at: "tailscale", resource: "worker-3-tailnet-key", match: key("worker-3") },
    ...{ trouble: { kind: "slow-reply", seconds: 3 }, outcome: "absorbed" },
  },
  {
    ...{ at: "cloudflare", resource: "app.example.com", match: record("app.example.com", "A") },
    ...{ trouble: { kind: "rate-limit" }, outcome: "absorbed" },
  },
  {
    ...{ at: "cloudflare", resource: "app.example.com-aaaa", match: record("app.example.com", "AAAA") },
    ...{ trouble: { kind: "server-error", status: 503 }, outcome: "absorbed" },
  },
  {
    ...{ at: "cloudflare", resource: "grafana.example.com", match: record("grafana.example.com", "A") },
    ...{ trouble: { kind: "drop-before" }, outcome: "absorbed" },
  },
  {
    ...{ at: "cloudflare", resource: "grafana.example.com-aaaa", match: record("grafana.example.com", "AAAA") },
    trouble: { kind: "drop-after" },
    outcome: {
      way: "import",
      says: /identical record already exists/i,
      id: ({ cloudflare }) =>
        cloudflare.zones.list().flatMap(({ id: zone }) =>
          cloudflare.records
            .list(zone)
            .filter(({ name, type }) => name === "grafana.example.com" && type === "AAAA")
            .map(({ id }) => `${zone}/${id}`),
        )[0],
    },
  },
  {
    ...{ at: "command", resource: "main-gateway-host-key-install", machine: "prod-main-gateway", step: "host-key" },
    ...{ trouble: { kind: "lost-answer" }, outcome: later(/without exit status|EOF/) },
  },
  {
    ...{ at: "command", resource: "cp-2-join", machine: "prod-cp-2", step: "k3s-join" },
    ...{ trouble: { kind: "power-cut", after: 8 }, outcome: later(/without exit status|EOF/) },
  },
  {
    ...{ at: "command", resource: "worker-2-join", machine: "prod-worker-2", step: "k3s-join" },
    ...{ trouble: { kind: "lost-answer" }, outcome: later(/without exit status|EOF/) },
  },
  {
    ...{ at: "kubernetes", resource: "namespace/databases", match: namespace("databases") },
    ...{ trouble: { kind: "rate-limit" }, outcome: "absorbed" },
  },
  {
    ...{ at: "kubernetes", resource: "namespace/apps", match: namespace("apps") },
    ...{ trouble: { kind: "server-error", status: 503 }, outcome: later(/unable to handle the request/) },
  },
  {
    ...{ at: "kubernetes", resource: "namespace/monitoring", match: namespace("monitoring") },
    ...{ trouble: { kind: "wrong-token" }, outcome: later(/unauthorized/i) },
  },
  {
    ...{ at: "kubernetes", resource: "namespace/metallb-system", match: namespace("metallb-system") },
    ...{ trouble: { kind: "slow-reply", seconds: 3 }, outcome: "absorbed" },
  },
  {
    ...{ at: "kubernetes", resource: "secret/databases/valkey", match: secret("valkey") },
    trouble: { kind: "drop-after" },
    outcome: { way: "import", says: /already exists/, id: () => "databases/valkey" },
  },
  {
    ...{ at: "kubernetes", resource: "secret/databases/postgres", match: secret("postgres") },
    ...{ trouble: { kind: "drop-before" }, outcome: later(/EOF|reset/) },
  },
  {
    ...{ at: "kubernetes", resource: "release/haproxy", match: releaseRecord("haproxy-controller") },
    ...{ trouble: { kind: "server-error", status: 503 }, outcome: later(/unable to handle the request/) },
  },
];
