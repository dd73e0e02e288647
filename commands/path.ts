import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a program is, by the variable PATH; undefined when it is not there. */
export function findOnPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));
}
