import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { endpointHost } from "../config/context.ts";
import { heldCluster } from "../lib/talos/held.ts";
import { UsageError } from "../rehearsal/engine/stack-file.ts";
import { printer, Refused, runCommand } from "./command.ts";
import { type Held, heldNodes } from "./etcd/held.ts";
import { type Options, readOptions, usage } from "./etcd/options.ts";
import { backup, type EtcdArgs, fetchSnapshot, list, planRestore, restore, type Server } from "./etcd/perform.ts";
import { runOver } from "./etcd/ssh.ts";
import { backupTalos, planTalosRestore, restoreTalos, type TalosArgs } from "./etcd/talos.ts";
import { Engine, NoStack } from "./recover/engine.ts";
import { readStage } from "./stage.ts";
import { runHere } from "./talos/run.ts";
import { talosStage } from "./talos/stage.ts";

/** Exit status, see `usage`. */
async function perform(options: Options): Promise<number> {
  const { stack, ask, node, json } = options;
  const parsed = readStage(process.cwd(), stack);
  const state = (): Promise<string> => new Engine(stack).export({ secrets: true });
  if (parsed.stage.cluster.distribution === "talos") {
    const stage = talosStage(process.cwd(), stack);
    const { administrator } = heldCluster(await state(), stage.cluster);
    return await talos({ stage, administrator, run: runHere }, parsed.stage.platform, options);
  }
  const { servers, endpoint } = clusterOf(stack, parsed);
  const held = heldNodes(await state());
  const args: EtcdArgs = { servers, endpoint, run: runner(held), say };
  const print = printer(json);
  switch (ask.verb) {
    case "backup": {
      const taken = await backup(args, { node, label: labelNow() });
      const path = ask.to === undefined ? undefined : await fetchSnapshot(args, taken, ask.to);
      print(
        { ...taken, ...(path === undefined ? {} : { path }) },
        `${taken.file}  on ${taken.node}${path === undefined ? "" : `, and here: ${path}`}\n`,
      );
      return 0;
    }
    case "list": {
      const { snapshots, silent } = await list(args, node);
      const lines = [
        ...snapshots.map(({ node: on, file, bytes }) => `${on}  ${file}  ${bytes} bytes\n`),
        ...silent.map(({ node: on, reason }) => `${on}  does not answer: ${reason}\n`),
      ];
      print({ snapshots, silent }, lines.length === 0 ? "There is no snapshot.\n" : lines.join(""));
      return silent.length === 0 ? 0 : 1;
    }
    case "restore": {
      const { snapshot, file } = ask;
      const plan = await planRestore(args, { snapshot, node, ...(file === undefined ? {} : { file }) });
      const names = servers.map(({ id }) => id).join(", ");
      say(
        `${stack}: the cluster goes back to ${snapshot}, from ${plan.server.id}. What has changed since is lost. k3s stops on ${names}; until it is back nobody can change anything, and pods run on`,
      );
      if (!ask.yes) await demandAgreement(stack);
      await restore(args, plan, (server) => heldOf(held, server).stdin);
      print({ snapshot, node: plan.server.id, result: "restored" }, `${snapshot}: restored\n`);
      return 0;
    }
    default: {
      const unknown: never = ask;
      throw new Error(`unknown verb: ${JSON.stringify(unknown)}`);
    }
  }
}

type Releases = Readonly<Record<string, unknown>>;

async function talos(args: TalosArgs, releases: Releases, { stack, ask, node, json }: Options): Promise<number> {
  const print = printer(json);
  switch (ask.verb) {
    case "backup": {
      const taken = await backupTalos(args, { to: ask.to, node, label: labelNow() });
      print(taken, `${taken.path}\n`);
      return 0;
    }
    case "list":
      throw new Refused(
        "Talos keeps no snapshots on its machines: those that backup --to DIR brings here are all there are",
      );
    case "restore": {
      const { file, snapshot } = ask;
      const plan = await planTalosRestore(args, { file, node, releases });
      say(
        `${stack}: the cluster goes back to ${snapshot}, from ${plan[0].id}. What has changed since is lost, and so is all under /var of ${plan.map(({ id }) => id).join(", ")}: volumes of class local-path, images, logs`,
      );
      if (!ask.yes) await demandAgreement(stack);
      await restoreTalos(args, plan, file ?? "");
      print({ snapshot, node: plan[0].id, result: "restored" }, `${snapshot}: restored\n`);
      return 0;
    }
    default: {
      const unknown: never = ask;
      throw new Error(`unknown verb: ${JSON.stringify(unknown)}`);
    }
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** `groundwork-20261121-120000`: names a backup in the list, the newest last. */
const labelNow = (): string =>
  `groundwork-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}`;

/** @throws UsageError for a stack without k3s on machines of its own */
function clusterOf(
  stack: string,
  { stage, nodes }: ReturnType<typeof readStage>,
): { readonly servers: readonly Server[]; readonly endpoint: string } {
  const { distribution } = stage.cluster;
  if (distribution !== "k3s")
    throw new UsageError(`${stack} runs ${distribution}, whose etcd goes with its containers`);
  return {
    servers: nodes
      .filter(({ role }) => role === "control-plane")
      .map(({ name, hostname, address }) => ({ id: name, name: hostname, address })),
    endpoint: `${endpointHost(stage)}:6443`,
  };
}

function heldOf(held: ReadonlyMap<string, Held>, { id }: Server): Held {
  const found = held.get(id);
  if (found === undefined)
    throw new Refused(`the stack's state holds no ${id}-join, by which ${id} would be known: pulumi up makes it`);
  return found;
}

const runner =
  (held: ReadonlyMap<string, Held>): EtcdArgs["run"] =>
  async (server, run: { readonly script: string; readonly stdin?: string | Readable; readonly into?: Writable }) => {
    let last = "";
    const { code, stdout } = await runOver(heldOf(held, server).connection, {
      ...run,
      say: (text) => {
        process.stderr.write(text.replaceAll(/^(?=.)/gm, "  "));
        last = text.trimEnd().split("\n").at(-1) ?? last;
      },
    });
    if (code === 0) return stdout;
    throw new Error(
      last === "" ? "the connection ended before the step did: run again" : last.replace(/^groundwork: /, ""),
    );
  };

/** Asks whoever sits there for the stack's name; nobody there has not agreed. @throws Refused */
async function demandAgreement(stack: string): Promise<void> {
  const refused = new Refused("nothing was done. To do it without being asked: --yes");
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) throw refused;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Write ${stack} to do it: `);
  terminal.close();
  if (answer.trim() !== stack) throw refused;
}

process.exitCode = await runCommand({ name: "etcd", usage, readOptions, perform, misuse: [NoStack, UsageError] });
