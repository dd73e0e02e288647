import type { Renewal } from "../administrator.ts";
import { shellBody, stepLibrary } from "../bootstrap/assets.ts";
import { type Params, stepHead, stepHeaderMark } from "../bootstrap/shell.ts";
import type { Role } from "../bootstrap/types.ts";
import type { Authorities } from "./authority.ts";

/** What a step does; its body is cloud-init/steps/<verb>.sh. */
export type Verb =
  | "host-key"
  | "boot-wait"
  | "k3s-join"
  | "k3s-member"
  | "k3s-leave"
  | "kubeconfig"
  | "etcd-backup"
  | "etcd-list"
  | "etcd-send"
  | "etcd-receive"
  | "etcd-state"
  | "etcd-stop"
  | "etcd-restore"
  | "etcd-forget"
  | "etcd-complete"
  | "k3d-cluster"
  | "k3d-remove"
  | "k3d-node"
  | "k3d-leave"
  | "k3d-kubeconfig"
  | "machine-setup"
  | "machine-remove";

/**
 * A script for one command over SSH: POSIX shell whose second line says what it does, `# groundwork step: <verb>
 * key=value …`, values percent-encoded.
 */
export function composeStep(args: { readonly verb: Verb; readonly params: Params; readonly body: string }): string {
  // Appended, not joined: the text that all scripts share is there once, until one of them is sent.
  return stepHead(args.verb, args.params) + stepLibrary() + shellBody("steps/common.sh") + args.body;
}

/** What a script composed by `composeStep` says it does; undefined for any other. */
export function parseStep(script: string): { readonly verb: string; readonly params: Params } | undefined {
  const line = script.split("\n", 2)[1];
  if (!line?.startsWith(`${stepHeaderMark} `)) return undefined;
  const [verb = "", ...pairs] = line.slice(stepHeaderMark.length + 1).split(" ");
  const params = pairs.map((pair) => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), decodeURIComponent(pair.slice(equals + 1))] as const;
  });
  return { verb, params: Object.fromEntries(params) };
}

interface Bounded {
  /** Seconds after which the step gives up by itself. An SSH command cannot be stopped from outside. */
  readonly timeout: number;
}

/** Installs the permanent host key. Standard input: `hostKeyStdin`. Prints the public half. */
export function hostKeyStep(args: Bounded): string {
  return step("host-key", args, {});
}

/** Waits for the end of cloud-init, and fails with its log when it failed. */
export function bootWaitStep(args: Bounded): string {
  return step("boot-wait", args, {});
}

export interface JoinArgs extends Bounded {
  readonly name: string;
  readonly role: Role;
  /** `host:port` of the cluster. */
  readonly endpoint: string;
  /** `host:port` of the other control planes' supervisors, asked before a cluster is started. Unused for a worker. */
  readonly peers: readonly string[];
}

/** Starts k3s and waits until it is healthy on this node. Standard input: `joinStdin`. */
export function joinStep(args: JoinArgs): string {
  const wrong = [...args.peers, args.endpoint].find((peer) => !/^[^\s/:]+:\d+$/.test(peer));
  if (wrong !== undefined)
    throw new Error(`${args.name} cannot join through "${wrong}" → write host:port, such as 10.0.1.10:6443`);
  return step("k3s-join", args, {
    name: args.name,
    role: k3sRole(args.role),
    endpoint: args.endpoint,
    peers: args.peers.join(" "),
  });
}

export interface MemberArgs extends Bounded {
  /** The node that is waited for. */
  readonly name: string;
  readonly role: Role;
  /** False: the network comes with the platform, and nothing is Ready before. Once another is, this one is waited for. */
  readonly ready: boolean;
}

/** On a peer control plane: waits until a node is Ready, and a control plane a healthy voting member of etcd. */
export function memberStep(args: MemberArgs): string {
  return step("k3s-member", args, {
    name: args.name,
    role: k3sRole(args.role),
    ...(args.ready ? {} : { ready: "no" }),
  });
}

export interface LeaveArgs extends Bounded {
  /** The node that leaves. */
  readonly name: string;
  readonly role: Role;
  /** Seconds that the drain may take. */
  readonly drain: number;
  /** Go on when the drain does not finish in time: pods are then lost with the machine. */
  readonly force?: boolean;
  /** Seconds between the two looks at etcd's health; default 20, since k3s renews what it says every 15. */
  readonly settle?: number;
}

/** On a peer control plane: takes a node out of the cluster, dead or alive. */
export function leaveStep(args: LeaveArgs): string {
  return step("k3s-leave", args, {
    name: args.name,
    role: k3sRole(args.role),
    drain: seconds("drain", args.drain),
    settle: seconds("settle", args.settle ?? 20),
    force: String(args.force ?? false),
    // A run that was cut off is taken over by the next for the same node, and by no other.
    holder: `leave-${args.name}`,
  });
}

/** Takes k3s off a host that goes on existing. */
export function machineRemoveStep(args: Bounded & { readonly name: string }): string {
  return step("machine-remove", args, { name: args.name });
}

/** Prints the administrator's kubeconfig. A renewal has k3s start again, since it makes certificates anew only then. */
export function kubeconfigStep(args: Bounded & { readonly renewal: Renewal }): string {
  return step("kubeconfig", args, { renewal: args.renewal.of ?? "" });
}

/** Standard input of the `host-key` step: an ed25519 private key in OpenSSH format. */
export function hostKeyStdin(privateKey: string): string {
  return privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`;
}

/**
 * Standard input of the `k3s-join` step. A worker never sees the server token, which is as good as cluster-admin.
 *
 * Of a cluster with authorities of its own, tokens name the root, so that a joining node knows whom it talks to, and
 * servers are given the authorities: a line each, `<file below server/tls> <base64>`.
 */
export function joinStdin(args: {
  readonly role: Role;
  readonly serverToken: string;
  readonly agentToken: string;
  readonly authorities?: Authorities;
}): string {
  const { authorities, agentToken } = args;
  const token = (user: string, secret: string): string =>
    authorities === undefined ? secret : `K10${authorities.rootHash}::${user}:${secret}`;
  switch (args.role) {
    case "control-plane": {
      const files = authorities?.files ?? [];
      const lines = files.map(({ path, content }) => `${path} ${Buffer.from(content).toString("base64")}\n`);
      return `${token("server", args.serverToken)}\n${agentToken}\n${lines.join("")}`;
    }
    case "worker":
      return `${token("node", agentToken)}\n`;
    default:
      return args.role satisfies never;
  }
}

function step(verb: Verb, bounded: Bounded, params: Params): string {
  return composeStep({
    verb,
    params: { ...params, timeout: seconds("timeout", bounded.timeout) },
    body: shellBody(`steps/${verb}.sh`),
  });
}

function seconds(what: string, value: number): string {
  if (!Number.isInteger(value) || value < 0) throw new Error(`${what} is ${value} → give whole seconds`);
  return String(value);
}

function k3sRole(role: Role): "server" | "agent" {
  return role === "control-plane" ? "server" : "agent";
}
