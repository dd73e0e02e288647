import { readFileSync } from "node:fs";

const root = new URL("../../cloud-init/", import.meta.url);

const texts = new Map<string, string>();
const bodies = new Map<string, string>();

/** The text of a file under cloud-init/. These are part of the program, read as its modules are: once. */
export function asset(name: string): string {
  return known(texts, name, () => readFileSync(new URL(name, root), "utf8"));
}

/** A shell file to be put inside another script: without its first line when that is `#!`, and without whole-line comments. */
export function shellBody(name: string): string {
  return known(bodies, name, () =>
    asset(name)
      .split("\n")
      .filter((line) => !/^\s*#(?! shellcheck )/.test(line))
      .join("\n")
      .replace(/^\n+/, ""),
  );
}

/** Functions that every step in shell begins with, after its head. */
export const stepLibrary = (): string => shellBody("lib.sh") + shellBody("steps/waiting.sh");

function known(found: Map<string, string>, name: string, find: () => string): string {
  const text = found.get(name) ?? find();
  found.set(name, text);
  return text;
}
