/**
 * What a resource waits for, directly or through others, as a set that is worked out only when a model looks into it:
 * holding every resource's closure would grow with the square of the stack.
 */
export class Reach implements ReadonlySet<string> {
  readonly #roots: readonly string[];
  readonly #next: (urn: string) => readonly string[];
  #found: Set<string> | undefined;

  constructor(roots: readonly string[], next: (urn: string) => readonly string[]) {
    this.#roots = roots;
    this.#next = next;
  }

  get #all(): Set<string> {
    if (this.#found !== undefined) return this.#found;
    const found = new Set(this.#roots);
    for (const urn of found) for (const further of this.#next(urn)) found.add(further);
    this.#found = found;
    return found;
  }

  has(urn: string): boolean {
    return this.#all.has(urn);
  }

  get size(): number {
    return this.#all.size;
  }

  forEach(callback: (value: string, key: string, set: ReadonlySet<string>) => void): void {
    for (const urn of this.#all) callback(urn, urn, this);
  }

  entries(): SetIterator<[string, string]> {
    return this.#all.entries();
  }

  keys(): SetIterator<string> {
    return this.#all.keys();
  }

  values(): SetIterator<string> {
    return this.#all.values();
  }

  [Symbol.iterator](): SetIterator<string> {
    return this.#all[Symbol.iterator]();
  }
}
