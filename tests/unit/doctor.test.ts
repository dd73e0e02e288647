import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reachStep } from "../../lib/metal/reach.ts";
import { sshKey } from "../harness/keys.ts";

// SSH daemons that really present keys, and what is said of them.

const [own, other] = [sshKey(1), sshKey(2)];
const line = (key: { readonly public: string }): string => key.public.trim().split(" ").slice(0, 2).join(" ");
const scratch = mkdtempSync(join(tmpdir(), "groundwork-"));
const servers: { close(): void }[] = [];
let port = 0;
/** Somebody listens there who never says a word. */
let mute = 0;

const listening = (server: Pick<Server, "address" | "once" | "listen">): Promise<number> =>
  new Promise((resolve) => {
    server.once("listening", () => resolve((server.address() as AddressInfo).port));
    server.listen(0, "127.0.0.1");
  });

beforeAll(async () => {
  const daemon = new ssh2.Server({ hostKeys: [own.private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => context.reject());
  });
  const silent = createServer(() => undefined);
  servers.push(daemon, silent);
  port = await listening(daemon as unknown as Server);
  mute = await listening(silent);
  writeFileSync(join(scratch, "Pulumi.yaml"), "name: groundwork\nruntime: nodejs\n");
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(scratch, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd = process.cwd()): Promise<Ended> {
  const child = spawn(command, args, { cwd });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (data: Buffer) => {
      said[name] += data.toString();
    });
  child.stdin.end();
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
}

const doctor = (...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, [join(process.cwd(), "commands/doctor.ts"), "--hosts", ...args], scratch);

/** A stack with a host for each key that is pinned; undefined: none is. */
function stack(name: string, hosts: readonly { readonly key?: string; readonly port: number }[]): void {
  const pools = hosts.map(
    ({ key, port: at }, index) =>
      `    p${index}: { machine: metal, os: arch, role: ${index === 0 ? "control-plane" : "worker"}, count: 1, firstAddress: 127.0.0.1, port: ${at}${key === undefined ? "" : `, nodes: { "1": { hostKey: ${key} } }`} }`,
  );
  writeFileSync(
    join(scratch, `Pulumi.${name}.yaml`),
    [
      "config:",
      "  groundwork:cluster: { name: home, distribution: k3s, version: v1.36.4+k3s1, endpoint: { kind: address, host: api.example.com } }",
      "  groundwork:pools:",
      ...pools,
      "",
    ].join("\n"),
  );
}

const plain = (text: string): string => text.replaceAll(String(port), "PORT").replaceAll(String(mute), "MUTE");

test("a host without a pinned key is shown with the keys that it presents, to be checked and pasted", async () => {
  stack("new", [{ port }]);
  const { code, stdout, stderr } = await doctor("new");
  expect([code, stderr]).toEqual([1, ""]);
  expect(plain(stdout)).toBe(
    `p0-1 (127.0.0.1:PORT) has no key pinned. Compare with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the host itself, then paste
    ${fingerprint}  ${line(own)}
  groundwork:pools.p0.nodes:
    "1": { hostKey: ${line(own)} }
`,
  );
});

const fingerprint = ((): string => {
  const parsed = ssh2.utils.parseKey(own.public);
  if (parsed instanceof Error) throw parsed;
  return `SHA256:${createHash("sha256").update(parsed.getPublicSSH()).digest("base64").replace(/=+$/, "")}`;
})();

test("who answers with the pinned key is well, who answers with another is not, and who is silent is not waited for", async () => {
  stack("three", [
    { key: line(own), port },
    { key: line(other), port },
    { key: line(own), port: mute },
  ]);
  const { code, stdout } = await doctor("three", "--json", "--timeout", "1");
  const { hosts } = JSON.parse(stdout) as { readonly hosts: readonly { node: string; state: string }[] };
  const states = hosts.map(({ node, state }) => [node, state]);
  expect([code, states]).toEqual([
    1,
    [
      ["p0-1", "well"],
      ["p1-1", "another-key"],
      ["p2-1", "silent"],
    ],
  ]);
});

test("all well ends with 0; a wrong call with 2 and how to call it", async () => {
  stack("well", [{ key: line(own), port }]);
  const [well, wrong, none] = await Promise.all([doctor("well"), doctor(), doctor("none")]);
  expect([well.code, plain(well.stdout)]).toEqual([
    0,
    `p0-1 (127.0.0.1:PORT) answers with the pinned key ${fingerprint}\n`,
  ]);
  expect([wrong.code, wrong.stderr.split("\n")[0]]).toEqual([2, "doctor: name one stack"]);
  expect([none.code, none.stderr.split("\n")[0]]).toEqual([2, `doctor: there is no stack "none". There are:`]);
  expect([wrong, none].map(({ stderr }) => stderr.includes("npm run doctor -- <stack>"))).toEqual([true, false]);
});

const reach = (hostKey: string, at: number, forget?: string): Promise<Ended> =>
  run("/bin/sh", [
    "-c",
    reachStep({
      ...{ name: "desk-1", address: "127.0.0.1", port: at, hostKey, seconds: 2 },
      ...(forget === undefined ? {} : { forget }),
    }),
  ]);

test("before a host is set up it is looked at: its key, and within the limit whether it answers at all", async () => {
  const [well, another, silent] = await Promise.all([
    reach(line(own), port),
    reach(line(other), port),
    reach(line(own), mute, "If it is gone for good: forget it"),
  ]);
  expect(well).toEqual({ code: 0, stdout: "", stderr: "" });
  expect([another.code, plain(another.stderr)]).toEqual([
    1,
    expect.stringMatching(
      /^groundwork: desk-1 at 127\.0\.0\.1:PORT answers with the key SHA256:\S+, and SHA256:\S+ is pinned: it was installed anew, or somebody else answers\. Nothing was sent to it\. Look on the host itself/,
    ),
  ]);
  expect([silent.code, plain(silent.stderr)]).toEqual([
    1,
    "groundwork: desk-1 does not answer at 127.0.0.1:MUTE (no answer); it was tried for 2s. Is it on, is its SSH daemon running, and are you in its network or on the tailnet? Then run again. If it is gone for good: forget it\n",
  ]);
});
