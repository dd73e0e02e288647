import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { endpointOf } from "../../config/cluster.ts";
import { dockerHostOf } from "../../config/docker-host.ts";
import { type Stage, stageSchema } from "../../config/stage.ts";
import { serveCloudflare } from "../clouds/cloudflare/http/serve.ts";
import { createCloudflare } from "../clouds/cloudflare/provider.ts";
import { serveHetzner } from "../clouds/hetzner/http/serve.ts";
import type { HetznerModel } from "../clouds/hetzner/model.ts";
import { createHetzner } from "../clouds/hetzner/provider.ts";
import type { Door, DoorOptions } from "../clouds/http/door.ts";
import { serveTailscale } from "../clouds/tailscale/http/serve.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import { createTailscale } from "../clouds/tailscale/provider.ts";
import { k3sKubeconfig } from "../command/k3s/kubeconfig.ts";
import type { TailnetRequest } from "../command/user-data.ts";
import type { StackConfig } from "../engine/stack-file.ts";
import type { ClusterNode } from "../hosts/clusters.ts";
import { binaryChecksums, offerDownloads } from "../hosts/downloads.ts";
import { type HetznerHostsArgs, withHosts } from "../hosts/hetzner.ts";
import type { TailnetGrant } from "../hosts/machine.ts";
import { Machines, type MachinesArgs } from "../hosts/machines.ts";
import { ownAddresses } from "../hosts/wires.ts";
import { World as HostWorld } from "../hosts/world.ts";
import { accountsOf } from "../world/accounts.ts";
import { type ChartRepository, serveCharts } from "./charts/repository.ts";
import { type K3dOnPath, putK3dOnPath } from "./k3d.ts";
import { runCloudController } from "./kube/cloud-controller.ts";
import { type ControlPlane, startControlPlane } from "./kube/control-plane.ts";
import { serveKubernetes } from "./kube/door.ts";
import type { NodeArgs } from "./kube/nodes.ts";
import type { Watcher } from "./kube/watch.ts";
import type { Sections } from "./stack.ts";

export interface WorldArgs {
  /** A directory that is made or empty. */
  readonly dir: string;
  readonly stack: StackConfig & { readonly stack: string };
  /** Versions of charts beside the catalogue's, by release. */
  readonly otherVersions?: Readonly<Record<string, readonly string[]>>;
  readonly doors?: {
    readonly hetzner?: DoorOptions;
    readonly cloudflare?: DoorOptions;
    readonly tailscale?: DoorOptions;
    /** Absent: the API server itself is dialled, without a door before it. */
    readonly kubernetes?: DoorOptions;
  };
  /** What befalls commands over SSH; absent: nothing. */
  readonly interrupt?: MachinesArgs["interrupt"];
  /** How many times faster than ours the machines' clock runs. Absent: 30. */
  readonly speed?: number;
  readonly say: (line: string) => void;
}

