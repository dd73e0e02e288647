import { composeStep } from "../k3s/steps.ts";
import { bootstrapFile, bootstrapPath, heredoc } from "./bootstrap.ts";
import { shellQuote } from "./shell.ts";
import type { Document } from "./types.ts";

export interface Script {
  /** POSIX shell, without a secret in it: the step `machine-setup`. */
  readonly script: string;
  /** For its standard input: one base64 line for each secret file, in order. Empty when there is none. */
  readonly stdin: string;
}

/**
 * The same document for a machine that exists: files are written only when they differ, then the bootstrap runs. The
 * machine's own name and host keys stay; keys that may log in are added to those that may already.
 * @param timeout Seconds after which it is cut off.
 */
export function renderScript(document: Document, { timeout }: { readonly timeout: number }): Script {
  const files = [...document.files, bootstrapFile(document)];
  const open = files.filter((file) => !file.secret);
  const secret = files.filter((file) => file.secret);
  const body = [
    ...(document.authorizedKeys.length > 0 ? [addKeys] : []),
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
    bounded,
  ];
  return {
    script: composeStep({
      verb: "machine-setup",
      params: { name: document.hostname, timeout: String(timeout) },
      body: body.join("\n"),
    }),
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

/** 124 is timeout's own status. */
const bounded = `export ROOT
setup_code=0
timeout "$(left)" sh "$ROOT${bootstrapPath}" </dev/null || setup_code=$?
[ "$setup_code" != 124 ] ||
  fail "$name was not set up after \${timeout}s and was cut off: see above how far it came. Run again: it goes on from there"
[ "$setup_code" = 0 ] || fail "$name is not set up; what is in the way is said above. Run again when it is corrected"
`;

const written = /^replace '(\/[^']*)' \d{4} <<'(\w+)'\n([\s\S]*?)^\2$/gm;
const fromStdin = /^printf '%s\\n' "\$secret" \| base64 -d \| replace '(\/[^']*)' \d{4}$/gm;

/** The files that a script and its standard input leave on a machine: path -> content. */
export function filesOf({ script, stdin }: Script): ReadonlyMap<string, string> {
  const lines = stdin.split("\n");
  return new Map([
    ...[...script.matchAll(fromStdin)].map(
      ([, path = ""], index) => [path, Buffer.from(lines[index] ?? "", "base64").toString()] as const,
    ),
    ...[...script.matchAll(written)].map(([, path = "", , content = ""]) => [path, content] as const),
  ]);
}
