import { address, cidr, contains, parseAddress, parsePool } from "../../lib/address.ts";
import type { Box, Group, Member } from "../../lib/diagram/mermaid.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { endpointOf } from "../cluster.ts";
import { k3dApi } from "../docker-host.ts";
import type { Network } from "../network.ts";
import type { Pool } from "../pools.ts";
import type { Stage } from "../stage.ts";
import { machineWords, poolWords, roleWords } from "./machines.ts";
import type { System } from "./system.ts";

/** Names of things in the drawing, for arrows. */
export const placeOf = {
  network: (name: string): string => `network ${name}`,
  pool: (name: string): string => `pool ${name}`,
  gateway: (network: string): string => `gateway ${network}`,
  api: "api",
  ingress: "ingress",
  ranges: "ranges",
} as const;

/** Of more machines than these, a pool shows the first and the last. */
const most = 5;

/** Networks with what is in them, and beside them what is in none. */
export function places(system: System): readonly Member[] {
  const { stage } = system;
  const boxes = [...apiBox(stage), ...ingressBox(stage), ...rangesBox(system), ...routerBoxes(system), ...hosts(stage)];
  const homes = boxes.map((each) => ({ ...each, home: each.network ?? networkAt(stage, each.at) }));
  const within = (network: string): readonly Box[] =>
    homes.filter(({ home }) => home === network).map(({ id, lines }) => ({ id, lines }));
  const networkGroup = ([name, network]: readonly [string, Network]): Group => ({
    id: placeOf.network(name),
    title: networkTitle(name, network),
    members: [...gatewayBox(name, network), ...within(name), ...poolGroups(system, name, networkGroup)],
  });
  const inside = system.machines.some(({ role }) => role === "docker-host");
  return [
    ...homes.filter(({ home }) => home === undefined).map(({ id, lines }): Box => ({ id, lines, shape: "round" })),
    ...Object.entries(stage.networks)
      .filter(([, { kind }]) => kind !== "docker" || !inside)
      .map(networkGroup),
  ];
}

/** A box, and what says where it is: a network's name, or an address that is in one. */
interface Placed {
  readonly id: string;
  readonly lines: readonly string[];
  readonly network?: string;
  readonly at?: string;
}

function networkAt({ networks }: Stage, at: string | undefined): string | undefined {
  const number = at === undefined ? undefined : parseAddress(at);
  if (number === undefined) return undefined;
  const [found] = Object.entries(networks).find(([, each]) => contains(cidr(each.cidr), point(number))) ?? [];
  return found;
}

const point = (number: number) => ({ first: number, last: number });

function networkTitle(name: string, network: Network): string {
  switch (network.kind) {
    case "hetzner":
      return `${name}: ${network.cidr}, private network at Hetzner, ${network.zone}`;
    case "lan":
      return `${name}: ${network.cidr}, network that is there`;
    case "docker":
      return `${name}: ${network.cidr}, network of Docker`;
    default:
      return network satisfies never;
  }
}

function gatewayBox(name: string, network: Network): readonly Box[] {
  switch (network.kind) {
    case "hetzner":
      return network.gateway === undefined || network.egress !== "gateway"
        ? []
        : [{ id: placeOf.gateway(name), lines: ["NAT gateway", network.gateway.address, network.gateway.type] }];
    case "lan":
      return network.gateway === undefined ? [] : [{ id: placeOf.gateway(name), lines: ["router", network.gateway] }];
    case "docker":
      return [];
    default:
      return network satisfies never;
  }
}

