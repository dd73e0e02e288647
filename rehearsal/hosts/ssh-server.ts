import type { Duplex } from "node:stream";
import ssh2, {
  type AuthContext,
  type Connection,
  type ServerChannel,
  type Server as Ssh2Server,
  type TcpipRequestInfo,
} from "ssh2";
import { type FileAccess, serveFiles } from "./sftp.ts";
import type { SshdSettings } from "./sshd.ts";
import type { Accept } from "./wires.ts";

export interface SshServerArgs {
  readonly settings: SshdSettings;
  /** Lines of `authorized_keys`, looked up at each login. */
  readonly authorizedKeys: (user: string) => readonly string[];
  /** Runs a command with the channel as its standard input and outputs; ends the channel with its exit status. */
  readonly run: (command: string, channel: ServerChannel) => void;
  /** Whom this machine reaches at an address; undefined when nobody answers there. */
  readonly dial: (address: string, port: number) => Accept | undefined;
  /** What SFTP finds. Absent: there is no SFTP. */
  readonly files?: FileAccess;
}

/** An SSH daemon that takes connections from wherever they come: logins with keys, commands, and being a jump host. */
export function createSshServer(args: SshServerArgs): Accept {
  const server: Ssh2Server = new ssh2.Server({
    hostKeys: [...args.settings.hostKeys],
    ident: "OpenSSH_simulated",
    algorithms: { cipher: [...ciphers] },
  });
  server.on("connection", (client) => serve(args, client));
  return (stream) => inject(server, stream);
}

/**
 * Without chacha20-poly1305: ssh2 computes its checksum in memory that all connections share, and writes while it does, so
 * that a connection inside another's channel, as behind a jump host, spoils it.
 */
const ciphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"] as const;

/** ssh2 takes any duplex stream here (a channel of another connection, for one); its types say socket. */
function inject(server: Ssh2Server, stream: Duplex): void {
  server.injectSocket(stream as Parameters<Ssh2Server["injectSocket"]>[0]);
}

function serve(args: SshServerArgs, client: Connection): void {
  let failures = 0;
  // A client that breaks off, or that likes no host key of ours, is not this server's fault.
  client.on("error", () => undefined);
  client.on("authentication", (context) => {
    if (authenticated(args, context)) {
      context.accept();
      return;
    }
    if (context.method !== "none") failures++;
    if (failures >= args.settings.maxAuthTries) client.end();
    else context.reject(["publickey"]);
  });
  client.on("session", (accept) => {
    const session = accept();
    session.on("exec", (acceptExec, _reject, { command }) => args.run(command, acceptExec()));
    const { files } = args;
    if (files !== undefined) session.on("sftp", (acceptSftp) => serveFiles(acceptSftp(), files));
    // AcceptEnv: none but the locale, which changes nothing here.
    session.on("env", (acceptEnv, reject, { key }) => {
      if (/^(LANG|LC_.*)$/.test(key)) acceptEnv?.();
      else reject?.();
    });
  });
  client.on("tcpip", (accept, reject, info) => forward(args, info, accept, reject));
}

function authenticated(args: SshServerArgs, context: AuthContext): boolean {
  if (context.method !== "publickey") return false;
  const offered = context.key.data;
  for (const line of args.authorizedKeys(context.username)) {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error || !key.getPublicSSH().equals(offered)) continue;
    // Without a signature the client only asks whether the key would do.
    if (context.signature === undefined || context.blob === undefined) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }
  return false;
}

function forward(
  { settings, dial }: SshServerArgs,
  { destIP, destPort }: TcpipRequestInfo,
  accept: () => ServerChannel,
  reject: () => void,
): void {
  const target = settings.forwarding ? dial(destIP, destPort) : undefined;
  if (target === undefined) {
    reject();
    return;
  }
  const channel = accept();
  channel.on("error", () => undefined);
  target(channel);
}
