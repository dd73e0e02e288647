import { readFileSync } from "node:fs";

const root = new URL("../../cloud-init/", import.meta.url);

/** The text of a file under cloud-init/. These are part of the program, read as its modules are. */
export function asset(name: string): string {
  return readFileSync(new URL(name, root), "utf8");
}

/** A shell file to be put inside another script: without its first line when that is `#!`, and without whole-line comments. */
export function shellBody(name: string): string {
  return asset(name)
    .split("\n")
    .filter((line) => !/^\s*#(?! shellcheck )/.test(line))
    .join("\n")
    .replace(/^\n+/, "");
}
