import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface DaemonArgs {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** File that gets what it prints. */
  readonly log: string;
}

/** A program that runs until it is stopped, or until this process ends in whatever way. */
export interface Daemon {
  readonly name: string;
  readonly log: string;
  /** How it ended; undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** Seconds from the request to stop until the program is killed. */
const grace = 5;

/**
 * Waits on standard input beside the program: a pipe that closes when its other end, this process, is gone, SIGKILL
 * included. The program is then asked to stop, and killed if it does not. Nothing is left behind in any case.
 */
const keeper = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ cat >/dev/null; kill -TERM "$program"; sleep ${grace}; kill -KILL "$program"; } <&3 2>/dev/null &
watch=$!
exec 3<&-
wait "$program"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
`;

export function startDaemon({ name, path, args, cwd, log }: DaemonArgs): Daemon {
  const file = openSync(log, "a");
  // A session of its own: Ctrl-C reaches this process alone, and then the pipe stops the rest in order.
  const child = spawn("/bin/sh", ["-c", keeper, name, path, ...args], {
    cwd,
    detached: true,
    stdio: ["pipe", file, file],
  });
  closeSync(file);
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ended = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      ended = code === null ? `signal ${signal ?? "unknown"}` : `exit code ${code}`;
      resolve();
    });
  });
  child.stdin?.on("error", () => undefined);
  return {
    name,
    log,
    ended: () => ended,
    async stop() {
      child.stdin?.end();
      const inTime = await Promise.race([end.then(() => true), sleep((grace + 5) * 1000, false, { ref: false })]);
      if (!inTime) killGroup(child);
      await end;
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Asks until the answer is yes.
 * @throws when the time (in seconds) is over or a program has ended, with the end of the log of the one to blame.
 */
export async function until(args: {
  readonly what: string;
  readonly daemons: readonly Daemon[];
  readonly seconds: number;
  readonly ready: () => Promise<boolean>;
}): Promise<void> {
  const { what, daemons, seconds, ready } = args;
  const deadline = Date.now() + seconds * 1000;
  let why = "";
  while (Date.now() < deadline) {
    const dead = daemons.find((daemon) => daemon.ended() !== undefined);
    if (dead !== undefined) {
      throw new Error(`${dead.name} ended with ${dead.ended() ?? ""} while ${what}\n${tail(dead)}`);
    }
    try {
      if (await ready()) return;
    } catch (error) {
      why = error instanceof Error ? `: ${error.message}` : "";
    }
    await sleep(100);
  }
  throw new Error([`not after ${seconds} s: ${what}${why}`, ...daemons.slice(-1).map(tail)].join("\n"));
}

const tail = ({ log }: Daemon): string => `its log, ${log}, ends with:\n${readFileSync(log, "utf8").slice(-2000)}`;

/** Ports of 127.0.0.1 that nobody listens on, each different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
