import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Connection } from "../../commands/etcd/held.ts";
import { runOver } from "../../commands/etcd/ssh.ts";
import type { Machine } from "../../rehearsal/hosts/machine.ts";
import { gatewayAddress, operator, permanent, Rig, temporary } from "./rig.ts";

// `npm run etcd` reaches servers as `pulumi up` does: through the jump host, host keys pinned.

const rig = new Rig();
let server: Machine;

beforeAll(async () => {
  await rig.gateway().booted;
  server = rig.node("cp", 1, true);
  await rig.identify(server);
});

afterAll(() => rig.stop());

function connection(hostKey = permanent.public): Connection {
  const login = { user: "root", privateKey: operator.private };
  const at = rig.wires.at(gatewayAddress, 22);
  return {
    ...{ ...login, host: server.host.address, port: 22, hostKey: hostKey.trim() },
    proxy: { ...login, host: at.host, port: at.port, hostKey: temporary.public.trim() },
  };
}

const heard: string[] = [];
const say = (text: string): void => void heard.push(text);

test("a step runs there: its output, what it says, its status; content goes in and comes out as it is", async () => {
  const ended = await runOver(connection(), { script: "cat; echo said >&2; exit 3", stdin: "given", say });
  expect({ ended, heard: heard.join("") }).toEqual({ ended: { code: 3, stdout: "given" }, heard: "said\n" });
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
  const parts: Buffer[] = [];
  const into = new Writable({
    write(part: Buffer, _, done) {
      parts.push(part);
      done();
    },
  });
  expect(await runOver(connection(), { script: "cat", stdin: Readable.from([content]), into, say })).toEqual({
    code: 0,
    stdout: "",
  });
  expect(Buffer.concat(parts).equals(content)).toBe(true);
});

test("whoever answers with another key is sent nothing", async () => {
  await expect(runOver(connection(operator.public), { script: "cat", stdin: "secret", say })).rejects.toThrow(
    `${server.host.address}:22: answers with another key than the pinned one: nothing was sent to it`,
  );
});
