/** A command line of talosctl: its words, and its flags with their values. */
export class CommandLine {
  readonly words: readonly string[];
  readonly #flags: ReadonlyMap<string, string>;

  constructor(args: readonly string[]) {
    const words: string[] = [];
    const flags = new Map<string, string>();
    for (let index = 0; index < args.length; index++) {
      const word = args[index] ?? "";
      const next = args[index + 1];
      const [, name, value] = /^--?([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
      if (name === undefined) words.push(word);
      else if (value !== undefined) flags.set(name, value);
      else if (withoutValue.has(name) || next === undefined || next.startsWith("-")) flags.set(name, "true");
      else {
        flags.set(name, next);
        index++;
      }
    }
    this.words = words;
    this.#flags = flags;
  }

  has(name: string): boolean {
    return this.#flags.has(name);
  }

  /** @throws Error when it is not given: no step leaves it out. */
  flag(name: string): string {
    const value = this.#flags.get(name);
    if (value === undefined) throw new Error(`talosctl ${this.words.join(" ")} is called without --${name}`);
    return value;
  }
}

const withoutValue = new Set(["insecure", "short", "reboot", "force"]);
