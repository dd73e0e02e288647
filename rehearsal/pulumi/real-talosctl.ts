import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Configuration } from "../talos/machines.ts";

/** The talosctl of this machine, for all that it can say without a cluster. Where there is none, nothing is said against anything. */
export class RealTalosctl {
  readonly #program = onPath("talosctl");
  /** Forms of command lines that it has read. */
  readonly #read = new Set<string>();

  constructor(say: (line: string) => void) {
    if (this.#program === undefined)
      say(
        "skipped: no talosctl on PATH, so machine configurations and the steps' command lines are not held against it",
      );
  }

  /** What it has against a machine configuration in a file. */
  judge(file: string, { main }: Configuration): Promise<string | undefined> {
    const mode = main.machine.install.image.includes("/metal-installer/") ? "metal" : "cloud";
    return this.#ask(["validate", "--strict", "--mode", mode, "--config", file]);
  }

  /** What it has against a command line's words and flags; one of each form is tried. */
  async reads(args: readonly string[]): Promise<string | undefined> {
    const form = args.filter((word) => /^[a-z-]/.test(word) && !word.includes("/")).join(" ");
    if (this.#read.has(form)) return undefined;
    this.#read.add(form);
    const fault = await this.#ask([...args, "--help"]);
    return fault === undefined ? undefined : `talosctl ${args.join(" ")}: ${fault}`;
  }

  #ask(args: readonly string[]): Promise<string | undefined> {
    const program = this.#program;
    if (program === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      execFile(program, args, (error, _stdout, stderr) => resolve(error === null ? undefined : stderr.trim()));
    });
  }
}

function onPath(name: string): string | undefined {
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
