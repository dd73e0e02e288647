import { networkName } from "../../lib/k3d/config.ts";
import type { Hosts } from "../command/hosts.ts";
import type { Cluster, ClusterNode } from "../command/k3s/cluster.ts";
import type { Clusters } from "../command/k3s/clusters.ts";
import {
  exited,
  type LocalRequest,
  type LocalStep,
  parameter,
  type Step,
  type StepResult,
} from "../command/steps/step.ts";
import { durations } from "../durations.ts";
import { type Daemon, DockerError } from "./daemon.ts";
import { K3d } from "./k3d.ts";
import { createPlaces, type Place } from "./places.ts";

export interface K3dStepsArgs {
  readonly docker: Daemon;
  readonly hosts: Hosts;
  readonly clusters: Clusters;
}

const words = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");
const pair = (text: string): readonly [string, string] => {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
};

type PlacedStep = (request: LocalRequest, place: Place) => StepResult | Promise<StepResult>;

/** What k3d's steps do on simulated Dockers: that of the machine which runs the program, and those of Docker hosts. */
export function createK3dSteps({ docker, hosts, clusters }: K3dStepsArgs): {
  readonly local: Readonly<Record<string, LocalStep>>;
  readonly remote: Readonly<Record<string, Step>>;
  /** Of Docker hosts, by the host's name, from the first step on it. */
  readonly daemons: ReadonlyMap<string, Daemon>;
} {
  const verbs = createSteps({ hosts, clusters });
  const here: Place = { docker, k3d: new K3d(docker), clusters: new Map(), networkOf: () => "public" };
  const places = createPlaces(hosts);
  const entries = Object.entries(verbs);
  return {
    local: Object.fromEntries(entries.map(([verb, step]) => [verb, (request) => step(request, here)])),
    remote: Object.fromEntries(entries.map(([verb, step]) => [verb, (request) => step(request, places.of(request))])),
    daemons: places.daemons,
  };
}

