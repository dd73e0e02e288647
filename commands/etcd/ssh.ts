import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import ssh2, { type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { asRoot } from "../../lib/bootstrap/as-root.ts";
import type { Connection, Login } from "./held.ts";

export interface Sent {
  readonly script: string;
  /** Absent: nothing. */
  readonly stdin?: string | Readable;
  /** Where standard output goes, ended by whoever gave it. Absent: it is collected. */
  readonly into?: Writable;
  /** Hears what the script says, as it comes. */
  readonly say: (text: string) => void;
}

export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
}

/** How long a machine that says nothing is waited for. */
const patience = 20_000;

/** Runs a script on a machine as `pulumi up` does. @throws Error when it cannot be reached or another answers */
export async function runOver(connection: Connection, sent: Sent): Promise<Ended> {
  const { proxy, ...target } = connection;
  const clients: Client[] = [];
  const open = async (login: Login, through?: Client): Promise<Client> => {
    const client = await opened(login, through === undefined ? undefined : await forwarded(through, login));
    clients.push(client);
    return client;
  };
  try {
    const jump = proxy === undefined ? undefined : await open(proxy);
    return await execute(await open(target, jump), { ...sent, script: asRoot(target.user, sent.script) });
  } finally {
    for (const client of clients.reverse()) client.end();
  }
}

function opened({ host, port, user, privateKey, hostKey }: Login, sock?: ConnectConfig["sock"]): Promise<Client> {
  const [kind, pinned] = hostKey.split(" ");
  const client = new ssh2.Client();
  let other = false;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      client.end();
      reject(new Error(`${host}:${port}: ${reason}`));
    };
    client.once("ready", () => resolve(client));
    client.on("error", (error) =>
      fail(other ? "answers with another key than the pinned one: nothing was sent to it" : error.message),
    );
    client.once("close", () => fail("closed the connection"));
    client.connect({
      ...(sock === undefined ? { host, port } : { sock }),
      ...{ username: user, privateKey, readyTimeout: patience, keepaliveInterval: 15_000 },
      algorithms: { serverHostKey: [kind as ServerHostKeyAlgorithm] },
      hostVerifier: (key: Buffer) => {
        other = key.toString("base64") !== pinned;
        return !other;
      },
    });
  });
}

function forwarded(jump: Client, { host, port }: Login): Promise<NonNullable<ConnectConfig["sock"]>> {
  return new Promise((resolve, reject) => {
    jump.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
      error === undefined
        ? resolve(channel)
        : reject(new Error(`${host}:${port} through the jump host: ${error.message}`)),
    );
  });
}

function execute(client: Client, { script, stdin, into, say }: Sent): Promise<Ended> {
  return new Promise((resolve, reject) => {
    client.exec(script, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const out: Buffer[] = [];
      let code: number | undefined;
      const whole = into === undefined ? undefined : pipeline(channel, into);
      if (whole === undefined) channel.on("data", (part: Buffer) => out.push(part));
      channel.stderr.setEncoding("utf8").on("data", say);
      channel.once("exit", (status: number | null) => {
        code = status ?? undefined;
      });
      channel.once("close", () => {
        const ended = { code, stdout: Buffer.concat(out).toString() };
        if (whole === undefined) resolve(ended);
        else void whole.then(() => resolve(ended), reject);
      });
      // Whoever ends without reading all of it has said why.
      channel.on("error", () => undefined);
      if (stdin === undefined || typeof stdin === "string") channel.end(stdin ?? "");
      else stdin.on("error", reject).pipe(channel);
    });
  });
}
