import type { ChildProcess } from "node:child_process";

/** The exit code; undefined when a signal ended it. */
export function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? undefined));
  });
}

/** With its children: it leads a process group of its own. */
export function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // It has ended, and its end has not been told yet.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
