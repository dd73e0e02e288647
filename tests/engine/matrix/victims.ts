import type { Match } from "../../../rehearsal/clouds/http/faults.ts";

// Resources of stacks that faults are ordered for, and how a request for each is told from the others.

/** One request, or one command on a machine. */
export type Aim =
  | { readonly match: Match }
  | {
      readonly machine: string;
      /** Verb of the script's header. */
      readonly step: string;
    };

export interface Victim {
  /** The engine's name of the resource. */
  readonly resource: string;
  /** Victims of a kind are interchangeable. */
  readonly kind: string;
  readonly aim: Aim;
}

/** A preview asks Kubernetes to make it, and to keep nothing. */
const inEarnest = /^(?!.*dryRun)/;

const posted = (path: string, ...body: readonly string[]): Aim => ({
  match: { method: "POST", path, query: inEarnest, ...(body.length === 0 ? {} : { body }) },
});

const each = (
  kind: string,
  names: readonly string[],
  aim: (name: string) => Aim,
  resource: (name: string) => string = (name) => name,
): readonly Victim[] => names.map((name) => ({ kind, resource: resource(name), aim: aim(name) }));

const hcloud: readonly Victim[] = [
  ...each("SshKey", ["operator"], () => posted("/ssh_keys")),
  ...each("PlacementGroup", ["worker-spread-1", "cp-spread-1"], (name) =>
    posted("/placement_groups", `"prod-${name}"`),
  ),
  ...each("Firewall", ["nodes", "gateways"], (name) => posted("/firewalls", `"prod-${name}"`)),
  ...each("LoadBalancer", ["api", "ingress"], (name) => posted("/load_balancers", `"prod-${name}"`)),
  ...each(
    "Subnet",
    ["10.0.1.0/24", "10.0.2.0/24", "10.0.0.0/24"],
    (range) => posted("/networks/*/actions/add_subnet", `"${range}"`),
    (range) => `main-${range.replace("/", "-")}`,
  ),
  ...each(
    "Route",
    ["10.0.200.0/24"],
    (destination) => posted("/networks/*/actions/add_route", `"${destination}"`),
    (destination) => `main-route-${destination.replace("/", "-")}`,
  ),
  { kind: "Route", resource: "main-default-route", aim: posted("/networks/*/actions/add_route", '"0.0.0.0/0"') },
  ...each(
    "Attachment",
    ["10.0.0.5", "10.0.0.6"],
    (address) => posted("/load_balancers/*/actions/attach_to_network", `"${address}"`),
    (address) => (address === "10.0.0.5" ? "api-network" : "ingress-network"),
  ),
  ...each(
    "Service",
    ["kubernetes 6443", "http 80", "https 443"],
    (name) => posted("/load_balancers/*/actions/add_service", `"listen_port":${name.split(" ")[1]},`),
    (name) => `${name.startsWith("kubernetes") ? "api" : "ingress"}-${name.split(" ")[0]}`,
  ),
  ...each(
    "Target",
    ["api", "ingress"],
    (name) => posted("/load_balancers/*/actions/add_target", name === "api" ? "control-plane" : "ingress"),
    (name) => `${name}-target`,
  ),
  ...each("Server", ["worker-1", "worker-2", "worker-3", "cp-2", "cp-3"], (name) =>
    posted("/servers", `"prod-${name}"`),
  ),
];

const nodes = ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"] as const;

const tailscale = each(
  "TailnetKey",
  nodes,
  (node) => posted("/tailnet/*/keys", `groundwork prod-${node}"`),
  (node) => `${node}-tailnet-key`,
);

/** Hosts that are in DNS beside those of prod: four records are fewer than what can go wrong. */
export const moreHosts = ["one.example.com", "two.example.com", "three.example.com"] as const;

const cloudflare = ["app.example.com", "grafana.example.com", ...moreHosts].flatMap((host) =>
  (["A", "AAAA"] as const).map(
    (type): Victim => ({
      kind: "DnsRecord",
      resource: type === "A" ? host : `${host}-aaaa`,
      aim: posted("/zones/*/dns_records", `"${host}"`, `"${type}"`),
    }),
  ),
);

