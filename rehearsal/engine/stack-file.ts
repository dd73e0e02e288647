import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isMap, LineCounter, parseDocument } from "yaml";
import { standIn } from "./stand-in.ts";
import { isObject } from "./values.ts";

/** Asked for in a way that cannot be answered; its message says what to do. */
export class UsageError extends Error {}

/** A stack's configuration, in the form in which the engine hands it to a program. */
export interface StackConfig {
  readonly project: string;
  /** The program's main file, relative to the project. */
  readonly entry: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** What stands in for secrets: where it is in the configuration -> the value. */
  readonly canaries: ReadonlyMap<string, string>;
}

/**
 * Reads `Pulumi.yaml` and the stack's own file, at the project's root or under `examples/`.
 *
 * Secrets are not decrypted: each gets a stand-in, the same in every run, and so does each that is still to be set.
 * @throws UsageError when there is no such stack, or a file cannot be read as one.
 */
export function loadStackConfig(projectDir: string, stack: string): StackConfig {
  const projectFile = readYaml(projectDir, join(projectDir, "Pulumi.yaml"));
  const project = typeof projectFile.name === "string" ? projectFile.name : "";
  if (project === "") throw new UsageError("Pulumi.yaml: it has no `name`");
  const file = readYaml(projectDir, findStackFile(projectDir, stack));
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(section(projectFile, "Pulumi.yaml"))) {
    const given = isObject(value) ? (value.value ?? value.default) : value;
    if (given !== undefined && given !== null) values.set(qualified(project, key), given);
  }
  for (const [key, value] of Object.entries(section(file, `Pulumi.${stack}.yaml`)))
    values.set(qualified(project, key), value);
  return { project, entry: typeof projectFile.main === "string" ? projectFile.main : "index.ts", ...toConfig(values) };
}

/** Every stack that has a file, with it. */
export function stackFiles(projectDir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const examples = join(projectDir, "examples");
  const directories = existsSync(examples) ? readdirSync(examples).map((name) => join(examples, name)) : [];
  for (const directory of [projectDir, ...directories]) {
    const names = existsSync(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
    for (const { name } of names.sort((a, b) => a.name.localeCompare(b.name))) {
      const stack = /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1];
      if (stack !== undefined && !found.has(stack)) found.set(stack, join(directory, name));
    }
  }
  return found;
}

function findStackFile(projectDir: string, stack: string): string {
  const files = stackFiles(projectDir);
  const file = files.get(stack);
  if (file !== undefined) return file;
  const known = [...files].map(([name, path]) => `  ${name.padEnd(24)} ${relative(projectDir, path)}`);
  throw new UsageError(`there is no stack "${stack}". There are:\n${known.join("\n")}`);
}

function readYaml(projectDir: string, file: string): Readonly<Record<string, unknown>> {
  const name = relative(projectDir, file);
  if (!existsSync(file)) throw new UsageError(`${name} is missing: run this in the project's directory`);
  const lineCounter = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new UsageError(`${name}:${line}:${col}: ${error.message}`);
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents)) throw new UsageError(`${name}:1:1: it has to be a mapping of keys`);
  return document.toJS() as Readonly<Record<string, unknown>>;
}

function section({ config }: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  if (config === undefined || config === null) return {};
  if (!isObject(config)) throw new UsageError(`${name}: \`config\` has to be a mapping of keys`);
  return config;
}

/** A key without a namespace belongs to the project. */
function qualified(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

function toConfig(values: ReadonlyMap<string, unknown>): Pick<StackConfig, "config" | "secretKeys" | "canaries"> {
  const config: Record<string, string> = {};
  const secretKeys: string[] = [];
  const canaries = new Map<string, string>();
  for (const [key, value] of values) {
    const known = canaries.size;
    // What is to be set yet is taken as set; what stands there in plain text goes to the program, which refuses it.
    const replaced = value === unsetSecret ? record(key, canaries) : replaceSecure(value, key, canaries);
    config[key] = typeof replaced === "string" ? replaced : JSON.stringify(replaced ?? "");
    if (canaries.size > known) secretKeys.push(key);
  }
  return { config, secretKeys, canaries };
}

/** `{ secure: <ciphertext> }`, wherever it is, becomes a stand-in. */
function replaceSecure(value: unknown, path: string, canaries: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((element, index) => replaceSecure(element, `${path}[${index}]`, canaries));
  if (!isObject(value)) return value;
  if (Object.keys(value).length === 1 && typeof value.secure === "string") return record(path, canaries);
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, replaceSecure(field, `${path}.${key}`, canaries)]),
  );
}

/** What stands in a stack file where a secret is still to be set. */
const unsetSecret = "<unset>";

function record(path: string, canaries: Map<string, string>): string {
  const value = standIn(path);
  canaries.set(path, value);
  return value;
}