/** The one stable way to the API. */
function apiBox(stage: Stage): readonly Placed[] {
  const id = placeOf.api;
  if (stage.cluster.distribution === "k3d") {
    const { address: host, port } = k3dApi({ ...stage, cluster: stage.cluster });
    return [{ id, lines: ["Kubernetes API", `${host}:${port}`], at: host }];
  }
  const endpoint = endpointOf(stage.cluster);
  switch (endpoint?.kind) {
    case "load-balancer": {
      const lines = [
        "Kubernetes API",
        `load balancer ${endpoint.address}:6443`,
        ...(endpoint.public ? ["and a public address"] : []),
      ];
      return [{ id, lines, network: endpoint.network }];
    }
    case "vip":
      return [
        {
          id,
          lines: ["Kubernetes API", `${endpoint.address}:6443`, "held by the control planes in turn"],
          at: endpoint.address,
        },
      ];
    case "address":
      return [
        {
          id,
          lines: ["Kubernetes API", `${endpoint.host}:6443`, "a name or address that you keep"],
          at: endpoint.host,
        },
      ];
    case undefined:
      return [];
    default: {
      const unknown: never = endpoint;
      throw new Error(`unknown kind of endpoint: ${JSON.stringify(unknown)}`);
    }
  }
}

function ingressBox({ hetzner: { ingress } }: Stage): readonly Placed[] {
  if (ingress === undefined) return [];
  const ports = `80 → ${ingress.httpNodePort}, 443 → ${ingress.httpsNodePort}`;
  const lines = ["load balancer", `public, and ${ingress.address}`, ports];
  return [{ id: placeOf.ingress, lines, network: ingress.network }];
}

function rangesBox({ ranges }: System): readonly Placed[] {
  const all = ranges.flatMap(({ addresses }) => addresses);
  const [first] = all.flatMap((each) => parsePool(each) ?? []);
  if (first === undefined) return [];
  const lines = ["addresses of Services", ...ranges.map(({ pool, addresses }) => `${pool}: ${addresses.join(", ")}`)];
  return [{ id: placeOf.ranges, lines, at: all.map((each) => each.split(/[-/]/)[0]?.trim() ?? "")[0] ?? "" }];
}

const routerBoxes = ({ routers }: System): readonly Placed[] =>
  routers.map(({ name, address: at, asn }) => ({
    id: `router ${name}`,
    lines: [name, at, `AS ${asn}`],
    at,
  }));

/** The Proxmox VE nodes that virtual machines are on. */
function hosts({ proxmox }: Stage): readonly Placed[] {
  if (proxmox === undefined) return [];
  const nodes = Object.entries(proxmox.nodes);
  const lines = ["Proxmox VE", ...nodes.map(([name, { address: at }]) => `${name} ${at}`)];
  return [{ id: "proxmox", lines, at: nodes[0]?.[1].address ?? "" }];
}

/** Pools of a network; a Docker host holds the networks of its containers. */
function poolGroups(
  { stage, machines }: System,
  network: string,
  inside: (network: readonly [string, Network]) => Group,
): readonly Group[] {
  return Object.entries(stage.pools)
    .filter(([, pool]) => pool.network === network)
    .map(([name, pool]): Group => {
      const own = machines.filter(({ poolName }) => poolName === name);
      if (pool.role !== "docker-host") {
        const title = `pool ${name}: ${own.length === 1 ? "a" : own.length} ${roleWords[pool.role]}${own.length === 1 ? "" : "s"}, ${poolWords(pool)}`;
        return { id: placeOf.pool(name), title, members: machineBoxes(own) };
      }
      return {
        id: placeOf.pool(name),
        title: own.map((each) => `${each.name} ${each.address}: runs Docker, ${machineWords(each)}`).join("; "),
        members: Object.entries(stage.networks)
          .filter(([, { kind }]) => kind === "docker")
          .map(inside),
      };
    });
}

function machineBoxes(machines: readonly PlannedMachine<Pool>[]): readonly Box[] {
  const box = (machine: PlannedMachine<Pool>): Box => ({
    id: `machine ${machine.name}`,
    lines: [machine.name, machine.address, ...(machine.pool.machine === "docker" ? [] : [machineWords(machine)])],
  });
  const [first, last] = [machines[0], machines.at(-1)];
  if (machines.length <= most || first === undefined || last === undefined) return machines.map(box);
  return [
    box(first),
    { id: `more ${first.poolName}`, lines: [`and ${machines.length - 2} more`] },
    ...[last].filter((each) => address(each.address) !== address(first.address)).map(box),
  ];
}
