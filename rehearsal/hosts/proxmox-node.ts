import type { ServerChannel } from "ssh2";
import { messageOf } from "../../lib/words.ts";
import type { NodeOption } from "../clouds/proxmox/domain/state.ts";
import type { ProxmoxModel } from "../clouds/proxmox/model.ts";
import { newHostKey } from "./host-key.ts";
import type { FileAccess } from "./sftp.ts";
import { createSshServer } from "./ssh-server.ts";
import type { Wires } from "./wires.ts";

export interface ProxmoxNodesArgs {
  readonly model: ProxmoxModel;
  readonly nodes: readonly NodeOption[];
  readonly wires: Wires;
  /** Who may log in, and the public half of the key with which. */
  readonly user: string;
  readonly key: string;
  /** Gets what a node was asked to do that nobody simulates. */
  readonly report: (failure: string) => void;
}

/**
 * SSH to the nodes of a Proxmox VE cluster, as far as the provider uses it: it pipes a snippet into `tee`, and looks at
 * and changes the file's mode over SFTP (bpg/terraform-provider-proxmox, proxmox/ssh/client.go). Returns how it is ended.
 */
export async function serveProxmoxNodes(args: ProxmoxNodesArgs): Promise<() => void> {
  const { model, nodes, wires, user, key, report } = args;
  const hostKey = newHostKey().private;
  const closers = await Promise.all(
    nodes.map(({ name, address }) => {
      const written = new Map<string, { readonly size: number; mode: number }>();
      const files: FileAccess = {
        stat: (path) => written.get(path),
        chmod(path, mode) {
          const file = written.get(path);
          if (file !== undefined) file.mode = mode;
        },
      };
      const accept = createSshServer({
        settings: { hostKeys: [hostKey], maxAuthTries: 6, forwarding: false },
        authorizedKeys: (who) => (who === user ? [key] : []),
        run: (command, channel) =>
          run(command, channel, {
            write(path, text) {
              model.storages.write(name, path, text);
              written.set(path, { size: Buffer.byteLength(text), mode: 0o644 });
            },
            report: (failure) => report(`${name}: ${failure}`),
          }),
        dial: () => undefined,
        files,
      });
      return wires.open(address, 22, accept);
    }),
  );
  return () => {
    for (const close of closers) close();
  };
}

interface Shell {
  write(path: string, text: string): void;
  report(failure: string): void;
}

/** One command. */
function run(command: string, channel: ServerChannel, { write, report }: Shell): void {
  channel.on("error", () => undefined);
  const end = (code: number): void => {
    channel.exit(code);
    channel.end();
  };
  const [, path] = /; try_sudo \/usr\/bin\/tee ([^\s']+)'$/.exec(command) ?? [];
  if (path !== undefined) {
    const chunks: Buffer[] = [];
    channel.on("data", (chunk: Buffer) => chunks.push(chunk));
    channel.on("end", () => {
      const text = Buffer.concat(chunks);
      try {
        write(path, text.toString());
        channel.write(text);
        end(0);
      } catch (error) {
        channel.stderr.write(`${messageOf(error)}\n`);
        end(1);
      }
    });
    return;
  }
  channel.resume();
  if (command.includes('"$(id -u)" = "0"')) {
    channel.write("0\n");
    end(0);
    return;
  }
  report(`nothing simulates: ${command}`);
  end(127);
}
