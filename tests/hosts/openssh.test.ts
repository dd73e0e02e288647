import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sshKey } from "../harness/keys.ts";
import { missing, onPath } from "../harness/tools.ts";
import type { Ended } from "./client.ts";
import { gatewayAddress, identify, operator, permanent, Rig, temporary } from "./rig.ts";

// What a person has at hand, against the same machines.

function run(command: string, args: readonly string[], stdin = ""): Promise<Ended> {
  const child = spawn(command, args);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        code: code ?? undefined,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

test("OpenSSH's client goes through the gateway, with both host keys pinned", { timeout: 60_000 }, async ({ skip }) => {
  skip(!onPath("ssh"), missing("ssh"));
  const rig = new Rig();
  const folder = mkdtempSync(join(tmpdir(), "groundwork-"));
  try {
    await rig.gateway().booted;
    const worker = rig.node("worker", 1);
    await rig.identify(worker);
    const at = rig.wires.at(gatewayAddress, 22);
    const known = (key: string): string => `[${at.host}]:${at.port} ${temporary.public}\n10.0.2.10 ${key}\n`;
    writeFileSync(join(folder, "key"), operator.private, { mode: 0o600 });
    writeFileSync(
      join(folder, "config"),
      [
        "Host *",
        `  UserKnownHostsFile ${join(folder, "known")}`,
        "  GlobalKnownHostsFile /dev/null",
        "  StrictHostKeyChecking yes",
        "  BatchMode yes",
        "  LogLevel ERROR",
        "  User root",
        `  IdentityFile ${join(folder, "key")}`,
        "  IdentitiesOnly yes",
        "Host gateway",
        `  HostName ${at.host}`,
        `  Port ${at.port}`,
        "Host 10.0.2.10",
        "  ProxyJump gateway",
      ].join("\n"),
    );
    const ssh = (command: string, stdin?: string): Promise<Ended> =>
      run("ssh", ["-F", join(folder, "config"), "10.0.2.10", command], stdin);
    writeFileSync(join(folder, "known"), known(permanent.public));
    expect(await ssh('read -r word; echo "$word on $(cat "$HOST/name")"; exit 3', "hello\n")).toEqual({
      code: 3,
      stdout: "hello on worker-1\n",
      stderr: "",
    });
    // The step over a real client, where nothing is left to do.
    expect(await ssh(identify.script, identify.stdin)).toMatchObject({ code: 0, stdout: `${permanent.public}\n` });
    writeFileSync(join(folder, "known"), known(sshKey(9).public));
    expect(await ssh("true")).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("Host key verification failed"),
    });
  } finally {
    await rig.stop();
    rmSync(folder, { recursive: true });
  }
});

test("shellcheck finds nothing in the stand-ins", ({ skip }) => {
  skip(!onPath("shellcheck"), missing("shellcheck"));
  const folder = "rehearsal/hosts/standins";
  const checked = spawnSync("shellcheck", ["-x", ...readdirSync(folder).map((name) => join(folder, name))], {
    encoding: "utf8",
  });
  expect(checked.stdout + checked.stderr).toBe("");
});
