import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { endpointOf } from "../../config/cluster.ts";
import { dockerHostOf } from "../../config/docker-host.ts";
import type { Stage } from "../../config/stage.ts";
import { createCloudflare } from "../clouds/cloudflare/provider.ts";
import { createHetzner } from "../clouds/hetzner/provider.ts";
import type { Door } from "../clouds/http/door.ts";
import { createProxmox } from "../clouds/proxmox/provider.ts";
import { createTailscale } from "../clouds/tailscale/provider.ts";
import type { StackConfig } from "../engine/stack-file.ts";
import type { Machines, MachinesArgs } from "../hosts/machines.ts";
import type { World as HostWorld } from "../hosts/world.ts";
import { accountsOf } from "../world/accounts.ts";
import { type ChartRepository, serveCharts } from "./charts/repository.ts";
import { type DoorsOptions, openDoors } from "./doors.ts";
import { putK3dOnHost, putK3dOnPath, type SimulatedK3d } from "./k3d.ts";
import { bundled } from "./kube/bundled.ts";
import { runCloudController } from "./kube/cloud-controller.ts";
import { type ControlPlane, startControlPlane } from "./kube/control-plane.ts";
import { serveKubernetes } from "./kube/door.ts";
import { startMachines } from "./machines.ts";
import { merged, pointedAt, type Sections, sectionsOf, stageOf, withSections } from "./sections.ts";
import { putTalosOnPath, type TalosOnPath } from "./talos.ts";

type Stack = StackConfig & { readonly stack: string };

export interface WorldArgs {
  /** A directory that is made or empty. */
  readonly dir: string;
  readonly stack: Stack;
  /** Merged into the stack's sections to know all hosts that stand before the program comes: later edits may name more. */
  readonly beside?: Sections;
  /** Versions of charts beside the catalogue's, by release. */
  readonly otherVersions?: Readonly<Record<string, readonly string[]>>;
  readonly doors?: DoorsOptions;
  /** What befalls commands over SSH; absent: nothing. */
  readonly interrupt?: MachinesArgs["interrupt"];
  /** How many times faster than ours the machines' clock runs. Absent: 30. */
  readonly speed?: number;
  readonly say: (line: string) => void;
}

