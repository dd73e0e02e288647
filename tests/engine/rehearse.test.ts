import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";

// `npm run rehearse -- prod --engine pulumi` as a user runs it.

const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) process.stderr.write(`skipped: the command on the real engine: ${line}\n`);

const scratch = mkdtempSync(join(tmpdir(), "groundwork-command-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param stopAt the text on standard output at which Ctrl-C is pressed. */
function rehearse(args: readonly string[], stopAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, ["commands/rehearse.ts", "prod", "--engine", "pulumi", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: scratch },
  });
  let [out, err] = ["", ""];
  let asked = false;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
    if (stopAt === undefined || asked || !out.includes(stopAt)) return;
    asked = true;
    child.kill("SIGINT");
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (err += piece));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, out, err }));
  });
}

/** Processes that were started with the scratch directory for their temporary files, and so by the command. */
const running = (): readonly string[] =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`TMPDIR=${scratch}`))
    .map((pid) => `${pid} ${commandOf(pid)}`);

/** What is left a little later: whoever was killed may take a moment on a busy machine. */
async function left() {
  for (let waited = 0; running().length > 0 && waited < 10; waited++) await delay(1000);
  // Node's own, which the engine's language host turns on, is a cache for the next program.
  return { running: running(), files: readdirSync(scratch).filter((file) => file !== "node-compile-cache") };
}

const environmentOf = (pid: string): string => ofProcess(pid, "environ");
const commandOf = (pid: string): string => ofProcess(pid, "cmdline").replaceAll("\0", " ");

/** Empty for a process that has ended meanwhile. */
function ofProcess(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    return "";
  }
}

describe.skipIf(missing.length > 0)("rehearse on the real engine", () => {
  test("prod goes up, stays as it is, and goes away again, as it does offline", async () => {
    const { status, out, err } = await rehearse(["--json"]);
    expect({ status, why: status === 0 ? "" : out + err }).toEqual({ status: 0, why: "" });
    const { commands, findings, succeeded } = JSON.parse(out) as {
      readonly succeeded: boolean;
      readonly findings: readonly unknown[];
      readonly commands: readonly { readonly command: string; readonly changes: readonly string[] }[];
    };
    expect({ succeeded, findings }).toEqual({ succeeded: true, findings: [] });
    const kinds = commands.map(({ command, changes }) => [
      command,
      [...new Set(changes.map((change) => change.split(" ")[0]))],
    ]);
    expect(kinds).toEqual([
      ["up", ["create"]],
      ["second up", []],
      ["destroy", ["delete"]],
    ]);
    expect(commands[0]?.changes).toContain("create cp-3-member");
    expect(commands[2]?.changes.length).toBe(commands[0]?.changes.length);
    expect(await left()).toEqual({ running: [], files: [] });
  });

  test("Ctrl-C in the middle of it ends it, and everything that it started", async () => {
    const { status, out } = await rehearse([], "+ command:Command");
    expect({ status, finished: out.includes("second up") }).toEqual({ status: 130, finished: false });
    expect(await left()).toEqual({ running: [], files: [] });
  });
});
