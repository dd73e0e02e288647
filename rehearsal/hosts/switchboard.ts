import { messageOf } from "../../lib/words.ts";
import type { Accept, Wires } from "./wires.ts";

export interface Line {
  readonly address: string;
  readonly port: number;
  readonly accept: Accept;
}

/** Keeps those lines open that are wanted now: one that is not is closed at once, a new one is open a moment later. */
export class Switchboard {
  readonly #wires: Wires;
  readonly #report: (failure: string) => void;
  readonly #open = new Map<string, Promise<(() => void) | undefined>>();

  constructor(wires: Wires, report: (failure: string) => void) {
    this.#wires = wires;
    this.#report = report;
  }

  /** By any key that tells lines apart. */
  connect(wanted: ReadonlyMap<string, Line>): void {
    for (const [key, line] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      void line.then((close) => close?.());
    }
    for (const [key, line] of wanted) {
      if (!this.#open.has(key)) this.#open.set(key, this.#begin(line));
    }
  }

  /** Resolves when every line that is wanted is open. */
  async ready(): Promise<void> {
    await Promise.all(this.#open.values());
  }

  async #begin({ address, port, accept }: Line): Promise<(() => void) | undefined> {
    try {
      return await this.#wires.open(address, port, accept);
    } catch (error) {
      this.#report(messageOf(error));
      return undefined;
    }
  }
}