/** What each verb does, wherever Docker is. */
function createSteps({ hosts, clusters }: Omit<K3dStepsArgs, "docker">): Readonly<Record<string, PlacedStep>> {
  const clusterOf = (request: LocalRequest, { clusters: known }: Place): Cluster => {
    const name = parameter(request, "cluster");
    const cluster = known.get(name);
    if (cluster !== undefined) return cluster;
    throw exited(
      request,
      `the server k3d-${name}-server-0 of the cluster ${name} does not run: start it with 'k3d cluster start ${name}', and run again`,
    );
  };
  /** A node's container is a machine of the Docker network. */
  const machine = (request: LocalRequest, { docker }: Place, container: string, address: string) =>
    hosts.register({
      name: container,
      urn: request.context.urn,
      addresses: [{ address, network: docker.container(container).network }],
      hostKeys: [],
      users: {},
      sshAnswersAt: Number.POSITIVE_INFINITY,
      initialisedAt: request.at,
    });
  const node = (args: Pick<ClusterNode, "name" | "role" | "host" | "labels" | "taints" | "readyAt">): ClusterNode => ({
    ...args,
    externalCloudProvider: false,
  });

  const create: PlacedStep = async (request, place) => {
    const { docker, k3d, clusters: known } = place;
    const get = (name: string): string => parameter(request, name);
    const [name, network] = [get("cluster"), get("network")];
    const servers = words(get("servers")).map(pair);
    if (known.has(name)) {
      const first = docker.container(servers[0]?.[0] ?? "");
      if (first.labels[get("label")] !== get("digest")) {
        throw exited(
          request,
          `the cluster ${name} was made with other settings (servers, k3s version, ports or arguments), and k3d cannot change them in place`,
        );
      }
      return { stdout: "", until: request.at + durations.step.other };
    }
    const [apiAddress = "", apiPort = ""] = get("api").split(":");
    const apiNetwork = place.networkOf(apiAddress);
    if (apiNetwork === undefined) throw exited(request, unassigned(request, apiAddress, apiPort));
    try {
      docker.createNetwork(network, {
        subnet: get("subnet"),
        gateway: get("gateway"),
        reserved: words(get("reserved")),
      });
      const place = `k3d-${name}-place`;
      docker.create(place, { image: get("image"), labels: {}, network, ports: [], keeps: get("place") });
      docker.start(place);
      const [port = 0, ...ports] = words(get("ports")).map(Number);
      k3d.createCluster({
        ...{ name, network, apiPort: port, ports, servers: servers.length, image: get("image") },
        labels: { [get("label")]: get("digest") },
      });
      docker.remove(place);
    } catch (error) {
      throw refused(request, error);
    }
    const wrong = servers.filter(([container, address]) => docker.container(container).address !== address);
    if (wrong.length > 0) {
      const [container = "", address] = wrong[0] ?? [];
      throw exited(
        request,
        `Docker gave the servers other addresses than the stage says: ${container} has ${docker.container(container).address} and not ${address}`,
      );
    }
    k3d.stopCluster(name);
    for (const [container, address] of servers) docker.keep(container, address);
    docker.keep(`k3d-${name}-serverlb`, get("balancer"));
    k3d.startCluster(name);

    const until = request.at + durations.step.k3dCluster + servers.length * durations.step.k3dServer;
    const cluster = await clusters.create({
      name,
      ...{ serverToken: request.stdin, agentToken: request.stdin, readyAt: until },
      settings: { bundledNetwork: true, disabled: words(get("disabled")), critical: {} },
    });
    const names = words(get("names"));
    servers.forEach(([container, address], index) => {
      const own = names[index] ?? container;
      const host = machine(request, place, container, address);
      cluster.nodes.set(own, node({ name: own, role: "server", host, labels: {}, taints: [], readyAt: until }));
    });
    const targets = (): readonly string[] => servers.map(([container]) => container);
    hosts.forward({ address: apiAddress, network: apiNetwork, port: Number(apiPort), targets });
    known.set(name, cluster);
    return { stdout: "", stderr: `groundwork: the cluster ${name} is there`, until };
  };

  const remove: PlacedStep = (request, { docker, k3d, clusters: known }) => {
    const name = parameter(request, "cluster");
    const cluster = known.get(name);
    if (cluster === undefined) return { stdout: "", until: request.at + durations.step.other };
    for (const { host } of cluster.nodes.values()) hosts.remove(host.name);
    k3d.deleteCluster(name);
    docker.removeNetwork(networkName(name));
    known.delete(name);
    return { stdout: "", until: request.at + durations.step.k3dRemove };
  };

  const join: PlacedStep = (request, place) => {
    const { docker, k3d } = place;
    const cluster = clusterOf(request, place);
    const [name, address, container] = ["name", "address", "container"].map((key) => parameter(request, key)) as [
      string,
      string,
      string,
    ];
    const labels = Object.fromEntries(words(parameter(request, "labels")).map(pair));
    const taints = words(parameter(request, "taints"));
    const there = cluster.nodes.get(name);
    if (there !== undefined) {
      cluster.nodes.set(name, { ...there, labels: { ...there.labels, ...labels }, taints });
      return { stdout: "", until: request.at + durations.step.other };
    }
    try {
      k3d.createAgent({ name, cluster: parameter(request, "cluster") });
      docker.stop(container);
      docker.keep(container, address);
      docker.start(container);
    } catch (error) {
      throw refused(request, error);
    }
    const readyAt = Math.max(request.at, cluster.readyAt) + durations.step.k3dNode;
    cluster.nodes.set(
      name,
      node({ ...{ name, labels, taints, readyAt }, role: "agent", host: machine(request, place, container, address) }),
    );
    return { stdout: "", stderr: `groundwork: ${name} is Ready`, until: readyAt };
  };

  const leave: PlacedStep = (request, { docker, clusters: known }) => {
    const name = parameter(request, "name");
    const cluster = known.get(parameter(request, "cluster"));
    if (cluster?.nodes.get(name) === undefined) return { stdout: "", until: request.at + durations.step.other };
    cluster.nodes.delete(name);
    docker.remove(parameter(request, "container"));
    hosts.remove(parameter(request, "container"));
    return {
      stdout: "",
      stderr: `groundwork: ${name} has left the cluster`,
      until: request.at + durations.step.k3dLeave,
    };
  };

  const kubeconfig: PlacedStep = async (request, place) => {
    const cluster = clusterOf(request, place);
    const until = Math.max(request.at, cluster.readyAt) + durations.step.kubeconfig;
    const renews = parameter(request, "renewal") !== "";
    const text = await (renews ? clusters.newKubeconfig(cluster) : clusters.kubeconfig(cluster));
    return { stdout: text.trimEnd(), until };
  };

  return {
    "k3d-cluster": create,
    "k3d-remove": remove,
    "k3d-node": join,
    "k3d-leave": leave,
    "k3d-kubeconfig": kubeconfig,
  };
}

/** What Docker says of an address that the machine does not have. */
const unassigned = (request: LocalRequest, address: string, port: string): string =>
  `Error response from daemon: driver failed programming external connectivity on endpoint k3d-${parameter(request, "cluster")}-serverlb: failed to bind host port for ${address}:${port}: cannot assign requested address`;

/** What Docker refuses is what the script ends with. */
function refused(request: LocalRequest, error: unknown): unknown {
  return error instanceof DockerError ? exited(request, error.message) : error;
}