/** Everything that a stack deals with, on this machine alone. Needs a network of its own. */
export interface World {
  readonly hetzner: ReturnType<typeof createHetzner>["model"];
  readonly proxmox: ReturnType<typeof createProxmox>["model"];
  readonly cloudflare: ReturnType<typeof createCloudflare>["model"];
  readonly tailscale: ReturnType<typeof createTailscale>["model"];
  readonly doors: Readonly<Record<"hetzner" | "proxmox" | "cloudflare" | "tailscale", Door>> & {
    readonly kubernetes?: Door;
  };
  readonly machines: Machines;
  readonly hosts: HostWorld;
  /** Public host keys of the hosts that stood before the program came, by node. */
  readonly hostKeys: ReadonlyMap<string, string>;
  readonly kube: ControlPlane;
  readonly charts: ChartRepository;
  /** Docker and k3d, where the stack's nodes are in them. */
  readonly k3d?: SimulatedK3d;
  /** talosctl on the machine that runs the program, and the machines that run Talos, where the stack's nodes do. */
  readonly talos?: TalosOnPath;
  /** A PATH that begins with the programs of this world. */
  path(rest: string): string;
  /** Names of the machines or containers whose nodes were drained, in order. */
  drains(): readonly string[];
  /** The stack's sections, changed so that the program deals with this world. */
  readonly sections: Sections;
  /** The stack with these and what is beside them: for an offline world with the same hosts. */
  readonly stack: Stack;
  /** What went wrong in the world itself: mistakes of the simulation, never of the program. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

export async function createWorld(args: WorldArgs): Promise<World> {
  const { dir, say, speed = 30 } = args;
  mkdirSync(dir, { recursive: true });
  const own = sectionsOf(args.stack);
  const stack = withSections(args.stack, merged(own, args.beside ?? {}));
  const stage = stageOf(sectionsOf(stack));
  const values = { stack: stack.stack, config: stack.config, secrets: [...stack.canaries.values()] };
  const accounts = accountsOf(values);
  const common = { now: () => new Date(), seed: stack.stack };
  const models = {
    hetzner: createHetzner({ ...accounts.hetzner, ...common }).model,
    proxmox: createProxmox({ ...accounts.proxmox, ...common }).model,
    cloudflare: createCloudflare({ ...accounts.cloudflare, ...common }).model,
    tailscale: createTailscale({ ...accounts.tailscale, ...common }).model,
  };

  const charts = await serveCharts(args.otherVersions === undefined ? {} : { otherVersions: args.otherVersions });
  const kube = await startControlPlane({
    dir: join(dir, "kube"),
    nodes: [],
    serverNames: namesOf(stage),
    say,
  });
  const cloud = await runCloudController({
    config: kube.config,
    namespace: "kube-system",
    deployment: "hcloud-cloud-controller-manager",
    providerId: (node) => {
      const server = models.hetzner.servers.list().find(({ name }) => name === node);
      return server === undefined ? undefined : `hcloud://${server.id}`;
    },
  });
  const before = args.doors?.kubernetes;
  const kubernetes = before === undefined ? undefined : await serveKubernetes(kube, before);
  const url = new URL(kubernetes?.url ?? kube.serverUrl);
  const api = () => ({ host: url.hostname, port: Number(url.port) });
  const { interrupt } = args;
  const { cluster } = stage;
  const brought = bundled(kube.config, "disable" in cluster ? cluster.disable : []);
  const started = await startMachines({
    ...{ stage, stack: values, kube, api, speed, tailscale: models.tailscale, bundled: brought },
    ...(interrupt === undefined ? {} : { interrupt }),
  });
  const { hosts, machines, hostKeys } = started;
  const host = dockerHostOf(stage);
  const k3d =
    stage.cluster.distribution !== "k3d"
      ? undefined
      : host === undefined
        ? await putK3dOnPath({ dir: join(dir, "k3d"), kube, bundled: brought })
        : await putK3dOnHost({ host, kube, hosts, machines, bundled: brought });
  const talos =
    stage.cluster.distribution === "talos"
      ? await putTalosOnPath({
          ...{ dir: join(dir, "talos"), stack: values, kube, api, speed, say },
          ...{ neighbours: machines, tailscale: models.tailscale },
        })
      : undefined;
  const opened = await openDoors({
    ...{ models, started, api, stage, stack: values, kube, options: args.doors ?? {} },
    ...(talos === undefined ? {} : { talos }),
  });
  const doors = { ...opened.doors, ...(kubernetes === undefined ? {} : { kubernetes }) };
  const { hetzner, proxmox, cloudflare, tailscale } = opened.doors;
  const endpoints = {
    ...{ hetzner: hetzner.url, proxmox: proxmox.url },
    ...{ cloudflare: cloudflare.url, tailscale: tailscale.url },
  };
  const pointed = (sections: Sections): Sections => pointedAt(sections, { endpoints, mirror: charts.url, hostKeys });
  return {
    ...models,
    ...{ doors, machines, hosts, hostKeys, kube, charts },
    ...(k3d === undefined ? {} : { k3d }),
    ...(talos === undefined ? {} : { talos }),
    path: (rest) => (k3d ?? talos)?.path(rest) ?? rest,
    drains: () => [...hosts.drains(), ...((k3d ?? talos)?.drains() ?? [])],
    sections: pointed(own),
    stack: withSections(stack, pointed(sectionsOf(stack))),
    failures: () => [
      ...machines.failures(),
      ...hosts
        .unknown()
        .split("\n")
        .filter((line) => line !== ""),
      ...kube.failures(),
      ...cloud.failures,
      ...((k3d ?? talos)?.failures() ?? []),
      ...opened.failures(),
      ...Object.values(doors).flatMap(mistakes),
    ],
    async stop() {
      await started.stop();
      await cloud.stop();
      await (k3d ?? talos)?.stop();
      await opened.stop();
      await kubernetes?.close();
      await kube.stop();
      await charts.stop();
    },
  };
}

const mistakes = (door: Door): readonly string[] =>
  door.requests().flatMap(({ method, path, error }) => (error === undefined ? [] : [`${method} ${path}: ${error}`]));

/** What the API server is called by. */
function namesOf({ cluster, pools }: Stage): readonly string[] {
  const endpoint = endpointOf(cluster);
  if (endpoint !== undefined) return ["address" in endpoint ? endpoint.address : endpoint.host];
  const host = dockerHostOf({ cluster, pools });
  return host === undefined ? [] : [host.address];
}
