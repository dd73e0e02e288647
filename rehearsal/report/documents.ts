import { plainValue } from "../engine/values.ts";
import { knownSecrets } from "../findings/known-secrets.ts";
import type { Recording } from "../recording.ts";

/**
 * Shows a text that is secret as a whole because some words in it are: everything but those words. A cloud-init
 * document is of no use to its reader as one `[secret]`.
 */
export type ShowDocument = (value: unknown) => string | undefined;

/** A word as tokens, keys and the lines of a PEM block are: nothing that prose or shell has by chance. */
const word = /[A-Za-z0-9+/=_-]{8,}/g;
const wholeWord = /^[A-Za-z0-9+/=_-]{8,}$/;

export function createShowDocument(
  recording: Recording,
  canaries: ReadonlyMap<string, string>,
  showSecrets: boolean,
): ShowDocument {
  const words = new Set<string>();
  const others = new Set<string>();
  for (const secret of showSecrets ? [] : knownSecrets(recording, canaries).keys()) {
    const lines = secret
      .trim()
      .split("\n")
      .map((line) => line.trim());
    // Of several lines, only a key's: other texts are documents themselves, made of secrets and of much else.
    if (lines.length === 1) (wholeWord.test(secret.trim()) ? words : others).add(secret.trim());
    else if (secret.startsWith("-----BEGIN")) for (const line of lines) if (wholeWord.test(line)) words.add(line);
  }
  return (value) => {
    const text = plainValue(value);
    if (typeof text !== "string") return undefined;
    const shown = text.replace(word, (found) => (words.has(found) ? "[secret]" : found));
    return [...others].reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), shown);
  };
}
