import { address, cidr, formatAddress, overlaps, parseCidr } from "../../lib/address.ts";

/** A refusal in Docker's words. */
export class DockerError extends Error {
  override readonly name = "DockerError";
}

export interface DockerNetwork {
  readonly subnet: string;
  readonly gateway: string;
  /** Addresses that Docker never hands out by itself: `--aux-address`. */
  readonly reserved: readonly string[];
}

export interface Container {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  /** Ports of the machine that it opens while it runs. */
  readonly ports: readonly number[];
  /** Asked for when it was connected: it has this address each time. */
  readonly keeps?: string;
  /** What it has now. Absent: it does not run. */
  readonly address?: string;
}

/** What a Docker daemon knows, as plain data: a simulated one is kept in memory or in a file. */
export interface DockerState {
  readonly networks: Record<string, DockerNetwork>;
  readonly containers: Record<string, Container>;
  /** Ports that programs outside Docker listen on. */
  readonly taken: number[];
  /** Docker Desktop, where k3d's helper container stays while a cluster starts. */
  readonly desktop: boolean;
}

export function emptyDocker(args: Partial<Pick<DockerState, "taken" | "desktop">> = {}): DockerState {
  return { networks: {}, containers: {}, taken: [], desktop: false, ...args };
}

/**
 * Networks and containers of one Docker daemon. Addresses: the lowest free one of the network when a container starts,
 * released when it stops (moby, libnetwork/ipam: a bit mask searched from its beginning).
 */
export class Daemon {
  readonly state: DockerState;

  constructor(state: DockerState = emptyDocker()) {
    this.state = state;
  }

  createNetwork(name: string, network: DockerNetwork): void {
    if (this.state.networks[name] !== undefined)
      throw new DockerError(`Error response from daemon: network with name ${name} already exists`);
    const range = cidr(network.subnet);
    const clash = Object.values(this.state.networks).find(({ subnet }) => overlaps(range, cidr(subnet)));
    if (clash !== undefined) {
      throw new DockerError(
        "Error response from daemon: invalid pool request: Pool overlaps with other one on this address space",
      );
    }
    this.state.networks[name] = network;
  }

  removeNetwork(name: string): void {
    this.network(name);
    if (this.#connected(name).some(([, { address: now }]) => now !== undefined)) {
      throw new DockerError(
        `Error response from daemon: error while removing network: network ${name} has active endpoints`,
      );
    }
    delete this.state.networks[name];
  }

  network(name: string): DockerNetwork {
    const found = this.state.networks[name];
    if (found === undefined) throw new DockerError(`Error response from daemon: network ${name} not found`);
    return found;
  }

  /** A stopped container. */
  create(name: string, container: Omit<Container, "address">): void {
    if (this.state.containers[name] !== undefined) {
      throw new DockerError(`Error response from daemon: Conflict. The container name "/${name}" is already in use`);
    }
    this.network(container.network);
    this.state.containers[name] = container;
  }

  container(name: string): Container {
    const found = this.state.containers[name];
    if (found === undefined) throw new DockerError(`Error response from daemon: No such container: ${name}`);
    return found;
  }

  start(name: string): void {
    const container = this.container(name);
    if (container.address !== undefined) return;
    const running = Object.entries(this.state.containers).filter(([, other]) => other.address !== undefined);
    for (const port of container.ports) {
      if (running.some(([, other]) => other.ports.includes(port)) || this.state.taken.includes(port))
        throw new DockerError(
          `Error response from daemon: driver failed programming external connectivity on endpoint ${name}: Bind for 0.0.0.0:${port} failed: port is already allocated`,
        );
    }
    this.state.containers[name] = { ...container, address: this.#deal(container) };
  }

  stop(name: string): void {
    const { address: _released, ...stopped } = this.container(name);
    this.state.containers[name] = stopped;
  }

  remove(name: string): void {
    this.container(name);
    delete this.state.containers[name];
  }

  /** `docker network disconnect`, then `connect --ip`, of a stopped container. */
  keep(name: string, keeps: string): void {
    const container = this.container(name);
    this.#inside(container.network, keeps);
    this.state.containers[name] = { ...container, keeps };
  }

  /** Containers by label, in the order of their creation. */
  labelled(label: string, value: string): readonly string[] {
    return Object.entries(this.state.containers)
      .filter(([, { labels }]) => labels[label] === value)
      .map(([name]) => name);
  }

  /** Who has a port of the machine. */
  publisher(port: number): string | undefined {
    return Object.entries(this.state.containers).find(
      ([, { ports, address: now }]) => now !== undefined && ports.includes(port),
    )?.[0];
  }

  #connected(network: string): [string, Container][] {
    return Object.entries(this.state.containers).filter(([, container]) => container.network === network);
  }

  #inside(network: string, wanted: string): void {
    const { subnet } = this.network(network);
    const range = parseCidr(subnet);
    const number = address(wanted);
    if (range === undefined || number < range.first || number > range.last)
      throw new DockerError(`Error response from daemon: no configured subnet contains IP address ${wanted}`);
  }

  #deal(container: Container): string {
    const { subnet, gateway, reserved } = this.network(container.network);
    const used = new Set([
      gateway,
      ...this.#connected(container.network).flatMap(([, { address: now }]) => (now === undefined ? [] : [now])),
    ]);
    if (container.keeps !== undefined) {
      if (used.has(container.keeps)) {
        throw new DockerError(
          "Error response from daemon: failed to set up container networking: Address already in use",
        );
      }
      return container.keeps;
    }
    const left = new Set([...used, ...reserved]);
    const { first, last } = cidr(subnet);
    for (let number = first + 1; number < last; number++) {
      const candidate = formatAddress(number);
      if (!left.has(candidate)) return candidate;
    }
    throw new DockerError(
      `Error response from daemon: no available IPv4 addresses on this network's address pools: ${container.network}`,
    );
  }
}
