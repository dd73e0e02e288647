import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { stackSchema } from "../config/json-schema.ts";
import { configurationReference } from "../config/reference.ts";

/** Writes what is generated from the configuration's schema; with `--check`, only tells whether it is fresh. */
const files: Readonly<Record<string, string>> = {
  "schemas/stack.json": `${JSON.stringify(stackSchema(), undefined, 2)}\n`,
  "docs/configuration.md": configurationReference(),
};

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stderr.write(`${path} is not what the schema says: run npm run schema\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync("schemas", { recursive: true });
  mkdirSync("docs", { recursive: true });
  for (const [path, text] of stale) {
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  }
}
