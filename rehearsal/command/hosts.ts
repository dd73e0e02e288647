import ipaddr from "ipaddr.js";
import { isWithin } from "../clouds/shared/ipv4.ts";

/** An address that a machine answers on, and the network that it is in. */
export interface HostAddress {
  readonly address: string;
  /** `public`, `tailnet`, or any name that the machines of one private network share. */
  readonly network: string;
  /** TCP ports that a firewall lets through. Absent: all. */
  readonly openPorts?: readonly number[];
}

export interface HostSpec {
  /** Unique among the hosts that exist at one time. */
  readonly name: string;
  /** URN of the resource that made the machine, for findings about its absence. */
  readonly urn?: string;
  readonly addresses: readonly HostAddress[];
  /** Public keys as sshd presents them, in `authorized_keys` form. */
  readonly hostKeys: readonly string[];
  /** User name -> public keys that may log in. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** Virtual time from which sshd answers. */
  readonly sshAnswersAt: number;
  /** Virtual time at which cloud-init has ended. */
  readonly initialisedAt: number;
  /** Absolute path -> content, as first boot leaves them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A simulated machine. Its own state changes as steps run on it. */
export interface Host {
  readonly name: string;
  readonly urn: string | undefined;
  readonly addresses: ReadonlyMap<string, HostAddress>;
  readonly users: Readonly<Record<string, readonly string[]>>;
  readonly files: Map<string, string>;
  hostKeys: readonly string[];
  sshAnswersAt: number;
  initialisedAt: number;
  /** True once the machine is gone. */
  removed: boolean;
}

/** Who dials: the machine that the program runs on, or a host (a bastion, a joining node). */
export type Origin = "runner" | Host;

/** An address that no machine owns: a load balancer's, or a virtual one. */
export interface Forward {
  readonly address: string;
  readonly network: string;
  readonly port: number;
  /** Names of the hosts behind it now. */
  targets(): readonly string[];
}

/** What a dial finds. */
export type Found =
  /** `from`: the virtual time from which the way there is open; a tailnet's ways open when its machines have joined. */
  | { readonly kind: "hosts"; readonly hosts: readonly Host[]; readonly from: number }
  | { readonly kind: "unknown-name" }
  | { readonly kind: "nobody" }
  | { readonly kind: "unreachable"; readonly owner: string; readonly network: string; readonly from: readonly string[] }
  | { readonly kind: "filtered"; readonly owner: string; readonly port: number };

export interface Hosts {
  register(spec: HostSpec): Host;
  remove(name: string): void;
  get(name: string): Host | undefined;
  all(): readonly Host[];
  /** Adds an address, or replaces what was known of it. */
  attach(name: string, address: HostAddress): void;
  detach(name: string, address: string): void;
  forward(forward: Forward): void;
  unforward(address: string, port: number): void;
  /** Lets the runner reach what lies in `cidr` on the networks of the host `via`: a tailnet's subnet route. */
  route(route: { readonly via: string; readonly cidr: string }): void;
  /** Whom a dial to `address` reaches: an address literal or a name. */
  find(origin: Origin, address: string, port: number): Found;
  onRemove(listener: (host: Host) => void): void;
  /** The run has ended: whatever was still booting is up when the next one starts its clock at zero. */
  settle(): void;
}

/**
 * The machines that exist, and who reaches whom.
 * `runnerNetworks` are those that the machine running the program is in: the internet and the tailnet unless given.
 * `resolve` answers for DNS names.
 */
export function createHosts(
  args: { readonly runnerNetworks?: readonly string[]; readonly resolve?: (name: string) => readonly string[] } = {},
): Hosts {
  const hosts = new Map<string, Host & { readonly addresses: Map<string, HostAddress> }>();
  const shared = sharedTexts();
  const forwards = new Map<string, Forward>();
  const routes: { readonly via: string; readonly cidr: string }[] = [];
  const listeners: ((host: Host) => void)[] = [];
  const runnerNetworks = args.runnerNetworks ?? ["public", "tailnet"];

  const mustGet = (name: string) => {
    const host = hosts.get(name);
    if (host === undefined) throw new Error(`there is no host ${name}: register it first`);
    return host;
  };
  const networksOf = (origin: Origin): readonly string[] =>
    origin === "runner"
      ? runnerNetworks
      : ["public", ...[...origin.addresses.values()].map((address) => address.network)];
  /** When a tailnet's subnet route leads there: once its machine has joined, which is a part of its first boot. */
  const routedFrom = (origin: Origin, address: string, network: string): number | undefined => {
    if (origin !== "runner") return undefined;
    const open = routes.flatMap(({ via, cidr }) => {
      const gateway = hosts.get(via);
      const leads = gateway !== undefined && networksOf(gateway).includes(network) && isWithin(address, cidr);
      return leads ? [gateway.initialisedAt] : [];
    });
    return open.length === 0 ? undefined : Math.min(...open);
  };
  const openFrom = (origin: Origin, address: string, network: string, owner?: Host): number | undefined => {
    if (!networksOf(origin).includes(network)) return routedFrom(origin, address, network);
    return network === "tailnet" && owner !== undefined ? owner.initialisedAt : Number.NEGATIVE_INFINITY;
  };

  const findAddress = (origin: Origin, address: string, port: number): Found => {
    const unreachable = (owner: string, network: string): Found => ({
      ...{ kind: "unreachable", owner, network },
      from: networksOf(origin),
    });
    const forward = forwards.get(`${address}:${port}`);
    if (forward !== undefined) {
      const from = openFrom(origin, address, forward.network);
      if (from === undefined) return unreachable(`the forwarded address ${address}`, forward.network);
      return { kind: "hosts", hosts: forward.targets().flatMap((name) => hosts.get(name) ?? []), from };
    }
    for (const host of hosts.values()) {
      const owned = host.addresses.get(address);
      if (owned === undefined) continue;
      // A machine finds itself on any address of its own.
      if (origin === host) return { kind: "hosts", hosts: [host], from: Number.NEGATIVE_INFINITY };
      const from = openFrom(origin, address, owned.network, host);
      if (from === undefined) return unreachable(host.name, owned.network);
      if (owned.openPorts !== undefined && !owned.openPorts.includes(port)) {
        return { kind: "filtered", owner: host.name, port };
      }
      return { kind: "hosts", hosts: [host], from };
    }
    return { kind: "nobody" };
  };

  return {
    register(spec) {
      if (hosts.has(spec.name)) throw new Error(`there is a host ${spec.name} already: remove it first`);
      for (const { address, network } of spec.addresses) {
        const owner = [...hosts.values()].find((host) => host.addresses.get(address)?.network === network);
        if (owner !== undefined) {
          throw new Error(`${address} in ${network} belongs to ${owner.name} and cannot be ${spec.name}'s too`);
        }
      }
      const host = {
        name: spec.name,
        urn: spec.urn,
        addresses: new Map(spec.addresses.map((address) => [address.address, address])),
        users: spec.users,
        files: new Map(Object.entries(spec.files ?? {}).map(([path, content]) => [path, shared(content)])),
        hostKeys: spec.hostKeys,
        sshAnswersAt: spec.sshAnswersAt,
        initialisedAt: spec.initialisedAt,
        removed: false,
      };
      hosts.set(spec.name, host);
      return host;
    },
    remove(name) {
      const host = mustGet(name);
      host.removed = true;
      hosts.delete(name);
      for (const listener of listeners) listener(host);
    },
    get: (name) => hosts.get(name),
    all: () => [...hosts.values()],
    attach(name, address) {
      mustGet(name).addresses.set(address.address, address);
    },
    detach(name, address) {
      mustGet(name).addresses.delete(address);
    },
    forward(forward) {
      forwards.set(`${forward.address}:${forward.port}`, forward);
    },
    unforward(address, port) {
      forwards.delete(`${address}:${port}`);
    },
    route(route) {
      routes.push(route);
    },
    find(origin, address, port) {
      const known = findAddress(origin, address, port);
      if (known.kind !== "nobody" || ipaddr.isValid(address)) return known;
      const addresses = args.resolve?.(address) ?? [];
      if (addresses.length === 0) return { kind: "unknown-name" };
      const found = addresses.map((each) => findAddress(origin, each, port));
      // Several addresses of one name: whoever answers, else the first one's fault.
      const answering = found.filter((each) => each.kind === "hosts");
      if (answering.length === 0) return found[0] ?? { kind: "nobody" };
      const from = Math.min(...answering.map((each) => each.from));
      return { kind: "hosts", hosts: answering.flatMap((each) => each.hosts), from };
    },
    onRemove(listener) {
      listeners.push(listener);
    },
    settle() {
      for (const host of hosts.values()) {
        host.sshAnswersAt = Number.NEGATIVE_INFINITY;
        host.initialisedAt = Number.NEGATIVE_INFINITY;
      }
    },
  };
}

/**
 * Each text once, however many machines have it: most files of a thousand machines are the same. A parser leaves a text
 * in pieces, line by line, which take several times its length; what is kept is in one.
 */
function sharedTexts(): (text: string) => string {
  const texts = new Map<string, string>();
  return (text) => {
    const there = texts.get(text);
    if (there !== undefined) return there;
    const whole = Buffer.from(text).toString();
    texts.set(whole, whole);
    return whole;
  };
}
