import { parseArgs } from "node:util";
import { systemDiagram } from "../config/system/page.ts";
import { systemOf } from "../config/system/system.ts";
import { UsageError } from "../rehearsal/engine/stack-file.ts";
import { runCommand } from "./command.ts";
import { readStage } from "./stage.ts";

const usage = `Draws a stack: its machines and the ways to them, its host names, its releases in their order, its secrets.

  npm run --silent diagram -- <stack> > system.md

Markdown with Mermaid diagrams, which GitHub, GitLab and most editors show. Nothing is made, nobody is asked; the pages in
docs/systems hold the same for the stacks of this repository.

Ends with 0, or with 2 when the configuration or the call is wrong.
`;

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
function readOptions(argv: readonly string[]): { readonly stack: string } | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { help: { type: "boolean", default: false } },
  });
  if (values.help) return undefined;
  const [stack, ...rest] = positionals;
  if (stack === undefined || rest.length > 0) throw new Error("name one stack");
  return { stack };
}

function perform({ stack }: { readonly stack: string }): number {
  process.stdout.write(systemDiagram(stack, systemOf(readStage(process.cwd(), stack))));
  return 0;
}

process.exitCode = await runCommand({ name: "diagram", usage, readOptions, perform, misuse: [UsageError] });
