import { listed } from "../lib/words.ts";

/** Number of single-letter edits between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word that a misspelt one was most likely meant to be, if one is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || lengthen(word, a.candidate) - lengthen(word, b.candidate))[0]?.candidate;
}

/** A letter is mistaken for another more often than left out. */
const lengthen = (word: string, candidate: string): number => Math.abs(candidate.length - word.length);

/** What to write instead of a name that there is none of. */
export function instead(word: string, known: readonly string[]): string {
  if (known.length === 0) return "add one by that name";
  const guess = nearest(word, known);
  return `write ${guess ?? oneOf(known)}`;
}

/** `a, b or c` */
export const oneOf = (words: readonly string[]): string => listed(words, "or");
