import { balancerContainer, networkName, serverContainer } from "../../lib/k3d/config.ts";
import { type Daemon, DockerError } from "./daemon.ts";

/** What k3d reads of a configuration file, as far as Docker sees it. */
export interface SimpleConfig {
  readonly name: string;
  readonly servers: number;
  readonly image: string;
  readonly network: string;
  readonly apiPort: number;
  readonly ports: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * k3d v5.9.0 on a simulated Docker, for a network that exists: containers are all made first, then started in order,
 * servers by their numbers, the load balancer last (pkg/client/cluster.go). Its helper container starts before them;
 * under Docker Desktop it starts once more to look up the host's address, and stays.
 */
export class K3d {
  readonly #docker: Daemon;

  constructor(docker: Daemon) {
    this.#docker = docker;
  }

  createCluster(config: SimpleConfig): void {
    if (this.#members(config.name).length > 0) {
      throw new DockerError(
        `Failed to create cluster '${config.name}' because a cluster with that name already exists`,
      );
    }
    const names = Array.from({ length: config.servers }, (_, index) => serverContainer(config.name, index));
    const common = { image: config.image, network: config.network };
    try {
      for (const name of names)
        this.#docker.create(name, {
          ...common,
          labels: { ...config.labels, "k3d.cluster": config.name, "k3d.role": "server" },
          ports: [],
        });
      this.#docker.create(balancerContainer(config.name), {
        ...common,
        labels: { "k3d.cluster": config.name, "k3d.role": "loadbalancer" },
        ports: [config.apiPort, ...config.ports],
      });
      this.startCluster(config.name);
    } catch (error) {
      // k3d takes back what it has made.
      this.deleteCluster(config.name);
      throw error;
    }
  }

  startCluster(name: string): void {
    this.#lookAround(name);
    const members = this.#members(name);
    const of = (role: string) => members.filter((each) => this.#role(each) === role).sort();
    for (const each of [...of("server"), ...of("agent"), ...of("loadbalancer")]) this.#docker.start(each);
  }

  stopCluster(name: string): void {
    for (const each of this.#members(name)) this.#docker.stop(each);
  }

  /** Removes every container of the cluster. A network that was there before stays. */
  deleteCluster(name: string): void {
    for (const each of this.#members(name)) this.#docker.remove(each);
  }

  /** `k3d node create NAME --cluster --role agent`: the container is `k3d-<NAME>-0`. */
  createAgent(args: { readonly name: string; readonly cluster: string }): string {
    const [first] = this.#members(args.cluster);
    if (first === undefined)
      throw new DockerError(`Failed to find specified cluster '${args.cluster}': No nodes found for given cluster`);
    this.#lookAround(args.cluster);
    const container = `k3d-${args.name}-0`;
    const { image, network } = this.#docker.container(first);
    this.#docker.create(container, {
      ...{ image, network, ports: [] },
      labels: { "k3d.cluster": args.cluster, "k3d.role": "agent" },
    });
    this.#docker.start(container);
    return container;
  }

  /** Docker Desktop keeps the helper; elsewhere it is gone before anything else starts. */
  #lookAround(cluster: string): void {
    const tools = `k3d-${cluster}-tools`;
    if (this.#docker.state.containers[tools] === undefined) {
      this.#docker.create(tools, {
        image: "ghcr.io/k3d-io/k3d-tools",
        network: networkName(cluster),
        labels: { "k3d.cluster": cluster, "k3d.role": "noRole" },
        ports: [],
      });
    }
    this.#docker.start(tools);
    if (!this.#docker.state.desktop) this.#docker.remove(tools);
  }

  #members(name: string): readonly string[] {
    return this.#docker.labelled("k3d.cluster", name);
  }

  #role(container: string): string | undefined {
    return this.#docker.container(container).labels["k3d.role"];
  }
}
