import type { Finding } from "../../model.ts";
import { createSource } from "../../random/source.ts";
import type { Found, Host, Hosts } from "../hosts.ts";
import { currentEntry, type Entry, refusal } from "./client.ts";
import { type Cluster, type ClusterSettings, isAlive, quorum } from "./cluster.ts";
import { adminKubeconfig, createPki, type Pki } from "./pki.ts";

export interface NewCluster {
  readonly name: string;
  readonly serverToken: string;
  readonly agentToken: string;
  readonly settings: ClusterSettings;
  readonly readyAt: number;
  /** Given where the program makes the cluster's authorities itself. */
  readonly pki?: Pki;
}

/** A cluster behind a kubeconfig, or why there is none to talk to. */
export type Reached =
  | { readonly kind: "cluster"; readonly cluster: Cluster; readonly server: string }
  | { readonly kind: "refused"; readonly message: string };

export interface Clusters {
  create(cluster: NewCluster): Promise<Cluster>;
  all(): readonly Cluster[];
  /** The cluster that a host's k3s belongs to. */
  of(host: Host): Cluster | undefined;
  /** The administrator's, always the same: it lies on the servers. */
  kubeconfig(cluster: Cluster): Promise<string>;
  /** One with a certificate of its own, as whoever makes them on demand hands them out, and k3s before the old one ends. */
  newKubeconfig(cluster: Cluster): Promise<string>;
  /** Answers for an address that speaks for a cluster's API without its authority: an API server proxy in a tailnet. */
  proxy(hostname: string, cluster: Cluster): void;
  /** Whom a kubeconfig reaches, by its authority and its server address. */
  byServer(kubeconfig: string, now: number): Reached;
  findings(): readonly Finding[];
  settle(): void;
}

/** All simulated clusters. `seed` makes their authorities the same in every rehearsal. */
export function createClusters(args: {
  readonly seed: string;
  readonly hosts: Hosts;
  readonly clock?: () => Date;
}): Clusters {
  const clusters: Cluster[] = [];
  const proxies = new Map<string, Cluster>();
  const kubeconfigs = new Map<Cluster, Promise<string>>();
  let issued = 0;
  const issue = ({ pki }: Cluster, name: string): Promise<string> =>
    adminKubeconfig({ pki, source: createSource(args.seed, name), now: clock() });
  // Asked for every object of a platform: reading a kubeconfig and its certificates takes longer than making one.
  const entryOf = remembered(currentEntry);
  const refusalOf = remembered((pki: Pki) => remembered((entry: Entry) => refusal(entry, pki)));
  const clock = args.clock ?? (() => new Date());

  args.hosts.onRemove((host) => {
    const cluster = clusters.find((each) => [...each.nodes.values()].some((node) => node.host === host));
    if (cluster === undefined) return;
    const { voters, healthy, needed, kept } = quorum(cluster);
    if (kept || cluster.quorumLost !== undefined) return;
    cluster.quorumLost = {
      host,
      message: `without ${host.name}, ${healthy.length} of ${voters.length} etcd members of the cluster ${cluster.name} are left, and ${needed} are needed: the API server stops answering, for good`,
    };
  });

  return {
    async create(cluster) {
      const source = createSource(args.seed, `cluster ${clusters.length}`);
      const pki = cluster.pki ?? (await createPki({ source, now: clock() }));
      const { readyAt, name, serverToken, agentToken, settings } = cluster;
      const networkAt = settings.bundledNetwork ? readyAt : Number.POSITIVE_INFINITY;
      const state = { networkAt, learner: undefined, lockedUntil: 0, quorumLost: undefined };
      const created: Cluster = { name, serverToken, agentToken, settings, pki, readyAt, nodes: new Map(), ...state };
      clusters.push(created);
      return created;
    },
    all: () => clusters.filter(isAlive),
    of: (host) => clusters.find((cluster) => [...cluster.nodes.values()].some((node) => node.host === host)),
    kubeconfig(cluster) {
      const made = kubeconfigs.get(cluster) ?? issue(cluster, `administrator ${clusters.indexOf(cluster)}`);
      kubeconfigs.set(cluster, made);
      return made;
    },
    newKubeconfig: (cluster) => issue(cluster, `administrator ${clusters.indexOf(cluster)} ${issued++}`),
    proxy(hostname, cluster) {
      proxies.set(hostname, cluster);
    },
    byServer(kubeconfig, now) {
      const entry = entryOf(kubeconfig);
      const { hostname, port, href } = new URL(entry.server);
      const address = hostname.replace(/^\[|\]$/g, "");
      const at = `${address}:${port || "443"}`;
      const proxied = proxies.get(address);
      if (proxied !== undefined) return answering(proxied, at, href, now);
      const found = args.hosts.find("runner", address, Number(port || "443"));
      const servers = serversOf(found, clusters);
      const cluster = servers[0];
      if (cluster === undefined) return { kind: "refused", message: `dial tcp ${at}: ${silence(found)}` };
      if (found.kind === "hosts" && now < found.from) {
        return {
          kind: "refused",
          message: `dial tcp ${at}: i/o timeout: the machine that leads there has not joined the tailnet yet`,
        };
      }
      const refused = refusalOf(cluster.pki)(entry);
      if (refused !== undefined) return { kind: "refused", message: refused(href) };
      return answering(cluster, at, href, now);
    },
    findings: () =>
      clusters.filter(isAlive).flatMap(({ quorumLost }) =>
        quorumLost === undefined
          ? []
          : [
              {
                rule: "quorum-lost",
                urn: quorumLost.host.urn ?? quorumLost.host.name,
                message: quorumLost.message,
                remedy:
                  "take a control plane out of etcd before its machine goes, one at a time: a command whose delete runs k3s-leave on another control plane, with deleteBeforeReplace",
              },
            ],
      ),
    settle() {
      for (const cluster of clusters) {
        cluster.readyAt = Number.NEGATIVE_INFINITY;
        if (cluster.networkAt < Number.POSITIVE_INFINITY) cluster.networkAt = Number.NEGATIVE_INFINITY;
        cluster.lockedUntil = Number.NEGATIVE_INFINITY;
        cluster.learner = undefined;
        for (const node of cluster.nodes.values()) node.readyAt = Number.NEGATIVE_INFINITY;
      }
    },
  };
}

