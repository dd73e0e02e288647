import { shellQuote } from "./shell.ts";

const intoRoot = "exec sudo -n sh -c ";

/** A script as it has to be sent so that root runs it, whoever logs in. Its first two lines stay where they are. */
export function asRoot(user: string, script: string): string {
  if (user === "root" || !script.startsWith("#!")) return script;
  const head = script.split("\n", 2);
  return [
    ...head,
    `sudo -n true 2>/dev/null || {`,
    `  echo ${shellQuote(`groundwork: ${user} may not become root without a password: put "${user} ALL=(ALL) NOPASSWD: ALL" into /etc/sudoers.d/groundwork, or log in as root`)} >&2`,
    "  exit 1",
    "}",
    `${intoRoot}${shellQuote(script)}`,
    "",
  ].join("\n");
}

/** What `asRoot` was given. */
export function sentScript(text: string): string {
  const from = text.indexOf(`\n${intoRoot}'`);
  return from < 0 ? text : text.slice(from + intoRoot.length + 2, text.lastIndexOf("'")).replaceAll(`'\\''`, "'");
}
