import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bootKey, sshKey } from "../harness/keys.ts";
import { open } from "./client.ts";
import { gatewayAddress, identify, operator, permanent, type Rig, temporary } from "./rig.ts";
import { rigs } from "./rigs.ts";

/** SSH_OPEN_CONNECT_FAILED of RFC 4254: what a jump host says of an address at which nobody answers. */
const refused = { reason: 2 };
const rigOf = rigs();

/** The gateway as soon as it answers; it is still setting itself up. */
async function answering(rig: Rig): Promise<ReturnType<Rig["gateway"]>> {
  const gateway = rig.gateway();
  while (gateway.state !== "up") await sleep(20);
  return gateway;
}

test("a machine refuses connections until it has booted, then shows the key of its user data and no other", async () => {
  const rig = rigOf();
  const gateway = rig.gateway();
  await expect(rig.jump()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await gateway.booted;
  const session = await rig.jump();
  expect(await session.run("true")).toEqual({ code: 0, stdout: "", stderr: "" });
  session.end();
  await expect(rig.jump(bootKey(9).public)).rejects.toThrow("Host denied (verification failed)");
  await expect(rig.jump(permanent.public)).rejects.toThrow("no matching host key format");
});

test("a command gets its standard input, its outputs apart, and its exit code", async () => {
  const rig = rigOf();
  await answering(rig);
  const session = await rig.jump();
  expect(
    await session.run('tr a-z A-Z; printf %s "$(cut -d = -f 2 "$ROOT/etc/os-release" | head -n 1)" >&2; exit 7', "in"),
  ).toEqual({ code: 7, stdout: "IN", stderr: "debian" });
  const long = "0123456789".repeat(100_000);
  expect(await session.run("cat", long)).toEqual({ code: 0, stdout: long, stderr: "" });
  expect(await session.run("kill -KILL $$")).toEqual({ code: undefined, stdout: "", stderr: "" });
  session.end();
});

test("nothing of the machine that this runs on is in reach of a command", async () => {
  const rig = rigOf();
  await answering(rig);
  const session = await rig.jump();
  expect(await session.run("node --version")).toMatchObject({ code: 127, stdout: "" });
  expect(await session.run("whoami")).toMatchObject({ code: 127, stdout: "" });
  session.end();
});

test("the permanent host key is shown as soon as the step that brings it has ended, and the one of the boot still is", async () => {
  const rig = rigOf();
  await (await answering(rig)).booted;
  const before = await rig.jump();
  expect(await before.run(identify.script, identify.stdin)).toEqual({
    code: 0,
    stdout: `${permanent.public}\n`,
    stderr: "",
  });
  for (const { public: key } of [permanent, temporary]) (await rig.jump(key)).end();
  // Who was there before stays.
  expect(await before.run("true")).toMatchObject({ code: 0 });
  before.end();
});

test("only the keys of the user data log in", async () => {
  const rig = rigOf();
  await answering(rig);
  const at = rig.wires.at(gatewayAddress, 22);
  await expect(open({ at, privateKey: sshKey(9).private, hostKey: temporary.public })).rejects.toThrow(
    "All configured authentication methods failed",
  );
});

test("a private machine is reached through the gateway alone, and refused there until it answers", async () => {
  const rig = rigOf();
  await answering(rig);
  const worker = rig.node("worker", 1);
  const jump = await rig.jump();
  const pinned = { privateKey: operator.private, hostKey: temporary.public };
  await expect(jump.hop("10.0.2.10", pinned)).rejects.toMatchObject(refused);
  while (worker.state !== "up") await sleep(20);
  const session = await jump.hop("10.0.2.10", pinned);
  expect(await session.run('cat "$HOST/name"')).toEqual({ code: 0, stdout: "worker-1\n", stderr: "" });
  await expect(jump.forward("10.0.2.11", 22)).rejects.toMatchObject(refused);
  await expect(jump.forward("10.0.2.10", 6443)).rejects.toMatchObject(refused);
  await expect(
    open({ at: rig.wires.at("10.0.2.10", 22), privateKey: operator.private, hostKey: temporary.public }),
  ).rejects.toMatchObject({ code: "ECONNREFUSED" });
  session.end();
});

test("a power cut breaks connections and what runs, and the machine comes back with its disk", async () => {
  const rig = rigOf();
  const gateway = await answering(rig);
  await gateway.booted;
  const session = await rig.jump();
  await session.run('echo kept >"$ROOT/etc/kept"; : >"$HOST/nft/volatile"');
  const cut = session.run(': >"$ROOT/begun"; sleep 100000');
  while ((await session.run('test -e "$ROOT/begun"')).code !== 0) await sleep(20);
  const closed = session.closed();
  gateway.powerOff();
  expect(await cut).toMatchObject({ code: undefined });
  await closed;
  await expect(rig.jump()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  gateway.powerOn();
  await gateway.booted;
  const again = await rig.jump();
  // Its units have run again: it is a gateway without anybody's doing.
  expect(await again.run('cat "$ROOT/etc/kept"; cd "$HOST/nft" && printf "%s\\n" *')).toEqual({
    code: 0,
    stdout: "kept\ngroundwork_gateway\ngroundwork_metadata\n",
    stderr: "",
  });
  again.end();
});

test("a machine that hangs takes connections and says nothing", async () => {
  const rig = rigOf();
  const gateway = await answering(rig);
  gateway.hang();
  await expect(rig.jump(temporary.public, 500)).rejects.toThrow("Timed out while waiting for handshake");
});

test("a command without an end is ended", async () => {
  const rig = rigOf({ limitSeconds: 0.5 });
  await answering(rig);
  const session = await rig.jump();
  expect(await session.run("echo begun; while :; do sleep 100; done")).toEqual({
    code: undefined,
    stdout: "begun\n",
    stderr: "",
  });
  session.end();
});