const command: readonly Victim[] = [
  ...each(
    "host key",
    ["worker-1", "worker-2", "cp-3"],
    (node) => ({ machine: `prod-${node}`, step: "host-key" }),
    (node) => `${node}-host-key-install`,
  ),
  ...each(
    "join",
    ["cp-2", "worker-1", "worker-2"],
    (node) => ({ machine: `prod-${node}`, step: "k3s-join" }),
    (node) => `${node}-join`,
  ),
  // What befalls the machine when the step before has ended.
  ...each(
    "before join",
    ["worker-3", "cp-1"],
    (node) => ({ machine: `prod-${node}`, step: "host-key" }),
    (node) => `${node}-join`,
  ),
];

const kubernetes: readonly Victim[] = [
  ...each(
    "Namespace",
    ["databases", "apps", "metallb-system", "monitoring"],
    (name) => posted("/api/v1/namespaces", `"${name}"`),
    (name) => `namespace/${name}`,
  ),
  ...each(
    "Secret",
    [
      "databases/valkey",
      "databases/postgres",
      "databases/clickhouse",
      "apps/valkey",
      "apps/postgres",
      "apps/clickhouse",
    ],
    (path) => posted(`/api/v1/namespaces/${path.split("/")[0]}/secrets`, `"${path.split("/")[1]}"`),
    (path) => `secret/${path}`,
  ),
  ...each(
    "Release",
    ["haproxy-controller/haproxy", "system-upgrade/system-upgrade-controller"],
    (path) => posted(`/api/v1/namespaces/${path.split("/")[0]}/secrets`, "sh.helm.release.v1"),
    (path) => `release/${path.split("/")[1]}`,
  ),
];

const hosts = ["1", "2", "3"] as const;

const proxmoxve: readonly Victim[] = [
  ...each(
    "Image",
    hosts,
    (host) => posted(`/nodes/pve${host}/storage/*/download-url`),
    (host) => `pve${host}-image`,
  ),
  ...each(
    "Machine",
    hosts,
    (host) => posted(`/nodes/pve${host}/qemu`),
    (host) => `node-${host}`,
  ),
  // The second of the requests that a machine is made by.
  ...each(
    "Disk",
    hosts,
    (host) => ({ match: { method: "PUT", path: `/nodes/pve${host}/qemu/*/resize` } }),
    (host) => `node-${host}`,
  ),
];

/**
 * Made or changed by an edit when all else stands: a service that goes away takes with it whatever else is asked of it. It does so
 * after its answer to what the program asks before it makes anything, or to the first request where it asks nothing.
 */
const later = {
  hcloud: each("later LoadBalancer", ["api"], () => ({ match: { method: "GET", path: "/locations" } })),
  cloudflare: each("later DnsRecord", ["late.example.com"], () => ({ match: { method: "GET", path: "/zones/*" } })),
  tailscale: each("later TailnetKey", ["worker-4-tailnet-key"], () => ({
    match: { method: "GET", path: "/tailnet/*/devices" },
  })),
  command: [],
  kubernetes: each("later Secret", ["secret/databases/late"], () => ({ match: {} })),
  proxmoxve: each("later Machine", ["node-2"], () => ({ match: { method: "GET", path: "/version" } })),
} as const;

/** Stacks that victims are of. */
export const stacks = {
  prod: ["hcloud", "cloudflare", "tailscale", "command", "kubernetes"],
  "homelab-production": ["proxmoxve"],
} as const satisfies Readonly<Record<string, readonly Provider[]>>;

/** The edit of prod that they are made or changed by. */
export const laterInProd = {
  cluster: { endpoint: { type: "lb21" } },
  pools: { worker: { count: 4 } },
  dns: { records: { "late.example.com": {} } },
  secrets: { late: { type: "opaque", namespaces: ["databases"], data: { of: "no secret" } } },
};

/** And that of homelab-production. */
export const laterInHomelab = { pools: { node: { cores: 8 } } };

export const isLater = ({ kind }: Pick<Victim, "kind">): boolean => kind.startsWith("later ");

export const victims = {
  hcloud: [...hcloud, ...later.hcloud],
  cloudflare: [...cloudflare, ...later.cloudflare],
  tailscale: [...tailscale, ...later.tailscale],
  command: [...command, ...later.command],
  kubernetes: [...kubernetes, ...later.kubernetes],
  proxmoxve: [...proxmoxve, ...later.proxmoxve],
} as const;

export type Provider = keyof typeof victims;

export const providers = Object.keys(victims) as readonly Provider[];
