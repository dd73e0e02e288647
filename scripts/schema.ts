import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readStage } from "../commands/stage.ts";
import { stackSchema } from "../config/json-schema.ts";
import { configurationReference } from "../config/reference.ts";
import { systemPage } from "../config/system/page.ts";
import { systemOf } from "../config/system/system.ts";
import { stackFiles } from "../rehearsal/engine/stack-file.ts";

/** Writes what is generated from the schema and the stack files; with `--check`, only tells whether it is fresh. */
const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const pages = [...stackFiles(process.cwd()).keys()].map((name) => {
  const path = `docs/systems/${name}.md`;
  return [path, systemPage(name, read(path), systemOf(readStage(process.cwd(), name)))] as const;
});

const files: Readonly<Record<string, string>> = {
  "schemas/stack.json": `${JSON.stringify(stackSchema(), undefined, 2)}\n`,
  "docs/configuration.md": configurationReference(),
  ...Object.fromEntries(pages),
};

const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale)
    process.stderr.write(`${path} is not what schema and stack files say: run npm run schema\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync("schemas", { recursive: true });
  mkdirSync("docs/systems", { recursive: true });
  for (const [path, text] of stale) {
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  }
}
