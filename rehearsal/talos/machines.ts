import { createPrivateKey } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Host, Hosts } from "../command/hosts.ts";
import type { Cluster } from "../command/k3s/cluster.ts";
import type { Clusters } from "../command/k3s/clusters.ts";

const authority = z.object({ crt: z.string(), key: z.string() });

/** What the rehearsal reads of a machine configuration; `talosctl validate` judges all of it, in a test. */
const mainDocument = z.object({
  machine: z.object({
    type: z.enum(["controlplane", "worker"]),
    token: z.string(),
    ca: authority,
    nodeLabels: z.record(z.string(), z.string()).default({}),
    nodeTaints: z.record(z.string(), z.string()).default({}),
    install: z.object({ disk: z.string().optional(), image: z.string() }),
  }),
  cluster: z.object({
    id: z.string(),
    clusterName: z.string(),
    controlPlane: z.object({ endpoint: z.string() }),
    apiServer: z.object({ certSANs: z.array(z.string()) }).optional(),
    allowSchedulingOnControlPlanes: z.boolean().default(false),
    ca: authority,
    network: z.object({ cni: z.object({ name: z.string() }) }),
    externalCloudProvider: z.object({ enabled: z.boolean() }).optional(),
  }),
});
const namedDocument = z.looseObject({
  kind: z.string(),
  name: z.string().optional(),
  hostname: z.string().optional(),
  environment: z.array(z.string()).default([]),
});

export interface Configuration {
  readonly main: z.output<typeof mainDocument>;
  readonly hostname: string;
  /** Virtual addresses of the API. */
  readonly shared: readonly string[];
  /** What its Tailscale extension is told. */
  readonly tailscale: ReadonlyMap<string, string> | undefined;
}

/** @throws Error in words when it is no machine configuration. */
export function readConfiguration(text: string): Configuration {
  const [first, ...rest] = parseAllDocuments(text).map((document): unknown => document.toJS());
  const main = mainDocument.parse(first);
  const others = rest.map((document) => namedDocument.parse(document));
  const hostname = others.find(({ kind }) => kind === "HostnameConfig")?.hostname;
  if (hostname === undefined) throw new Error("no HostnameConfig names the machine");
  const shared = others.flatMap(({ kind, name }) => (kind === "Layer2VIPConfig" && name !== undefined ? [name] : []));
  const extension = others.find(({ kind, name }) => kind === "ExtensionServiceConfig" && name === "tailscale");
  const settings = extension?.environment.map((line): [string, string] => {
    const [key = "", ...value] = line.split("=");
    return [key, value.join("=")];
  });
  return { main, hostname, shared, tailscale: settings === undefined ? undefined : new Map(settings) };
}

/** What a machine was booted with. */
export interface TalosBoot {
  readonly name: string;
  readonly address: string;
  /** `public`, or the name that the machines of its network share. */
  readonly network: string;
  /** URN of the resource that made the machine. */
  readonly urn?: string;
  /** Virtual time from which it waits in maintenance mode. */
  readonly answersAt: number;
  readonly image?: TalosImage | undefined;
  /** Paths of its disks; absent: nothing is known of them. */
  readonly disks?: readonly string[] | undefined;
}

/** What an image of Image Factory is. */
export interface TalosImage {
  readonly platform: string;
  readonly schematic: string;
  readonly version: string;
}

/** Undefined: what is downloaded there is something else. Source of the form: siderolabs/image-factory, docs/api.md */
export function talosImage(url: string | undefined): TalosImage | undefined {
  const [, schematic, version, platform] =
    /\/image\/([0-9a-f]{64})\/(v\d+\.\d+\.\d+)\/([a-z]+)-(?:amd64|arm64)\./.exec(url ?? "") ?? [];
  return schematic === undefined || version === undefined || platform === undefined
    ? undefined
    : { schematic, version, platform };
}

/** A machine that runs Talos; without a configuration it is in maintenance mode. */
export interface TalosMachine {
  readonly address: string;
  readonly boot: TalosBoot;
  host: Host;
  configuration: Configuration | undefined;
  /** The image that it was installed from or last upgraded to, as the configuration named it. */
  installed: string | undefined;
}

export interface TalosMachines {
  /** A machine that was made begins to run Talos. */
  start(boot: TalosBoot): void;
  /** It is gone, and what ran on it. */
  stop(address: string): void;
  /** Who answers at an address. Machines that exist before the program are in maintenance mode until they are met. */
  at(address: string, name: string): TalosMachine | undefined;
  all(): readonly TalosMachine[];
  /** Virtual time from which the runner reaches the machine's API; undefined: never. */
  reachedFrom(machine: TalosMachine): number | undefined;
  clusterOf(configuration: Configuration): Cluster | undefined;
  /** Starts a cluster; every machine that is configured for it joins. */
  bootstrap(configuration: Configuration, readyAt: number): Promise<Cluster>;
  /** Joins the cluster that the configuration is for, if there is one yet. */
  join(machine: TalosMachine, configuration: Configuration, readyAt: number): void;
  /** Back in maintenance mode, without anything of the cluster on it. */
  reset(machine: TalosMachine): void;
}

