import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { EngineStack } from "../../rehearsal/pulumi/stack.ts";

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

/** Starts a program where and as somebody would who works with the stack in a terminal. */
export function start(stack: EngineStack, command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { ...stack.surroundings(), stdio: ["ignore", "pipe", "pipe"] });
  const parts = { out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => (parts.out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (parts.err += text.toString()));
  const ended = once(child, "close").then(([status]) => ({ ...parts, status: status as number | null }));
  return { pid: child.pid ?? 0, ended };
}

/** Ends it and all that came of it, as a machine that loses its power does. */
export function killAll({ pid }: Running): void {
  for (const each of family(pid)) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // It was quicker.
    }
  }
}

/** A process and all that came of it: the engine puts each plugin into a group of its own. */
function family(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return [];
      }
    });
  const children = (of: number): readonly number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...children(child.pid)]);
  return [pid, ...children(pid)];
}