/** Everything that a stack deals with, on this machine alone. Needs a network of its own. */
export interface World {
  readonly hetzner: ReturnType<typeof createHetzner>["model"];
  readonly cloudflare: ReturnType<typeof createCloudflare>["model"];
  readonly tailscale: ReturnType<typeof createTailscale>["model"];
  readonly doors: {
    readonly hetzner: Door;
    readonly cloudflare: Door;
    readonly tailscale: Door;
    readonly kubernetes?: Door;
  };
  readonly machines: Machines;
  readonly hosts: HostWorld;
  readonly kube: ControlPlane;
  readonly charts: ChartRepository;
  /** Docker and k3d on the machine that runs the program, where the stack's nodes are in them. */
  readonly k3d?: K3dOnPath;
  /** A PATH that begins with the programs of this world. */
  path(rest: string): string;
  /** Names of the machines or containers whose nodes were drained, in order. */
  drains(): readonly string[];
  /** The stack's sections, changed so that the program deals with this world. */
  readonly sections: Sections;
  /** What went wrong in the world itself: mistakes of the simulation, never of the program. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

export async function createWorld(args: WorldArgs): Promise<World> {
  const { dir, stack, say, speed = 30 } = args;
  mkdirSync(dir, { recursive: true });
  const now = (): Date => new Date();
  const accounts = accountsOf({ stack: stack.stack, config: stack.config, secrets: [...stack.canaries.values()] });
  const seed = stack.stack;
  const hetzner = createHetzner({ ...accounts.hetzner, now, seed }).model;
  const cloudflare = createCloudflare({ ...accounts.cloudflare, now, seed }).model;
  const tailscale = createTailscale({ ...accounts.tailscale, now, seed }).model;

  const charts = await serveCharts(args.otherVersions === undefined ? {} : { otherVersions: args.otherVersions });
  const sections = sectionsOf(stack);
  const stage = stageSchema.parse(sections);
  const endpoint = endpointOf(stage.cluster);
  const kube = await startControlPlane({
    dir: join(dir, "kube"),
    nodes: [],
    serverNames: endpoint === undefined ? [] : ["address" in endpoint ? endpoint.address : endpoint.host],
    say,
  });
  const k3d = isK3dHere(stage) ? await putK3dOnPath({ dir: join(dir, "k3d"), kube }) : undefined;
  const cloud: Watcher = await runCloudController({
    config: kube.config,
    namespace: "kube-system",
    deployment: "hcloud-cloud-controller-manager",
    providerId: (node) => {
      const server = hetzner.servers.list().find(({ name }) => name === node);
      return server === undefined ? undefined : `hcloud://${server.id}`;
    },
  });
  const hosts = new HostWorld({ speed });
  offerDownloads(hosts);
  const { authority, admin } = kube.pki;
  const credentials = { authority: authority.certificate, chain: admin.certificate + authority.certificate };
  hosts.set("kubeconfig", k3sKubeconfig({ ...credentials, key: admin.key }).trimEnd());
  const machines: Machines = new Machines({
    world: hosts,
    wires: ownAddresses(),
    runner: ["public", "tailnet"],
    joinTailnet: (request, machine) => joinTailnet(tailscale, request, machine),
    ...(args.interrupt === undefined ? {} : { interrupt: args.interrupt }),
    onNodeJoined: (node) => kube.addNode(nodeOf(node, machines)),
    onNodeLeft: ({ name }) => kube.removeNode(name),
  });
  const before = args.doors?.kubernetes;
  const kubernetes = before === undefined ? undefined : await serveKubernetes(kube, before);
  const api = new URL(kubernetes?.url ?? kube.serverUrl);
  const model = followed(hetzner, { machines, api: () => ({ host: api.hostname, port: Number(api.port) }) });
  const doors = {
    hetzner: await serveHetzner(model, { requestsPerHour: 1_000_000, ...args.doors?.hetzner }),
    cloudflare: await serveCloudflare(cloudflare, args.doors?.cloudflare),
    tailscale: await serveTailscale(tailscale, args.doors?.tailscale),
    ...(kubernetes === undefined ? {} : { kubernetes }),
  };
  return {
    ...{ hetzner, cloudflare, tailscale, doors, machines, hosts, kube, charts },
    ...(k3d === undefined ? {} : { k3d }),
    path: (rest) => k3d?.path(rest) ?? rest,
    drains: () => [...hosts.drains(), ...(k3d?.drains() ?? [])],
    sections: pointedAt(sections, {
      endpoints: { hetzner: doors.hetzner.url, cloudflare: doors.cloudflare.url, tailscale: doors.tailscale.url },
      mirror: charts.url,
    }),
    failures: () => [
      ...machines.failures(),
      ...hosts
        .unknown()
        .split("\n")
        .filter((line) => line !== ""),
      ...kube.failures(),
      ...cloud.failures,
      ...(k3d?.failures() ?? []),
      ...Object.values(doors).flatMap((door) =>
        door
          .requests()
          .flatMap(({ method, path, error }) => (error === undefined ? [] : [`${method} ${path}: ${error}`])),
      ),
    ],
    async stop() {
      await machines.stop();
      await cloud.stop();
      await k3d?.stop();
      await Promise.all(Object.values(doors).map((door) => door.close()));
      await kube.stop();
      await charts.stop();
      hosts.remove();
    },
  };
}

/** Whether nodes are in the Docker of the machine that runs the program. */
const isK3dHere = (stage: Stage): boolean => stage.cluster.distribution === "k3d" && dockerHostOf(stage) === undefined;

/** The stack's `groundwork:` sections. */
function sectionsOf({ config }: StackConfig): Sections {
  const prefix = "groundwork:";
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), JSON.parse(value) as unknown]),
  );
}

function pointedAt(sections: Sections, { endpoints, mirror }: { readonly endpoints: object; readonly mirror: string }) {
  const cluster = sections.cluster as { readonly distribution: string };
  // Nodes of k3d are made from an image, and nothing is downloaded to a machine.
  const checked = cluster.distribution === "k3s" ? { ...cluster, sha256: binaryChecksums } : cluster;
  return { ...sections, endpoints, charts: { mirror }, cluster: checked };
}

/** A Node as its kubelet registers it: by the configuration of k3s that lies on the machine. */
function nodeOf({ name, address, role }: ClusterNode, machines: Machines): NodeArgs {
  const machine = machines.get(name);
  const config = parse(machine.host.read("/etc/rancher/k3s/config.yaml") ?? "") as {
    readonly "node-label"?: readonly string[];
    readonly "node-taint"?: readonly string[];
    readonly "kubelet-arg"?: readonly string[];
  };
  const uninitialised = (config["kubelet-arg"] ?? []).includes("cloud-provider=external");
  return {
    ...{ name, address, role },
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

/**
 * The project with machines. The provider attaches a public server to its network when it runs already, about when it
 * boots; a simulated machine has the interfaces that it was made with, so it is made when the network is there: every
 * server of this program has one.
 */
function followed(model: HetznerModel, args: Omit<HetznerHostsArgs, "model">): HetznerModel {
  const { list } = model.servers;
  const held = { ...model.servers, list: () => list().filter(({ private_net }) => private_net.length > 0) };
  const watched = withHosts({ ...args, model: { ...model, servers: held } });
  return { ...watched, servers: { ...watched.servers, list } };
}
