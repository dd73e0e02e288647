import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Props } from "../../../rehearsal/model.ts";

const require = createRequire(import.meta.url);

const source = (sdk: string, file: string): string =>
  readFileSync(join(dirname(require.resolve(`@pulumi/${sdk}/package.json`)), `${file}.d.ts`), "utf8");

const names = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""));

/** The outputs of a resource that its SDK does not know. */
export function unknownOutputs(type: string, outputs: Props): string[] {
  const [, sdk = "", file = "", resource = ""] = /^(\w+):index\/(\w+):(\w+)$/.exec(type) ?? [];
  const text = source(sdk, file);
  const body = text.slice(
    text.indexOf(`export declare class ${resource} `),
    text.indexOf(`export interface ${resource}State`),
  );
  const known = names(body, /^ {4}readonly (\w+): pulumi\.Output</gm);
  return Object.keys(outputs).filter((name) => !known.has(name));
}

/** What a function returns and its SDK does not know, and what its SDK promises and is missing. */
export function functionClash(
  token: string,
  result: Props,
): { readonly unknown: string[]; readonly missing: string[] } {
  const [, sdk = "", file = ""] = /^(\w+):index\/(\w+):/.exec(token) ?? [];
  const text = source(sdk, file);
  const start = text.indexOf(`export interface G${file.slice(1)}Result`);
  const body = text.slice(start, text.indexOf("\n}", start));
  const known = names(body, /^ {4}readonly (\w+)\??:/gm);
  const required = names(body, /^ {4}readonly (\w+):/gm);
  return {
    unknown: Object.keys(result).filter((name) => !known.has(name)),
    missing: [...required].filter((name) => !(name in result)),
  };
}
