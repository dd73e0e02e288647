/** What a random source or a service makes up, on one side: each such text with the name of where it comes from. */
export type Names = ReadonlyMap<string, string>;

/** Both sides' names for one made-up value, word by word: a key in PEM is one word a line. */
export function learn(
  into: { readonly engine: Map<string, string>; readonly offline: Map<string, string> },
  origin: string,
  values: { readonly engine: unknown; readonly offline: unknown },
): void {
  const [engine, offline] = [words(values.engine), words(values.offline)];
  for (const [index, word] of engine.entries()) {
    const other = offline[index] ?? "";
    if (word === other || word.length < shortest || other.length < shortest) continue;
    const name = engine.length === 1 ? `‹${origin}›` : `‹${origin} ${index}›`;
    if (!into.engine.has(word) && !into.offline.has(other)) {
      into.engine.set(word, name);
      into.offline.set(other, name);
    }
  }
}

/** Shorter ones would be found where they do not belong. */
const shortest = 6;

export const words = (value: unknown): readonly string[] =>
  String(value)
    .split(/\s+/)
    .filter((word) => word !== "");

/** A text with names in place of what was made up. */
export function createNaming(names: Names): (text: string) => string {
  const longestFirst = [...names.keys()].toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const pattern = new RegExp(
    longestFirst.map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"),
    "g",
  );
  return (text) => text.replaceAll(pattern, (word) => names.get(word) ?? word);
}
