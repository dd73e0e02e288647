import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { mergeKubeconfig } from "../lib/kubeconfig.ts";
import { runCommand } from "./command.ts";

const usage = `Merges a stack's kubeconfig into yours.

  npm run kubeconfig -- <stack> [options]

  --file FILE   the kubeconfig to merge into   (first of $KUBECONFIG, or ~/.kube/config)
  --from FILE   read the stack's kubeconfig from FILE instead of its outputs, such as .rehearsal/<stack>/kubeconfig
  --use         switch to the stack's context; without it the current context stays as it is
  --print       print the stack's kubeconfig and change nothing
  --help

What was in the file before is kept beside it as <file>.<time>.bak.
`;

/** Exit status: 0 done, 1 the stack has no kubeconfig or the file cannot be written, 2 wrong use. */
function perform({ stack, ...options }: Options): number {
  const incoming = options.from === undefined ? stackKubeconfig(stack) : readFileSync(options.from, "utf8");
  if (options.print) {
    process.stdout.write(incoming);
    return 0;
  }
  const file = resolve(
    options.file ??
      process.env.KUBECONFIG?.split(":").find((path) => path !== "") ??
      join(homedir(), ".kube", "config"),
  );
  const existing = existsSync(file) ? readFileSync(file, "utf8") : "";
  const merged = mergeKubeconfig(existing, incoming, { use: options.use });
  const contexts = contextsOf(incoming).names.join(", ");
  if (merged === existing) {
    process.stdout.write(`${file} holds ${contexts} already; nothing changed.\n`);
    return 0;
  }
  const backup = write(file, existing, merged);
  process.stdout.write(`${file}: ${contexts} merged.\n${backup === undefined ? "" : `Before: ${backup}\n`}`);
  const { current } = contextsOf(merged);
  const [own] = contextsOf(incoming).names;
  process.stdout.write(
    current === own
      ? `Current context: ${String(current)}\n`
      : `Current context: ${current ?? "none"}, as before. To use the new one: kubectl --context ${String(own)} get nodes\n`,
  );
  return 0;
}

function contextsOf(kubeconfig: string): { readonly names: readonly string[]; readonly current: string | undefined } {
  const document = parse(kubeconfig) as { contexts?: { name: string }[] | null; "current-context"?: string };
  return {
    names: (document.contexts ?? []).map(({ name }) => name),
    current: document["current-context"] || undefined,
  };
}

interface Options {
  readonly stack: string;
  readonly file: string | undefined;
  readonly from: string | undefined;
  readonly use: boolean;
  readonly print: boolean;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      file: { type: "string" },
      from: { type: "string" },
      use: { type: "boolean", default: false },
      print: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const [stack, ...rest] = positionals;
  if (stack === undefined) throw new Error("name the stack");
  if (rest.length > 0) throw new Error(`one stack at a time; ${rest.join(" ")} is too much`);
  return { stack, file: values.file, from: values.from, use: values.use, print: values.print };
}

function stackKubeconfig(stack: string): string {
  return execFileSync("pulumi", ["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Writes whole or not at all, readable by the owner only. Returns where the old content is kept. */
function write(file: string, existing: string, text: string): string | undefined {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const backup = existing === "" ? undefined : `${file}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}.bak`;
  if (backup !== undefined) {
    copyFileSync(file, backup);
    chmodSync(backup, 0o600);
  }
  const scratch = `${file}.${process.pid}.new`;
  writeFileSync(scratch, text, { mode: 0o600 });
  renameSync(scratch, file);
  return backup;
}

process.exitCode = await runCommand({ name: "kubeconfig", usage, readOptions, perform, misuse: [] });
