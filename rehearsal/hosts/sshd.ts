import { join } from "node:path";
import { list, readIf } from "./files.ts";

/** What an SSH daemon goes by, as far as it matters to a simulated machine. */
export interface SshdSettings {
  /** Private keys. */
  readonly hostKeys: readonly string[];
  readonly maxAuthTries: number;
  /** Whether it lets connections through to elsewhere. */
  readonly forwarding: boolean;
}

const defaultKeys = ["rsa", "ecdsa", "ed25519"].map((kind) => `/etc/ssh/ssh_host_${kind}_key`);

/**
 * Reads a copy of /etc/ssh as sshd_config(5) says: the files of sshd_config.d come first, in the order of their names; of
 * a setting the first value counts, of host keys all; naming one turns off the default ones. Undefined: no such folder.
 */
export function readSshd(folder: string): SshdSettings | undefined {
  const names = list(folder);
  if (names.length === 0) return undefined;
  const dropIns = list(join(folder, "sshd_config.d")).filter((name) => name.endsWith(".conf"));
  const lines = [...dropIns.map((name) => join("sshd_config.d", name)), "sshd_config"]
    .flatMap((name) => (readIf(join(folder, name)) ?? "").split("\n"))
    .map((line) => line.trim().split(/\s+/));
  const values = (keyword: string): readonly string[] =>
    lines.flatMap(([word, value]) => (word === keyword && value !== undefined ? [value] : []));
  const named = values("HostKey");
  const keys = (named.length > 0 ? named : defaultKeys).map((path) =>
    readIf(join(folder, path.replace(/^\/etc\/ssh\//, ""))),
  );
  return {
    hostKeys: keys.filter((key) => key !== undefined),
    maxAuthTries: Number(values("MaxAuthTries")[0] ?? 6),
    forwarding: values("AllowTcpForwarding")[0] !== "no",
  };
}
