import { shellBody } from "../bootstrap/assets.ts";
import type { Params } from "../bootstrap/shell.ts";
import { composeStep, type Verb } from "./steps.ts";

/** Seconds that each step of a backup or restore gives itself. A snapshot is read and written at the disk's speed. */
const timeouts = {
  "etcd-backup": 600,
  "etcd-list": 120,
  "etcd-send": 900,
  "etcd-receive": 900,
  "etcd-state": 60,
  "etcd-stop": 180,
  "etcd-restore": 900,
  "etcd-forget": 180,
  "etcd-complete": 60,
} as const satisfies Partial<Record<Verb, number>>;

type EtcdVerb = keyof typeof timeouts;

function etcdStep(verb: EtcdVerb, params: Params): string {
  return composeStep({
    verb,
    params: { ...params, timeout: String(timeouts[verb]) },
    body: shellBody(`steps/${verb}.sh`),
  });
}

interface Named {
  /** The server's name in Kubernetes. */
  readonly name: string;
}

/** Takes a snapshot whose file's name begins with `label`, once. Prints it as `readSnapshots` reads it. */
export const backupStep = (args: Named & { readonly label: string }): string => etcdStep("etcd-backup", { ...args });

/** Prints the snapshots on a server's disk, as `readSnapshots` reads them. */
export const listStep = (args: Named): string => etcdStep("etcd-list", { ...args });

/** Sends a snapshot on standard output. */
export const sendStep = (args: Named & { readonly snapshot: string }): string => etcdStep("etcd-send", { ...args });

/** Takes a snapshot from standard input. */
export const receiveStep = (args: Named & { readonly snapshot: string; readonly sha256: string }): string =>
  etcdStep("etcd-receive", { ...args });

/** Prints the name of a restore of this snapshot that was cut off on a server, as `readRestore` reads it. */
export const stateStep = (args: Named & { readonly snapshot: string }): string => etcdStep("etcd-state", { ...args });

/** Stops a server, unless it has come back in the restore of that name; empty: whatever it has done. */
export const stopStep = (args: Named & { readonly restore: string }): string => etcdStep("etcd-stop", { ...args });

/** Puts a snapshot in the place of a server's data. Prints the restore's name, as `readRestore` reads it. */
export const restoreStep = (args: Named & { readonly snapshot: string }): string =>
  etcdStep("etcd-restore", { ...args });

/** Takes a server's data from it, once for each restore; joining anew through `peer`, host:port, is the step `k3s-join`. */
export const forgetStep = (args: Named & { readonly restore: string; readonly peer: string }): string =>
  etcdStep("etcd-forget", { ...args });

/** Ends a restore. On the server that it began on. */
export const completeStep = (args: Named & { readonly restore: string }): string =>
  etcdStep("etcd-complete", { ...args });

export interface Snapshot {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export function readSnapshots(text: string): readonly Snapshot[] {
  return text.split("\n").flatMap((line) => {
    const [, file, bytes, sha256] = /^([^|/]+)\|(\d+)\|([0-9a-f]{64})$/.exec(line) ?? [];
    return file === undefined || sha256 === undefined ? [] : [{ file, bytes: Number(bytes), sha256 }];
  });
}

export function readRestore(text: string): string | undefined {
  return /^restore (\S+ \d+)$/m.exec(text)?.[1];
}
