import { parse } from "yaml";
import { endpointOf } from "../../config/cluster.ts";
import { nodesOn } from "../../config/pools.ts";
import type { Stage } from "../../config/stage.ts";
import { isNode, planMachines } from "../../lib/nodes.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import { k3sKubeconfig } from "../command/k3s/kubeconfig.ts";
import type { TailnetRequest } from "../command/user-data.ts";
import type { ClusterNode } from "../hosts/clusters.ts";
import { offerDownloads } from "../hosts/downloads.ts";
import { Machines, type MachinesArgs } from "../hosts/machines.ts";
import { standHosts } from "../hosts/metal.ts";
import { serveNames } from "../hosts/names.ts";
import type { TailnetGrant } from "../hosts/spec.ts";
import { type Address, ownAddresses } from "../hosts/wires.ts";
import { World as HostWorld } from "../hosts/world.ts";
import type { StackValues } from "../world/accounts.ts";
import { lanOf, runnerNetworks } from "../world/lan.ts";
import type { ControlPlane } from "./kube/control-plane.ts";
import type { NodeArgs } from "./kube/nodes.ts";

export interface StartMachinesArgs {
  /** Its metal hosts stand from the beginning. */
  readonly stage: Stage;
  readonly stack: StackValues;
  readonly kube: ControlPlane;
  /** Where the Kubernetes API is dialled. */
  readonly api: () => Address;
  readonly tailscale: TailscaleModel;
  /** How many times faster than ours the machines' clock runs. */
  readonly speed: number;
  readonly interrupt?: MachinesArgs["interrupt"];
  /** Puts into the API what k3s brings. */
  readonly bundled: () => Promise<void>;
}

export interface StartedMachines {
  readonly hosts: HostWorld;
  readonly machines: Machines;
  /** Public host keys of the hosts that stand, by node. */
  readonly hostKeys: ReadonlyMap<string, string>;
  /** The network among machines that an address is in, and what leads out of it. */
  networkOf(address: string): { readonly network: string; readonly gateway?: string };
  stop(): Promise<void>;
}

/** The simulated machines of a stack, with what they share: a tailnet, a cluster's API, the names of their network. */
export async function startMachines(args: StartMachinesArgs): Promise<StartedMachines> {
  const { stage, stack, kube, api, tailscale, speed, interrupt, bundled } = args;
  const hosts = new HostWorld({ speed });
  offerDownloads(hosts);
  const { authority, admin } = kube.pki;
  const credentials = { authority: authority.certificate, chain: admin.certificate + authority.certificate };
  hosts.set("kubeconfig", k3sKubeconfig({ ...credentials, key: admin.key }).trimEnd());
  const machines: Machines = new Machines({
    world: hosts,
    wires: ownAddresses(),
    runner: runnerNetworks(stack),
    api,
    joinTailnet: (request, machine) => joinTailnet(tailscale, request, machine),
    ...(interrupt === undefined ? {} : { interrupt }),
    async onNodeJoined(node) {
      const config = configOf(node.name, machines);
      await kube.serveAs(config["tls-san"] ?? []);
      await kube.addNode(nodeOf(node, config));
      await bundled();
    },
    onNodeLeft: ({ name }) => kube.removeNode(name),
  });
  const networkOf: StartedMachines["networkOf"] = (address) => {
    const network = lanOf(stack, address);
    const found = Object.entries(stage.networks).find(([name]) => network === `lan ${name}`)?.[1];
    return { network, ...(found?.kind === "lan" && found.gateway !== undefined ? { gateway: found.gateway } : {}) };
  };
  const planned = planMachines(stage.cluster, stage.pools);
  const controlPlanes = planned.filter(isNode).filter(({ role }) => role === "control-plane");
  const names = await ownEndpoint({
    stage,
    machines,
    api,
    addresses: controlPlanes.map(({ address }) => address),
    networkOf,
  });
  const hostKeys = standHosts({
    nodes: nodesOn(planned, "metal"),
    machines,
    key: stack.config["secret:ssh-key"] ?? "",
    networkOf,
  });
  await Promise.all(machines.all().map(({ booted }) => booted));
  return {
    ...{ hosts, machines, hostKeys, networkOf },
    async stop() {
      await machines.stop();
      names();
      hosts.remove();
    },
  };
}

/** The address or name that the stack's owner keeps pointed at the control planes. Returns how it is ended. */
async function ownEndpoint({
  stage,
  machines,
  api,
  addresses,
  networkOf,
}: Pick<StartMachinesArgs, "stage" | "api"> &
  Pick<StartedMachines, "machines" | "networkOf"> & {
    readonly addresses: readonly string[];
  }): Promise<() => void> {
  const endpoint = endpointOf(stage.cluster);
  if (endpoint?.kind !== "address") return () => undefined;
  const { host } = endpoint;
  machines.world.endpoint(host, addresses);
  if (!/^[\d.]+$/.test(host)) return await serveNames(new Map([[host, addresses]]));
  if (addresses.includes(host)) return () => undefined;
  machines.setForwards("endpoint", [
    {
      address: { address: host, network: networkOf(host).network },
      port: 6443,
      to: () => (machines.runsK3s(addresses) ? api() : undefined),
    },
  ]);
  return () => undefined;
}

interface K3sConfig {
  readonly "node-ip"?: string;
  readonly "node-label"?: readonly string[];
  readonly "node-taint"?: readonly string[];
  readonly "kubelet-arg"?: readonly string[];
  readonly "tls-san"?: readonly string[];
}

/** The configuration of k3s that lies on a machine, with what it has found out about itself. */
function configOf(name: string, machines: Machines): K3sConfig {
  const { host } = machines.get(name);
  const read = (file: string): K3sConfig =>
    (parse(host.read(`/etc/rancher/k3s/${file}`) ?? "") as K3sConfig | null) ?? {};
  return { ...read("config.yaml"), ...read("config.yaml.d/20-address.yaml") };
}

/** A Node as its kubelet registers it. */
function nodeOf({ name, address, role }: ClusterNode, config: K3sConfig): NodeArgs {
  const uninitialised = (config["kubelet-arg"] ?? []).includes("cloud-provider=external");
  return {
    ...{ name, role },
    address: config["node-ip"] ?? address,
    labels: Object.fromEntries(
      (config["node-label"] ?? []).map((label) => {
        const [key = "", value = ""] = label.split("=");
        return [key, value];
      }),
    ),
    taints: config["node-taint"] ?? [],
    uninitialised,
  };
}

/** The tailnet's answer to a machine. @throws ServiceError `invalid_key` */
function joinTailnet(tailscale: TailscaleModel, request: TailnetRequest, machine: string): TailnetGrant {
  const { hostname, key, routes } = request;
  const device = tailscale.devices.join({ hostname, key, routes, machine });
  return { address: device.addresses[0] ?? "", routes: device.enabledRoutes };
}
