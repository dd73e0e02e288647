import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { LockHolder } from "../../lib/recover/plan.ts";
import { stackName } from "../stack.ts";

// Source: pulumi/pulumi, pkg/backend/diy/lock.go
const lock = z.object({ pid: z.number(), username: z.string(), hostname: z.string(), timestamp: z.string() });

export interface LocksArgs {
  /** URL of the backend. */
  readonly backend: string;
  readonly project: string;
  readonly stack: string;
}

/**
 * Who holds the lock of a stack, where the state lies in a directory. Elsewhere nobody is known: the engine itself
 * refuses to change a stack that is locked, and says by whom.
 */
export function lockHolders({ backend, project, stack }: LocksArgs): readonly LockHolder[] {
  if (!backend.startsWith("file://")) return [];
  const folder = join(directoryOf(backend), ".pulumi", "locks", "organization", project, stackName(stack));
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => holderOf(lock.parse(JSON.parse(readFileSync(join(folder, file), "utf8")))));
}

/** `file://~` and `file://./state` are written so, too. */
function directoryOf(backend: string): string {
  const path = backend.slice("file://".length);
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return path.startsWith("/") ? fileURLToPath(new URL(backend)) : path;
}

function holderOf({ pid, username, hostname: host, timestamp }: z.output<typeof lock>): LockHolder {
  const who = `${username}@${host} (pid ${pid}, since ${timestamp.slice(0, 19)})`;
  if (host !== hostname()) return { who, state: "unknown" };
  return { who, state: isRunning(pid) ? "running" : "gone" };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process, which is one all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
