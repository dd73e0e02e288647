import ssh2, { type Client, type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import type { Address } from "../../rehearsal/hosts/wires.ts";

/** A connection as the program makes one: as root, with one key, the host key pinned. */
export interface Target {
  readonly at: Address;
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** Milliseconds until a server that says nothing is given up. Absent: 10,000. */
  readonly patience?: number;
}

export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export class Session {
  readonly client: Client;
  readonly #jump: Client | undefined;

  constructor(client: Client, jump?: Client) {
    this.client = client;
    this.#jump = jump;
  }

  run(command: string, stdin = ""): Promise<Ended> {
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => {
        if (error) return reject(error);
        collect(channel, resolve);
        channel.end(stdin);
      });
    });
  }

  /** Opens a connection from the machine on. */
  forward(address: string, port: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.client.forwardOut("127.0.0.1", 0, address, port, (error, channel) =>
        error ? reject(error) : resolve(channel),
      );
    });
  }

  /** Goes on to another machine through this one, and ends both together. */
  async hop(address: string, target: Omit<Target, "at">): Promise<Session> {
    const sock = await this.forward(address, 22);
    return new Session(await opened({ sock }, target), this.client);
  }

  /** Resolves when the connection is gone, in whatever way. */
  closed(): Promise<void> {
    return new Promise((resolve) => this.client.once("close", () => resolve()));
  }

  end(): void {
    this.client.end();
    this.#jump?.end();
  }
}

export async function open({ at, ...target }: Target): Promise<Session> {
  return new Session(await opened({ host: at.host, port: at.port }, target));
}

function opened(to: ConnectConfig, { privateKey, hostKey, patience = 10_000 }: Omit<Target, "at">): Promise<Client> {
  const [kind, pinned] = hostKey.split(" ");
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client));
    client.on("error", reject);
    client.once("close", () => reject(new Error("the connection was closed")));
    client.connect({
      ...to,
      username: "root",
      privateKey,
      readyTimeout: patience,
      algorithms: { serverHostKey: [kind as ServerHostKeyAlgorithm] },
      hostVerifier: (key: Buffer) => key.toString("base64") === pinned,
    });
  });
}

function collect(channel: ClientChannel, done: (ended: Ended) => void): void {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  let code: number | undefined;
  channel.on("data", (chunk: Buffer) => stdout.push(chunk));
  channel.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  channel.once("exit", (status: number | null) => {
    code = status ?? undefined;
  });
  channel.once("close", () =>
    done({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
  );
}
