import { createHash } from "node:crypto";
import { asset } from "./assets.ts";
import { shellQuote } from "./shell.ts";
import type { Document, DocumentFile } from "./types.ts";

export const bootstrapPath = "/usr/local/lib/groundwork/bootstrap.sh";

/** The one script that sets a machine up, whichever way it got there. */
export function bootstrapFile(document: Document): DocumentFile {
  const steps = document.commands.map(({ name, script }) => heredoc(`step ${shellQuote(name)}`, script));
  return {
    path: bootstrapPath,
    mode: "0755",
    content: `${asset("bootstrap.sh")}\n${steps.join("")}finished ${digest(document)}\n`,
  };
}

/** `command <<'WORD'`, with a word that is no line of the text. */
export function heredoc(command: string, text: string): string {
  const lines = new Set(text.split("\n"));
  let word = "END";
  while (lines.has(word)) word += "_";
  return `${command} <<'${word}'\n${text.endsWith("\n") ? text : `${text}\n`}${word}\n`;
}

/** Names what a machine was set up with; secrets do not count. */
function digest(document: Document): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([document.files.filter((file) => !file.secret), document.commands]));
  return hash.digest("hex").slice(0, 16);
}