export interface TalosMachinesArgs {
  readonly hosts: Hosts;
  readonly clusters: Clusters;
  /** Whether a machine is at an address that none was made for: somebody has booted it from an image of Talos. */
  readonly existing?: (address: string) => boolean;
  /** A machine that is told so joins a tailnet. */
  readonly joinTailnet?: (host: Host, hostname: string, key: string) => void;
}

/** Port of Talos' API. Source: docs.siderolabs.com/talos/v1.13/learn-more/talos-network-connectivity */
const apiPort = 50_000;

export function createTalosMachines(args: TalosMachinesArgs): TalosMachines {
  const { hosts, clusters, existing = () => true } = args;
  const machines = new Map<string, TalosMachine>();
  const inTailnet = new WeakSet<Host>();
  const register = ({ name, address, network, urn, answersAt }: TalosBoot): Host =>
    hosts.register({
      name,
      ...(urn === undefined ? {} : { urn }),
      addresses: [{ address, network }],
      ...{ hostKeys: [], users: {}, sshAnswersAt: Number.POSITIVE_INFINITY, initialisedAt: answersAt },
    });
  const start = (boot: TalosBoot): TalosMachine => {
    const machine = {
      address: boot.address,
      boot,
      host: register(boot),
      configuration: undefined,
      installed: undefined,
    };
    machines.set(boot.address, machine);
    return machine;
  };
  const clusterOf = ({ main }: Configuration): Cluster | undefined =>
    clusters.all().find(({ serverToken }) => serverToken === main.machine.token);

  const admit = (cluster: Cluster, machine: TalosMachine, configuration: Configuration, readyAt: number): void => {
    const { machine: own, cluster: shared } = configuration.main;
    cluster.nodes.set(configuration.hostname, {
      name: configuration.hostname,
      role: own.type === "controlplane" ? "server" : "agent",
      host: machine.host,
      labels: own.nodeLabels,
      taints: [
        ...(own.type === "worker" || shared.allowSchedulingOnControlPlanes
          ? []
          : ["node-role.kubernetes.io/control-plane:NoSchedule"]),
        ...Object.entries(own.nodeTaints).map(([key, value]) =>
          value.includes(":") ? `${key}=${value}` : `${key}:${value}`,
        ),
      ],
      externalCloudProvider: shared.externalCloudProvider?.enabled ?? false,
      readyAt,
    });
  };

  return {
    start: (boot) => void start(boot),
    stop(address) {
      const machine = machines.get(address);
      machines.delete(address);
      if (machine !== undefined) hosts.remove(machine.host.name);
    },
    at(address, name) {
      const found = machines.get(address);
      if (found !== undefined || !existing(address)) return found;
      // Whoever applies a configuration reaches the machine: its network is the runner's, or routed to it.
      return start({ name, address, network: "public", answersAt: Number.NEGATIVE_INFINITY });
    },
    reachedFrom({ address, host }) {
      const found = hosts.find("runner", address, apiPort);
      return found.kind === "hosts" ? Math.max(found.from, host.initialisedAt) : undefined;
    },
    all: () => [...machines.values()],
    clusterOf,
    async bootstrap(configuration, readyAt) {
      const { machine: own, cluster: shared } = configuration.main;
      const pem = (base64: string): string => Buffer.from(base64, "base64").toString();
      const kubernetes = { certificate: pem(shared.ca.crt), key: createPrivateKey(pem(shared.ca.key)) };
      const cluster = await clusters.create({
        name: shared.clusterName,
        serverToken: own.token,
        agentToken: own.token,
        settings: { plain: true, bundledNetwork: shared.network.cni.name !== "none", disabled: [], critical: {} },
        readyAt,
        // One authority for both sides, as Kubernetes itself has it.
        pki: { server: kubernetes, client: kubernetes },
      });
      for (const each of machines.values())
        if (each.configuration !== undefined && each.configuration.main.machine.token === own.token)
          admit(cluster, each, each.configuration, readyAt);
      const targets = (): readonly string[] =>
        [...cluster.nodes.values()].filter(({ role }) => role === "server").map(({ host }) => host.name);
      const home =
        [...cluster.nodes.values()].flatMap(({ host }) => [...host.addresses.values()])[0]?.network ?? "public";
      for (const address of configuration.shared) hosts.forward({ address, network: home, port: 6443, targets });
      return cluster;
    },
    join(machine, configuration, readyAt) {
      const hostname = configuration.tailscale?.get("TS_HOSTNAME");
      const key = configuration.tailscale?.get("TS_AUTHKEY");
      // It joins once; later the key is spent, and the device's own is on the machine.
      if (hostname !== undefined && key !== undefined && !inTailnet.has(machine.host)) {
        args.joinTailnet?.(machine.host, hostname, key);
        inTailnet.add(machine.host);
      }
      const cluster = clusterOf(configuration);
      if (cluster !== undefined) admit(cluster, machine, configuration, readyAt);
    },
    reset(machine) {
      machine.configuration = undefined;
      machine.installed = undefined;
      hosts.remove(machine.host.name);
      machine.host = register({ ...machine.boot, answersAt: Number.NEGATIVE_INFINITY });
    },
  };
}
