import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { heldCluster } from "../../lib/talos/held.ts";
import { backupStep, stepSeconds, talosStdin } from "../../lib/talos/steps.ts";
import { talosconfig } from "../../lib/talos/talosconfig.ts";
import type { RunStep } from "../talos/perform.ts";
import { controlPlanesOf, nodeOf, type TalosStage } from "../talos/stage.ts";
import type { Ask } from "./options.ts";
import { Refused } from "./perform.ts";

export interface TalosBackup {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly path: string;
}

export interface TalosArgs {
  readonly stage: TalosStage;
  /** Of `pulumi stack export --show-secrets`. */
  readonly state: string;
  readonly node: string | undefined;
  /** Name of the snapshot. */
  readonly label: string;
  readonly run: RunStep;
}

/** A snapshot of a Talos cluster's etcd, brought here. @throws Refused for what only a person may do to Talos */
export async function talosEtcd(ask: Ask, { stage, state, node, label, run }: TalosArgs): Promise<TalosBackup> {
  if (ask.verb === "list")
    throw new Refused(
      "Talos keeps no snapshots on its machines: those that backup --to DIR brings here are all there are",
    );
  if (ask.verb === "restore")
    throw new Refused(
      "a restore of Talos wipes /var of every control plane, and Ceph's monitors with it: docs/etcd.md says how it is done by hand. Nothing was changed",
    );
  if (ask.to === undefined)
    throw new Refused("Talos keeps no snapshots on its machines: say where to bring it, --to DIR");
  const { administrator } = heldCluster(state, stage.cluster);
  if (administrator === undefined) throw new Refused("the stack's state holds no administrator of this cluster yet");
  const peers = node === undefined ? controlPlanesOf(stage) : [nodeOf(stage, node)];
  const file = `${label}.db`;
  const path = join(ask.to, file);
  const failed = await run(
    backupStep({ peers: peers.map(({ address }) => address), file: resolve(path), timeout: stepSeconds.backup }),
    talosStdin(talosconfig({ cluster: stage.cluster, endpoints: [], nodes: [], ...administrator })),
  );
  if (failed !== undefined) throw new Error(failed);
  const content = readFileSync(path);
  return { file, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex"), path };
}
