import { parse } from "yaml";
import { z } from "zod";
import { readUserData } from "../command/user-data.ts";
import type { Host } from "./world.ts";

/** What cloud-init does with user data. Anything but `#cloud-config` leaves nothing behind. */
export interface FirstBoot {
  /** Before the SSH daemon starts: files, host keys, keys that may log in; and the commands of the first boot's end. */
  place(host: Host): void;
  /** Path -> content. */
  readonly files: Readonly<Record<string, string>>;
}

const word = z.union([z.string(), z.number()]).transform(String);

// What `readUserData` leaves out, since the offline rehearsal runs no script.
const more = z.object({
  ssh_keys: z.record(z.string(), z.string()).default({}),
  write_files: z.array(z.looseObject({ path: z.string(), permissions: z.string().default("0644") })).default([]),
  runcmd: z.array(z.union([z.string(), z.array(word)])).default([]),
});

export function firstBoot(userData: string | undefined, sshKeys: readonly string[]): FirstBoot {
  const { users, files } = readUserData(userData);
  const { ssh_keys, write_files, runcmd } = more.parse(
    userData?.startsWith("#cloud-config") ? (parse(userData) ?? {}) : {},
  );
  return {
    files,
    place(host) {
      for (const { path, permissions } of write_files) host.write(path, files[path] ?? "", permissions);
      for (const [name, key] of Object.entries(ssh_keys)) {
        const [, kind = "", half] = /^(.+)_(private|public)$/.exec(name) ?? [];
        if (half === "private") host.write(`/etc/ssh/ssh_host_${kind}_key`, key, "0600");
        if (half === "public") host.write(`/etc/ssh/ssh_host_${kind}_key.pub`, `${key}\n`);
      }
      for (const [user, keys] of Object.entries({ ...users, root: [...(users.root ?? []), ...sshKeys] })) {
        const home = user === "root" ? "/root" : `/home/${user}`;
        host.write(`${home}/.ssh/authorized_keys`, keys.map((key) => `${key}\n`).join(""), "0600");
      }
      host.state("runcmd.sh", runcmd.map(commandLine).join("\n"));
    },
  };
}

function commandLine(command: string | readonly string[]): string {
  return typeof command === "string" ? command : command.map(quoted).join(" ");
}

/** A word of a command, for a shell; an absolute path is in the machine's root. */
function quoted(text: string): string {
  return `${text.startsWith("/") ? '"$ROOT"' : ""}'${text.replaceAll("'", `'\\''`)}'`;
}
