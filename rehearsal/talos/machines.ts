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
    ca: authority,
    network: z.object({ cni: z.object({ name: z.string() }) }),
    externalCloudProvider: z.object({ enabled: z.boolean() }).optional(),
  }),
});
const namedDocument = z.looseObject({ kind: z.string(), name: z.string().optional(), hostname: z.string().optional() });

export interface Configuration {
  readonly main: z.output<typeof mainDocument>;
  readonly hostname: string;
  /** Virtual addresses of the API. */
  readonly shared: readonly string[];
}

/** @throws Error in words when it is no machine configuration. */
export function readConfiguration(text: string): Configuration {
  const [first, ...rest] = parseAllDocuments(text).map((document): unknown => document.toJS());
  const main = mainDocument.parse(first);
  const others = rest.map((document) => namedDocument.parse(document));
  const hostname = others.find(({ kind }) => kind === "HostnameConfig")?.hostname;
  if (hostname === undefined) throw new Error("no HostnameConfig names the machine");
  const shared = others.flatMap(({ kind, name }) => (kind === "Layer2VIPConfig" && name !== undefined ? [name] : []));
  return { main, hostname, shared };
}

/** A machine that runs Talos; without a configuration it is in maintenance mode. */
export interface TalosMachine {
  readonly address: string;
  host: Host;
  configuration: Configuration | undefined;
}

export interface TalosMachines {
  /** Who answers at an address. Machines that exist before the program are in maintenance mode until they are met. */
  at(address: string, name: string): TalosMachine;
  all(): readonly TalosMachine[];
  clusterOf(configuration: Configuration): Cluster | undefined;
  /** Starts a cluster; every machine that is configured for it joins. */
  bootstrap(configuration: Configuration, readyAt: number): Promise<Cluster>;
  /** Joins the cluster that the configuration is for, if there is one yet. */
  join(machine: TalosMachine, configuration: Configuration, readyAt: number): void;
  /** Back in maintenance mode, without anything of the cluster on it. */
  reset(machine: TalosMachine): void;
}

export function createTalosMachines(args: { readonly hosts: Hosts; readonly clusters: Clusters }): TalosMachines {
  const { hosts, clusters } = args;
  const machines = new Map<string, TalosMachine>();
  const boot = (address: string, name: string): Host =>
    hosts.register({
      name,
      // Whoever applies a configuration reaches the machine: its network is the runner's, or routed to it.
      addresses: [{ address, network: "public" }],
      ...{ hostKeys: [], users: {}, sshAnswersAt: Number.POSITIVE_INFINITY, initialisedAt: Number.NEGATIVE_INFINITY },
    });
  const clusterOf = ({ main }: Configuration): Cluster | undefined =>
    clusters.all().find(({ serverToken }) => serverToken === main.machine.token);

  const register = (cluster: Cluster, machine: TalosMachine, configuration: Configuration, readyAt: number): void => {
    const { machine: own, cluster: shared } = configuration.main;
    cluster.nodes.set(configuration.hostname, {
      name: configuration.hostname,
      role: own.type === "controlplane" ? "server" : "agent",
      host: machine.host,
      labels: own.nodeLabels,
      taints: Object.entries(own.nodeTaints).map(([key, value]) =>
        value.includes(":") ? `${key}=${value}` : `${key}:${value}`,
      ),
      externalCloudProvider: shared.externalCloudProvider?.enabled ?? false,
      readyAt,
    });
  };

  return {
    at(address, name) {
      const found = machines.get(address) ?? { address, host: boot(address, name), configuration: undefined };
      machines.set(address, found);
      return found;
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
          register(cluster, each, each.configuration, readyAt);
      const targets = (): readonly string[] =>
        [...cluster.nodes.values()].filter(({ role }) => role === "server").map(({ host }) => host.name);
      for (const address of configuration.shared) hosts.forward({ address, network: "public", port: 6443, targets });
      return cluster;
    },
    join(machine, configuration, readyAt) {
      const cluster = clusterOf(configuration);
      if (cluster !== undefined) register(cluster, machine, configuration, readyAt);
    },
    reset(machine) {
      const { name } = machine.host;
      machine.configuration = undefined;
      hosts.remove(name);
      machine.host = boot(machine.address, name);
    },
  };
}
