import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { freePorts, startDaemon, until } from "../../../rehearsal/pulumi/kube/processes.ts";

const dir = mkdtempSync(join(tmpdir(), "groundwork-processes-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const shell = (name: string, script: string) => ({
  ...{ name, path: "/bin/sh", args: ["-c", script], cwd: dir },
  log: join(dir, `${name}.log`),
});

test.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)("no program outlives a test run that %s ends", async (signal) => {
  const log = join(dir, `${signal}.log`);
  const args = JSON.stringify({ ...shell(signal, "echo $$; exec sleep 600"), log });
  const code = `import { startDaemon } from ${JSON.stringify(join(import.meta.dirname, "../../../rehearsal/pulumi/kube/processes.ts"))}; startDaemon(${args});`;
  const run = spawn(process.execPath, ["--input-type=module-typescript", "-e", code], { stdio: "inherit" });
  const pid = await vi.waitFor(
    () => {
      const number = existsSync(log) ? Number(readFileSync(log, "utf8")) : 0;
      expect(number).toBeGreaterThan(0);
      return number;
    },
    { timeout: 20_000 },
  );
  expect(isAlive(pid)).toBe(true);
  run.kill(signal);
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000 });
});

test("a program that ignores the request to stop is killed", async () => {
  const daemon = startDaemon(shell("stubborn", "trap '' TERM; echo $$; while :; do sleep 1; done"));
  const pid = await vi.waitFor(() => {
    const number = Number(readFileSync(daemon.log, "utf8"));
    expect(number).toBeGreaterThan(0);
    return number;
  });
  await daemon.stop();
  expect(isAlive(pid)).toBe(false);
});

test("a program that ends too early is named, with the end of its log", async () => {
  const daemon = startDaemon(shell("brief", "echo 'bad flag: --nonsense'; exit 3"));
  const waiting = until({ what: "waiting for brief", daemons: [daemon], seconds: 20, ready: async () => false });
  await expect(waiting).rejects.toThrow(
    `brief ended with exit code 3 while waiting for brief\nits log, ${daemon.log}, ends with:\nbad flag: --nonsense\n`,
  );
  await daemon.stop();
});

test("a program that cannot be started is named", async () => {
  const daemon = startDaemon({ ...shell("absent", ""), path: join(dir, "absent") });
  const waiting = until({ what: "waiting for absent", daemons: [daemon], seconds: 20, ready: async () => false });
  await expect(waiting).rejects.toThrow("absent ended with exit code 127 while waiting for absent");
  await daemon.stop();
});

test("what never becomes true is given up, with the reason", async () => {
  const ready = () => Promise.reject(new Error("connection refused"));
  await expect(until({ what: "asking the API", daemons: [], seconds: 0.3, ready })).rejects.toThrow(
    "not after 0.3 s: asking the API: connection refused",
  );
});

test("free ports differ", async () => {
  const ports = await freePorts(6);
  expect(new Set(ports).size).toBe(6);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