/** The same function, that works out what belongs to an argument once. */
function remembered<Argument, Value>(work: (argument: Argument) => Value): (argument: Argument) => Value {
  const known = new Map<Argument, { readonly value: Value }>();
  return (argument) => {
    const value = known.get(argument) ?? { value: work(argument) };
    known.set(argument, value);
    return value.value;
  };
}

function answering(cluster: Cluster, at: string, href: string, now: number): Reached {
  if (!isAlive(cluster) || now < cluster.readyAt)
    return { kind: "refused", message: `dial tcp ${at}: connect: connection refused` };
  if (!quorum(cluster).kept) {
    return {
      kind: "refused",
      message: `Get "${href}": etcdserver: request timed out: the cluster ${cluster.name} has lost its quorum`,
    };
  }
  return { kind: "cluster", cluster, server: href };
}

/** Clusters whose servers are among the hosts that a dial found. */
export function serversOf(found: Found, clusters: readonly Cluster[]): Cluster[] {
  if (found.kind !== "hosts") return [];
  return found.hosts.flatMap(
    (host) =>
      clusters.find((cluster) =>
        [...cluster.nodes.values()].some((node) => node.host === host && node.role === "server"),
      ) ?? [],
  );
}

function silence(found: Found): string {
  switch (found.kind) {
    case "hosts":
      return "connect: connection refused: no API server runs there";
    case "unknown-name":
      return "no such host";
    case "nobody":
      return "i/o timeout: nobody has this address";
    case "unreachable":
      return `i/o timeout: it is in the network ${found.network}, which the machine that runs Pulumi is not in`;
    case "filtered":
      return `i/o timeout: a firewall in front of ${found.owner} does not let port ${found.port} through`;
    default: {
      const unknown: never = found;
      throw new Error(`unknown result of a dial: ${String(unknown)}`);
    }
  }
}
