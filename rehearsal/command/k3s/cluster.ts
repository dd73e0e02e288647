import type { Host } from "../hosts.ts";
import type { Pki } from "./pki.ts";

/** A Node object, and the machine that its kubelet runs on. */
export interface ClusterNode {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly host: Host;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`, as the node registered with. */
  readonly taints: readonly string[];
  /** The kubelet waits for a cloud controller manager to say what the machine is. */
  readonly externalCloudProvider: boolean;
  /** Virtual time from which it is Ready, given a network. */
  readyAt: number;
}

/** A cluster whose state is a rehearsal's own: members, votes, and what it was started with. */
export interface Cluster {
  readonly name: string;
  /** The tokens that it lets servers and agents join by. */
  readonly serverToken: string;
  readonly agentToken: string;
  readonly pki: Pki;
  /** Of the first server: what all others must agree with. */
  readonly settings: ClusterSettings;
  readonly nodes: Map<string, ClusterNode>;
  /** Virtual time from which its API answers. */
  readyAt: number;
  /** Virtual time from which pods have a network: never, until a release brings one, where k3s brings none. */
  networkAt: number;
  /** Virtual time until which a member is joining, and which. */
  learner: { readonly name: string; readonly until: number } | undefined;
  /** Virtual time until which a change of membership is under way. */
  lockedUntil: number;
  /** Set when too few voters were left, by the removal of this machine. */
  quorumLost: { readonly host: Host; readonly message: string } | undefined;
}

export interface ClusterSettings {
  /** Kubernetes without what k3s adds to it. Absent: k3s. */
  readonly plain?: boolean;
  /** k3s brings a network of its own (flannel); else nodes are not Ready before a release brings one. */
  readonly bundledNetwork: boolean;
  readonly disabled: readonly string[];
  /** Every value that k3s insists on being equal on all servers, as text. */
  readonly critical: Readonly<Record<string, string>>;
}

export interface Quorum {
  readonly voters: readonly ClusterNode[];
  readonly healthy: readonly ClusterNode[];
  readonly needed: number;
  readonly kept: boolean;
}

/** The votes of embedded etcd: every server that joined and has not been removed from it, alive or dead. */
export function quorum(cluster: Cluster): Quorum {
  const voters = [...cluster.nodes.values()].filter((node) => node.role === "server");
  const healthy = voters.filter((node) => !node.host.removed);
  const needed = Math.floor(voters.length / 2) + 1;
  return { voters, healthy, needed, kept: healthy.length >= needed };
}

/** A cluster none of whose machines exist any more is no cluster. */
export function isAlive(cluster: Cluster): boolean {
  return [...cluster.nodes.values()].some((node) => node.role === "server" && !node.host.removed);
}

export function deadMembers(cluster: Cluster): string[] {
  return quorum(cluster)
    .voters.filter((node) => node.host.removed)
    .map((node) => node.name);
}
