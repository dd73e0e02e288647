/** Finds many needles in many texts at once, in time that grows with the text alone. */

/** Needles are told apart by so many of their first characters; shorter ones are not looked for. */
export const shortestNeedle = 8;

const tableSize = 1 << 16;

export class NeedleSearch {
  /** One bit of knowledge for every hash of four characters: whether any needle begins so. */
  readonly #beginnings = new Uint8Array(tableSize);
  readonly #byPrefix = new Map<string, string[]>();

  constructor(needles: Iterable<string>) {
    for (const needle of new Set(needles)) {
      if (needle.length < shortestNeedle) continue;
      this.#beginnings[hashAt(needle, 0)] = 1;
      const prefix = needle.slice(0, shortestNeedle);
      const others = this.#byPrefix.get(prefix);
      if (others === undefined) this.#byPrefix.set(prefix, [needle]);
      else others.push(needle);
    }
  }

  /** The needles that occur in `text`. */
  in(text: string): Set<string> {
    const found = new Set<string>();
    const last = text.length - shortestNeedle;
    for (let at = 0; at <= last; at += 1) {
      if (this.#beginnings[hashAt(text, at)] === 0) continue;
      for (const needle of this.#byPrefix.get(text.slice(at, at + shortestNeedle)) ?? []) {
        if (text.startsWith(needle, at)) found.add(needle);
      }
    }
    return found;
  }
}

function hashAt(text: string, at: number): number {
  const four =
    text.charCodeAt(at) ^
    (text.charCodeAt(at + 1) << 4) ^
    (text.charCodeAt(at + 2) << 8) ^
    (text.charCodeAt(at + 3) << 12);
  return four & (tableSize - 1);
}
