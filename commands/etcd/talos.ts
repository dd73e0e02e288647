import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { HeldCluster } from "../../lib/talos/held.ts";
import type { ClusterNode } from "../../lib/talos/options.ts";
import { backupStep, memberStep, recoverStep, stepSeconds, talosStdin, wipeEtcdStep } from "../../lib/talos/steps.ts";
import { Refused } from "../command.ts";
import { credentials, machineOf, type RunStep } from "../talos/perform.ts";
import { controlPlanesOf, nodeOf, type TalosStage } from "../talos/stage.ts";

export interface TalosArgs {
  readonly stage: TalosStage;
  /** As the stack's state has it. */
  readonly administrator: HeldCluster["administrator"];
  readonly run: RunStep;
}

export interface TalosBackup {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly path: string;
}

/** Brings a snapshot of etcd here, the only place where one is kept. @throws Refused */
export async function backupTalos(
  args: TalosArgs,
  { to, node, label }: { readonly to: string | undefined; readonly node: string | undefined; readonly label: string },
): Promise<TalosBackup> {
  if (to === undefined) throw new Refused("Talos keeps no snapshots on its machines: say where to bring it, --to DIR");
  const peers = node === undefined ? controlPlanesOf(args.stage) : [nodeOf(args.stage, node)];
  const file = `${label}.db`;
  const path = join(to, file);
  const addresses = peers.map(({ address }) => address);
  await perform(args, backupStep({ peers: addresses, file: resolve(path), timeout: stepSeconds.backup }));
  const content = readFileSync(path);
  return { file, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex"), path };
}

/** Control planes in the order of a restore: the first takes the snapshot. */
export type TalosPlan = readonly [ClusterNode, ...ClusterNode[]];

export interface TalosRestore {
  /** The snapshot, here. */
  readonly file: string | undefined;
  readonly node: string | undefined;
  /** Options of the stage's releases, by name. */
  readonly releases: Readonly<Record<string, unknown>>;
}

/** What a restore would do. Looks at every control plane and changes none. @throws Refused */
export async function planTalosRestore(args: TalosArgs, wanted: TalosRestore): Promise<TalosPlan> {
  const { file, node, releases } = wanted;
  if (file === undefined || !existsSync(file))
    throw new Refused(
      "Talos keeps no snapshots on its machines: name the file that backup --to DIR has brought here, with its folder",
    );
  if (releases["rook-ceph-cluster"] !== undefined)
    throw new Refused(
      "it would wipe /var of every control plane, and Ceph's monitors with it: docs/etcd.md says how it is done by hand. Nothing was changed",
    );
  const all = controlPlanesOf(args.stage);
  const first = node === undefined ? all[0] : all.find(({ id }) => id === node);
  if (first === undefined)
    throw new Refused(`there is no control plane ${node ?? ""}. There are: ${all.map(({ id }) => id).join(", ")}`);
  for (const each of all) await perform(args, wipeEtcdStep({ ...machineOf(each), look: true, timeout: 60 }));
  return [first, ...all.filter((each) => each !== first)];
}

/** Puts etcd back to a snapshot on all control planes. Run again, it begins anew and ends the same. */
export async function restoreTalos(args: TalosArgs, plan: TalosPlan, file: string): Promise<void> {
  const [first] = plan;
  for (const each of plan)
    await perform(args, wipeEtcdStep({ ...machineOf(each), look: false, timeout: stepSeconds.wipe }));
  await perform(args, recoverStep({ ...machineOf(first), file: resolve(file), timeout: stepSeconds.recover }));
  const role = "control-plane";
  for (const each of plan)
    await perform(args, memberStep({ ...machineOf(each), role, peer: first.address, timeout: stepSeconds.member }));
}

async function perform({ stage, administrator, run }: TalosArgs, script: string): Promise<void> {
  const failed = await run(script, talosStdin(credentials(stage, { administrator })));
  if (failed !== undefined) throw new Error(failed);
}
