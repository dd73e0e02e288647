import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../engine/stack-file.ts";
import { inOwnNetwork, whyNoOwnNetwork } from "../hosts/own-network.ts";
import { controlPlanePrograms, ensurePrograms } from "./kube/binaries.ts";
import { missingForStacks } from "./missing.ts";

export interface IsolatedArgs {
  readonly command: readonly string[];
  /** Plugins that it needs, by name. */
  readonly plugins: readonly string[];
  /** Gets a line for each program that has to be built first. */
  readonly say: (line: string) => void;
}

/**
 * Runs a command in a network of its own and resolves with its exit status. Its temporary files and whatever it started
 * go with it, however it ends. Signals are passed on to it, once each.
 * @throws UsageError naming everything that is missing, each with its remedy.
 */
export async function runIsolated({ command, plugins, say }: IsolatedArgs): Promise<number> {
  const noNetwork = whyNoOwnNetwork();
  const missing = [...missingForStacks(plugins, { isolated: true }), ...(noNetwork === undefined ? [] : [noNetwork])];
  if (missing.length > 0)
    throw new UsageError(
      `the real engine cannot be brought up here:\n${missing.map((line) => `  ${line}`).join("\n")}`,
    );
  // Inside there is no module proxy to build from.
  await ensurePrograms(controlPlanePrograms, say);
  const scratch = mkdtempSync(join(tmpdir(), "groundwork-engine-"));
  const [program, ...args] = inOwnNetwork(command);
  const child = spawn(program, args, {
    // A group of its own: a terminal's Ctrl-C would else reach the engine too, and twice means at once to it.
    detached: true,
    // The channel closes when this process is gone, in whatever way.
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, TMPDIR: scratch },
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of stopSignals) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status) => resolve(status ?? 1));
    });
  } finally {
    for (const signal of stopSignals) process.off(signal, forward);
    killGroup(child.pid);
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What asks for an end: a terminal's Ctrl-C, a supervisor, a terminal that closes. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Aborts when this process is asked to end, or when the one that runs it isolated has gone. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of stopSignals) process.on(signal, () => stop.abort());
  process.once("disconnect", () => stop.abort());
  // Listening must not keep the process from ending by itself.
  process.channel?.unref();
  return stop.signal;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody is left: the rule.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
