import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import {
  backupStep,
  completeStep,
  forgetStep,
  listStep,
  readRestore,
  readSnapshots,
  receiveStep,
  restoreStep,
  type Snapshot,
  sendStep,
  stateStep,
  stopStep,
} from "../../lib/k3s/etcd.ts";
import { joinStep, memberStep } from "../../lib/k3s/steps.ts";
import { messageOf } from "../../lib/words.ts";
import { Refused } from "../command.ts";

/** A control plane as the stack file has it. */
export interface Server {
  /** `<pool>-<n>`. */
  readonly id: string;
  /** In Kubernetes. */
  readonly name: string;
  readonly address: string;
}

export interface Run {
  readonly script: string;
  readonly stdin?: string | Readable;
  readonly into?: Writable;
}

/** Runs a step on a server. Resolves with its output; @throws Error that says why it failed */
export type RunOn = (server: Server, run: Run) => Promise<string>;

export interface EtcdArgs {
  readonly servers: readonly Server[];
  /** `host:port` of the cluster. */
  readonly endpoint: string;
  readonly run: RunOn;
  readonly say: (line: string) => void;
}

export interface Found extends Snapshot {
  /** `<pool>-<n>` of the server whose disk it is on. */
  readonly node: string;
}

/** A snapshot on the named server or, without one, the first that takes it. */
export async function backup(
  { servers, run, say }: EtcdArgs,
  { node, label }: { readonly node: string | undefined; readonly label: string },
): Promise<Found> {
  const failed: string[] = [];
  for (const server of node === undefined ? servers : [serverOf(servers, node)]) {
    say(`${server.id}: taking a snapshot`);
    try {
      const [snapshot] = readSnapshots(await run(server, { script: backupStep({ name: server.name, label }) }));
      if (snapshot === undefined) throw new Error("it did not say what it took");
      return { ...snapshot, node: server.id };
    } catch (error) {
      failed.push(`${server.id}: ${messageOf(error)}`);
    }
  }
  throw new Error(`no snapshot was taken\n${failed.join("\n")}`);
}

/** Brings a snapshot here. Whole or not at all. Returns its path. */
export async function fetchSnapshot({ servers, run, say }: EtcdArgs, found: Found, folder: string): Promise<string> {
  const server = serverOf(servers, found.node);
  const path = join(folder, found.file);
  const partial = `${path}.partial`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  say(`${server.id}: bringing ${found.file} here, ${found.bytes} bytes`);
  try {
    await run(server, {
      script: sendStep({ name: server.name, snapshot: found.file }),
      into: createWriteStream(partial, { mode: 0o600 }),
    });
    if ((await hashOf(partial)) !== found.sha256) throw new Error(`${found.file} did not arrive whole: run again`);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
  return path;
}

/** Snapshots on every disk that can be looked at, the newest name last. */
export async function list({ servers, run }: EtcdArgs, node: string | undefined) {
  const asked = node === undefined ? servers : [serverOf(servers, node)];
  const looked = await Promise.all(
    asked.map(async (server) => {
      try {
        const found = readSnapshots(await run(server, { script: listStep({ name: server.name }) }));
        return { found: found.map((each): Found => ({ ...each, node: server.id })), silent: [] };
      } catch (error) {
        return { found: [], silent: [{ node: server.id, reason: messageOf(error) }] };
      }
    }),
  );
  return {
    snapshots: looked.flatMap(({ found }) => found),
    silent: looked.flatMap(({ silent }) => silent),
  };
}

export interface RestorePlan {
  readonly server: Server;
  readonly others: readonly Server[];
  readonly snapshot: string;
  /** Here, when it is on no server yet. */
  readonly file?: string;
}

/** Where a restore would begin. Changes nothing. @throws Refused */
export async function planRestore(
  args: EtcdArgs,
  wanted: { readonly snapshot: string; readonly file?: string; readonly node: string | undefined },
): Promise<RestorePlan> {
  const { snapshot, file, node } = wanted;
  const plan = (id: string): RestorePlan => ({
    server: serverOf(args.servers, id),
    others: args.servers.filter((each) => each.id !== id),
    snapshot,
    ...(file === undefined ? {} : { file }),
  });
  if (file !== undefined) {
    if (!existsSync(file)) throw new Refused(`there is no file ${file}`);
    return plan(node ?? args.servers[0]?.id ?? "");
  }
  const { snapshots, silent } = await list(args, node);
  const has = snapshots.find((each) => each.file === snapshot);
  if (has !== undefined) return plan(has.node);
  const deaf = silent.map((each) => `; ${each.node}: ${each.reason}`).join("");
  throw new Refused(
    `no control plane has a snapshot ${snapshot}${deaf} → npm run etcd -- <stack> list shows those that there are`,
  );
}

/**
 * Puts every server back to a snapshot. Each step may run again: a restore that was cut off goes on where it was.
 * @param stdinOf What the join step of a server reads.
 */
export async function restore(
  args: EtcdArgs,
  { server, others, snapshot, file }: RestorePlan,
  stdinOf: (server: Server) => string,
): Promise<void> {
  const { run, say, endpoint } = args;
  const { name } = server;
  if (file !== undefined) {
    say(`${server.id}: sending ${snapshot} there`);
    const stdin = createReadStream(file);
    await run(server, { script: receiveStep({ name, snapshot, sha256: await hashOf(file) }), stdin });
  }
  // All of them are reached before any is stopped for good: what begins now has to end. A server that has come back in
  // this restore goes on running.
  const current = readRestore(await run(server, { script: stateStep({ name, snapshot }) })) ?? "";
  for (const each of others) {
    say(`${each.id}: stopping k3s`);
    await run(each, { script: stopStep({ name: each.name, restore: current }) });
  }
  say(`${server.id}: resetting the cluster to ${snapshot}`);
  const begun = readRestore(await run(server, { script: restoreStep({ name, snapshot }) }));
  if (begun === undefined) throw new Error(`${server.id} did not say which restore this is: run again`);
  const peer = `${server.address}:6443`;
  for (const each of others) {
    say(`${each.id}: joining anew`);
    await run(each, { script: forgetStep({ name: each.name, restore: begun, peer }) });
    await run(each, {
      script: joinStep({
        ...{ name: each.name, role: "control-plane", endpoint, timeout: 900 },
        peers: [peer],
      }),
      stdin: stdinOf(each),
    });
    await run(server, { script: memberStep({ name: each.name, role: "control-plane", timeout: 600, ready: false }) });
  }
  await run(server, { script: completeStep({ name, restore: begun }) });
}

export function serverOf(servers: readonly Server[], id: string): Server {
  const server = servers.find((each) => each.id === id);
  if (server === undefined)
    throw new Refused(`there is no control plane ${id}. There are: ${servers.map((each) => each.id).join(", ")}`);
  return server;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}
