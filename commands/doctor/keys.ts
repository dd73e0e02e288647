import ssh2 from "ssh2";
import { hostKeyTypes, type PublicKey, parsePublicKey } from "../../lib/ssh.ts";

/** What a host identifies itself with. `reason`: why there is none. */
export interface Presented {
  readonly keys: readonly PublicKey[];
  readonly reason: string;
}

export interface HostArgs {
  readonly host: string;
  readonly port: number;
  /** How long it is waited for. */
  readonly seconds: number;
}

/** The host keys of each kind that can be pinned, the one to prefer first. Ends the connection before any login. */
export async function presentedKeys(args: HostArgs): Promise<Presented> {
  const answers = await Promise.all(hostKeyTypes.map((type) => presentedKey(args, type)));
  return {
    keys: answers.flatMap(({ key }) => key ?? []),
    reason: answers.find(({ reason }) => reason !== undefined)?.reason ?? "it said nothing",
  };
}

interface Answer {
  readonly key?: PublicKey;
  readonly reason?: string;
}

/** A host shows one key in each handshake: of the kind that is asked for. */
function presentedKey({ host, port, seconds }: HostArgs, type: (typeof hostKeyTypes)[number]): Promise<Answer> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let key: PublicKey | undefined;
    const done = (reason?: string): void => {
      resolve(key === undefined ? { ...(reason === undefined ? {} : { reason }) } : { key });
      client.end();
    };
    client.on("error", (error) => done(error.message));
    client.on("close", () => done());
    client.connect({
      host,
      port,
      username: "doctor",
      readyTimeout: seconds * 1000,
      algorithms: { serverHostKey: [type] },
      // Refused, whatever it is: nobody logs in.
      hostVerifier: (blob: Buffer) => {
        key = parsePublicKey(`${type} ${blob.toString("base64")}`);
        return false;
      },
    });
  });
}
