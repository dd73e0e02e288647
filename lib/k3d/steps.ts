import type { Renewal } from "../administrator.ts";
import { shellBody } from "../bootstrap/assets.ts";
import type { Params } from "../bootstrap/shell.ts";
import { composeStep, type Verb } from "../k3s/steps.ts";
import {
  agentContainer,
  configDigest,
  digestLabel,
  type K3dCluster,
  k3dAddresses,
  k3sImage,
  networkName,
  serverContainer,
} from "./config.ts";

// The scripts run where Docker is: on the machine of the program, or over SSH on a machine with a Docker of its own.

interface Bounded {
  /** Seconds after which the step gives up by itself. */
  readonly timeout: number;
}

export interface ClusterStepArgs extends Bounded {
  readonly cluster: K3dCluster;
  /** CIDR of the Docker network. */
  readonly subnet: string;
  readonly firstServer: string;
}

/**
 * Makes the network and the cluster, or takes over what is there when it was made from the same configuration. Standard
 * input: `k3dConfigFile`.
 */
export function clusterStep({ cluster, subnet, firstServer, timeout }: ClusterStepArgs): string {
  const addresses = k3dAddresses({ subnet, firstServer, servers: cluster.servers.length });
  return step("k3d-cluster", timeout, {
    cluster: cluster.name,
    network: networkName(cluster.name),
    image: k3sImage(cluster.version),
    label: digestLabel,
    digest: configDigest(cluster),
    subnet,
    gateway: addresses.gateway,
    reserved: addresses.reserved.join(" "),
    place: addresses.place,
    servers: addresses.servers.map((address, index) => `${serverContainer(cluster.name, index)}=${address}`).join(" "),
    names: cluster.servers.map(({ name }) => name).join(" "),
    balancer: addresses.balancer,
    api: `${cluster.api.address}:${cluster.api.port}`,
    ports: [cluster.api.port, ...cluster.ports.map(({ host }) => host)].join(" "),
    disabled: cluster.disable.join(" "),
  });
}

/** Removes the cluster and its network; nothing when there is none. */
export function removeStep({ cluster, timeout }: Bounded & { readonly cluster: string }): string {
  return step("k3d-remove", timeout, { cluster, network: networkName(cluster) });
}

export interface NodeStepArgs extends Bounded {
  readonly cluster: string;
  /** Name of the Kubernetes node. */
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
}

/**
 * Adds a worker, or takes over the one that is there. Its labels and taints are set through the API: k3d makes a further
 * agent with all arguments of an earlier one, so that any given here would be every later one's too.
 */
export function nodeStep({ cluster, name, address, labels, taints, timeout }: NodeStepArgs): string {
  return step("k3d-node", timeout, {
    cluster,
    network: networkName(cluster),
    server: serverContainer(cluster, 0),
    name,
    container: agentContainer(name),
    address,
    labels: Object.entries(labels)
      .sort()
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
    taints: taints.join(" "),
  });
}

/** Drains a worker, takes it out of the cluster and removes its container. */
export function leaveStep(args: Bounded & { readonly cluster: string; readonly name: string; readonly drain: number }) {
  const { cluster, name, drain, timeout } = args;
  return step("k3d-leave", timeout, {
    cluster,
    server: serverContainer(cluster, 0),
    name,
    container: agentContainer(name),
    drain: String(drain),
  });
}

/** Prints the administrator's kubeconfig. A renewal has k3s start again, since it makes certificates anew only then. */
export function kubeconfigStep({
  cluster,
  renewal,
  timeout,
}: Bounded & { readonly cluster: string; readonly renewal: Renewal }): string {
  return step("k3d-kubeconfig", timeout, {
    cluster,
    server: serverContainer(cluster, 0),
    renewal: renewal.of ?? "",
  });
}

function step(verb: Verb, timeout: number, params: Params): string {
  return composeStep({
    verb,
    params: { ...params, timeout: String(timeout) },
    body: shellBody("steps/k3d.sh") + shellBody(`steps/${verb}.sh`),
  });
}
