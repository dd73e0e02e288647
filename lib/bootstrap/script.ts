import { shellBody } from "./assets.ts";
import { bootstrapFile, bootstrapPath, heredoc } from "./bootstrap.ts";
import { shellQuote } from "./shell.ts";
import type { Document } from "./types.ts";

export interface Script {
  /** POSIX shell, without a secret in it. */
  readonly script: string;
  /** For its standard input: one base64 line for each secret file, in order. Empty when there is none. */
  readonly stdin: string;
}

/**
 * The same document for a machine that exists: files are written only when they differ, then the bootstrap runs. The
 * machine's own host key stays; keys that may log in are added to those that may already.
 */
export function renderScript(document: Document): Script {
  const files = [...document.files, bootstrapFile(document)];
  const open = files.filter((file) => !file.secret);
  const secret = files.filter((file) => file.secret);
  const script = [
    "#!/bin/sh\nset -eu\n",
    shellBody("lib.sh"),
    ...secret.map(
      (file) =>
        `IFS= read -r secret || fail ${shellQuote(`standard input ended before the content of ${file.path}`)}\n` +
        `printf '%s\\n' "$secret" | base64 -d | replace ${shellQuote(file.path)} ${file.mode}\n`,
    ),
    ...open.map((file) => {
      if (!file.content.endsWith("\n"))
        throw new Error(`${file.path} does not end in a newline, and a here-document always does → add one`);
      return heredoc(`replace ${shellQuote(file.path)} ${file.mode}`, file.content);
    }),
    ...files
      .filter((file) => file.owner !== undefined)
      .map((file) => `chown ${shellQuote(file.owner ?? "")} "$ROOT"${shellQuote(file.path)}\n`),
    ...(document.authorizedKeys.length > 0 ? [heredoc("add_keys", document.authorizedKeys.join("\n"))] : []),
    `hostnamectl set-hostname ${shellQuote(document.hostname)}\n`,
    `export ROOT\nsh "$ROOT${bootstrapPath}" </dev/null\n`,
  ];
  if (document.authorizedKeys.length > 0) script.splice(2, 0, addKeys);
  return {
    script: script.join("\n"),
    stdin: secret.map((file) => `${Buffer.from(file.content).toString("base64")}\n`).join(""),
  };
}

/** Adds the keys on standard input to root's, once each. */
const addKeys = `add_keys() {
  (umask 077 && mkdir -p "$ROOT/root/.ssh")
  { cat "$ROOT/root/.ssh/authorized_keys" 2>/dev/null || true; cat; } | awk 'NF && !seen[$0]++' |
    replace /root/.ssh/authorized_keys 0600
}
`;
