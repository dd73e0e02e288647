import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import { type Finding, ServiceError } from "../../model.ts";
import { createSource } from "../../random/source.ts";
import type { Found, Host, Hosts } from "../hosts.ts";
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
  kubeconfig(cluster: Cluster): Promise<string>;
  /** Answers for an address that speaks for a cluster's API without its authority: an API server proxy in a tailnet. */
  proxy(hostname: string, cluster: Cluster): void;
  /** Whom a kubeconfig reaches, by its authority and its server address. */
  byServer(kubeconfig: string, now: number): Reached;
  findings(): readonly Finding[];
  settle(): void;
}

const kubeconfigShape = z.object({
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({ server: z.url(), "certificate-authority-data": z.string().optional() }),
    }),
  ),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().optional() }) }),
  ),
  "current-context": z.string().min(1),
  users: z
    .array(z.object({ name: z.string(), user: z.looseObject({ "client-certificate-data": z.string().optional() }) }))
    .default([]),
});

/** All simulated clusters. `seed` makes their authorities the same in every rehearsal. */
export function createClusters(args: {
  readonly seed: string;
  readonly hosts: Hosts;
  readonly clock?: () => Date;
}): Clusters {
  const clusters: Cluster[] = [];
  const proxies = new Map<string, Cluster>();
  const kubeconfigs = new Map<Cluster, Promise<string>>();
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
      const index = clusters.indexOf(cluster);
      const made =
        kubeconfigs.get(cluster) ??
        adminKubeconfig({ pki: cluster.pki, source: createSource(args.seed, `administrator ${index}`), now: clock() });
      kubeconfigs.set(cluster, made);
      return made;
    },
    proxy(hostname, cluster) {
      proxies.set(hostname, cluster);
    },
    byServer(kubeconfig, now) {
      const entry = currentEntry(kubeconfig);
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
      if (!sameCertificate(entry.authority, cluster.pki.server.certificate)) {
        return {
          kind: "refused",
          message: `Get "${href}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
        };
      }
      if (entry.client !== undefined && !signedBy(entry.client, cluster.pki.client.certificate)) {
        return {
          kind: "refused",
          message: "the server has asked for the client to provide credentials (Unauthorized)",
        };
      }
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

interface Entry {
  readonly server: string;
  readonly authority: string | undefined;
  readonly client: string | undefined;
}

/** What the current context of a kubeconfig points at. @throws ServiceError when it does not parse. */
export function currentEntry(kubeconfig: string): Entry {
  const fault = (reason: string): ServiceError =>
    new ServiceError(
      "InvalidKubeconfig",
      `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`: ${reason}`,
    );
  let document: unknown;
  try {
    document = parse(kubeconfig);
  } catch (error) {
    throw fault(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  const parsed = kubeconfigShape.safeParse(document);
  if (!parsed.success) {
    throw fault(parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`).join("; "));
  }
  const { clusters, contexts, users, "current-context": current } = parsed.data;
  const context = contexts.find(({ name }) => name === current)?.context;
  if (context === undefined) throw fault(`current-context is "${current}", and there is no context of that name`);
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined)
    throw fault(`the context "${current}" names the cluster "${context.cluster}", which is not there`);
  const user = users.find(({ name }) => name === context.user)?.user;
  const decoded = (data: string | undefined): string | undefined =>
    data === undefined ? undefined : Buffer.from(data, "base64").toString();
  return {
    server: cluster.server,
    authority: decoded(cluster["certificate-authority-data"]),
    client: decoded(user?.["client-certificate-data"]),
  };
}

function sameCertificate(pem: string | undefined, expected: string): boolean {
  return pem !== undefined && certificate(pem)?.fingerprint256 === certificate(expected)?.fingerprint256;
}

function signedBy(pem: string, issuer: string): boolean {
  const authorityKey = certificate(issuer)?.publicKey;
  return authorityKey !== undefined && (certificate(pem)?.verify(authorityKey) ?? false);
}

function certificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
