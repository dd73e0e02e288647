import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Measured {
  readonly seconds: number;
  readonly resources: number;
  /** MiB: the most that the rehearsal and the program held together at one time. */
  readonly memory: number;
}

/** Measures one thing in a process of its own, so that nothing is warm that would not be. */
export function inOwnProcess(what: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "one.ts"), what], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    let memory = 0;
    const watch = setInterval(() => {
      if (child.pid !== undefined) memory = Math.max(memory, resident(child.pid));
    }, 100);
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      clearInterval(watch);
      if (status === 0) resolve({ ...(JSON.parse(text) as Omit<Measured, "memory">), memory });
      else reject(new Error(`measuring ${what} failed with status ${String(status)}`));
    });
  });
}

/** MiB that the children of a process by that name hold, with all below them. */
export function residentBelow(pid: number, name: string): number {
  return childrenOf(pid)
    .filter((child) => nameOf(child) === name)
    .reduce((sum, child) => sum + resident(child), 0);
}

/** Of every thread: a Go program starts others from any of them. */
const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readIfThere(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );

const nameOf = (pid: number): string => readIfThere(`/proc/${pid}/comm`).trim();

/** Empty for what has ended meanwhile. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Resident memory of a process and all below it, in MiB; 0 for one that has gone. Source: proc(5) */
function resident(pid: number): number {
  try {
    const kilobytes = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    return childrenOf(pid).reduce((sum, child) => sum + resident(child), kilobytes / 1024);
  } catch {
    return 0;
  }
}
