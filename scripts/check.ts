/**
 * `npm run check`: every static check of the repository, side by side, each reported to its end.
 *
 * `npm run check -- types layers` runs only those. Exit code 1 when any of them fails.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

interface Check {
  readonly name: string;
  /** What it looks at, for the summary. */
  readonly subject: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** What a person does about a failure. */
  readonly remedy: string;
  /** Files that the command writes: the check fails when it changes one. */
  readonly writes?: readonly string[];
}

interface Outcome {
  readonly check: Check;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));

const checks: readonly Check[] = [
  {
    name: "style",
    subject: "biome: format, imports, lint",
    command: ["biome", "check", "--error-on-warnings", "--max-diagnostics=200", "."],
    remedy: "npx biome check --write <file> mends format and imports",
  },
  {
    name: "lint",
    subject: "eslint: rules that need types, laws of this repository",
    command: ["eslint", "--max-warnings=0", "."],
    remedy: "the message under each finding says what to write instead",
  },
  {
    name: "types",
    subject: "tsc: types",
    command: ["tsc", "--noEmit", "--project", "."],
    remedy: "mend the types; a cast that hides a mistake will meet a reviewer",
  },
  {
    name: "unused",
    subject: "knip: files, exports and dependencies that nothing uses",
    command: ["knip", "--treat-config-hints-as-errors"],
    remedy: "remove what is unused, or use it",
  },
  {
    name: "layers",
    subject: "dependency-cruiser: who may import whom",
    command: ["depcruise", "--config", ".dependency-cruiser.cjs", "--output-type", "err-long", "."],
    remedy: "each rule's comment says where the code belongs",
  },
  {
    name: "generated",
    subject: "schema, configuration reference and pages of systems follow code and stack files",
    command: ["node", "scripts/schema.ts"],
    remedy: "the files are written anew: commit them",
    writes: ["schemas/stack.json", "docs/configuration.md", ...globSync("docs/systems/*.md", { cwd: root })],
  },
];

/** Runs a program of `node_modules/.bin`, so that the result is the same with and without npm around it. */
function run([program, ...args]: Check["command"]): Promise<{ readonly ok: boolean; readonly output: string }> {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: "1" } : {};
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...colour, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => resolve({ ok: false, output: `${program} did not start: ${error.message}` }));
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString("utf8").trimEnd();
      resolve({ ok: code === 0, output: signal === null ? output : `${output}\n${program} was ended by ${signal}` });
    });
  });
}

/** Undefined for a file that is not there. */
async function contents(files: readonly string[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(files.map((file) => readFile(join(root, file), "utf8").catch(() => undefined)));
}

async function perform(check: Check): Promise<Outcome> {
  const start = performance.now();
  const files = check.writes ?? [];
  const before = await contents(files);
  const { ok, output } = await run(check.command);
  const after = await contents(files);
  // A command that failed has not written them: its own message is the one to read.
  const faults = (ok ? files : []).flatMap((file, index) => {
    if (after[index] === undefined) return [`${file} is not there after ${check.command.join(" ")}`];
    return before[index] === after[index] ? [] : [`${file} did not follow the code`];
  });
  const outcome: Outcome = {
    check,
    ok: ok && faults.length === 0,
    output: [output, ...faults].filter((line) => line !== "").join("\n"),
    seconds: (performance.now() - start) / 1000,
  };
  report(outcome);
  return outcome;
}

/** Prints a failure as soon as it is known; what passes says nothing until the summary. */
function report({ check, ok, output }: Outcome): void {
  if (ok) return;
  const heading = `── ${check.name}: ${check.command.join(" ")} `;
  console.log(`${heading.padEnd(100, "─")}\n${output}\n→ ${check.remedy}\n`);
}

function summary(outcomes: readonly Outcome[], seconds: number): string {
  const width = Math.max(...outcomes.map(({ check }) => check.name.length));
  const lines = outcomes.map(({ check, ok, seconds: own }) => {
    const time = `${own.toFixed(1)} s`.padStart(7);
    return `${ok ? "ok  " : "FAIL"}  ${check.name.padEnd(width)} ${time}  ${check.subject}`;
  });
  const failed = outcomes.filter(({ ok }) => !ok).map(({ check }) => check.name);
  const verdict =
    failed.length === 0 ? "all checks pass" : `${failed.length} of ${outcomes.length} fail: ${failed.join(", ")}`;
  return [...lines, `${verdict}, in ${seconds.toFixed(1)} s`].join("\n");
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(", ")}; there are ${checks.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const start = performance.now();
const chosen = checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const outcomes = await Promise.all(chosen.map(perform));
console.log(summary(outcomes, (performance.now() - start) / 1000));
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
