import type { Renewal } from "../administrator.ts";
import { shellBody, stepLibrary } from "../bootstrap/assets.ts";
import { stepHead } from "../bootstrap/shell.ts";
import { base64 } from "./secrets.ts";

/** What a step does; its body is cloud-init/steps/<verb>.sh. All run where the program does, and drive talosctl. */
type Verb =
  | "talos-apply"
  | "talos-bootstrap"
  | "talos-member"
  | "talos-leave"
  | "talos-reset"
  | "talos-kubeconfig"
  | "talos-etcd-backup"
  | "talos-etcd-wipe"
  | "talos-etcd-recover";

/** Seconds that each step gives itself. */
export const stepSeconds = {
  apply: 1800,
  bootstrap: 900,
  member: 900,
  leave: 1800,
  reset: 300,
  kubeconfig: 300,
  backup: 600,
  wipe: 900,
  recover: 900,
};

interface Machine {
  /** Host name, the Kubernetes Node's too. */
  readonly name: string;
  /** The machine's own, never a virtual one. */
  readonly address: string;
  /** Seconds after which the step gives up by itself. */
  readonly timeout: number;
}

/**
 * Gives a machine its configuration. Standard input: `talosStdin` with it.
 * `disk`: path of the disk that has to be there; empty when it is found by other means.
 */
export function applyStep(args: Machine & { readonly disk: string }): string {
  return step("talos-apply", { ...args });
}

/**
 * Starts the cluster on its first control plane, unless one of them has it. `peers`: the others' addresses.
 * `again`: whether a cluster that is there is what was wanted, or a mistake.
 */
export function bootstrapStep(
  args: Machine & { readonly peers: readonly string[]; readonly again: "accept" | "refuse" },
): string {
  return step("talos-bootstrap", { ...args, peers: args.peers.join(" ") });
}

type Role = "control-plane" | "worker";

/** Waits until a node is a complete part of the cluster. `peer`: address of the control plane that is asked. */
export function memberStep(args: Machine & { readonly role: Role; readonly peer: string }): string {
  return step("talos-member", { ...args });
}

/**
 * Takes a node out of the cluster, dead or alive. `peers`: addresses of the other control planes. The only one is asked
 * itself, since others may have come by then: etcd knows them. While there are none it refuses.
 */
export function leaveStep(args: Machine & { readonly peers: readonly string[] }): string {
  const { peers, address } = args;
  return step("talos-leave", { ...args, peers: (peers.length === 0 ? [address] : peers).join(" ") });
}

/** Wipes a machine that goes with its whole cluster, and leaves it in maintenance mode. */
export function resetStep(args: Machine): string {
  return step("talos-reset", { ...args });
}

/** Prints a kubeconfig of the administrator, with a certificate that Talos makes for it: a renewal is another text. */
export function kubeconfigStep({ renewal, ...machine }: Omit<Machine, "name"> & { readonly renewal: Renewal }): string {
  return step("talos-kubeconfig", { ...machine, renewal: renewal.of ?? "" });
}

/**
 * Brings a snapshot of etcd here, to `file`, an absolute path, from the first of `peers` (addresses of control planes) that
 * gives one. Prints `<address>|<bytes>`.
 */
export function backupStep(
  args: Omit<Machine, "name" | "address"> & { readonly peers: readonly string[]; readonly file: string },
): string {
  return step("talos-etcd-backup", { ...args, peers: args.peers.join(" ") });
}

/** Takes etcd's data and all else under /var from a control plane. `look`: only looks whether it could. */
export function wipeEtcdStep({ look, ...machine }: Machine & { readonly look: boolean }): string {
  return step("talos-etcd-wipe", { ...machine, look: look ? "yes" : "no" });
}

/** Begins the cluster anew with the snapshot `file`, an absolute path, on a control plane that has no data. */
export function recoverStep(args: Machine & { readonly file: string }): string {
  return step("talos-etcd-recover", { ...args });
}

/** Standard input of every step: the talosconfig, then the step's own text. Secret. */
export function talosStdin(talosconfig: string, ...more: readonly string[]): string {
  return [talosconfig, ...more].map((text) => `${base64(text)}\n`).join("");
}

function step(verb: Verb, given: Readonly<Record<string, string | number>>): string {
  const params = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
  return stepHead(verb, params) + stepLibrary() + shellBody("steps/talos.sh") + shellBody(`steps/${verb}.sh`);
}
