import { parseArgs } from "node:util";
import { systemDiagram } from "../config/system/page.ts";
import { systemOf } from "../config/system/system.ts";
import { messageOf } from "../lib/words.ts";
import { UsageError } from "../rehearsal/engine/stack-file.ts";
import { readStage } from "./stage.ts";

const usage = `Draws a stack: its machines and the ways to them, its host names, its releases in their order, its secrets.

  npm run --silent diagram -- <stack> > system.md

Markdown with Mermaid diagrams, which GitHub, GitLab and most editors show. Nothing is made, nobody is asked; the pages in
docs/systems hold the same for the stacks of this repository.

Ends with 0, or with 2 when the configuration or the call is wrong.
`;

function main(argv: readonly string[]): number {
  try {
    const { values, positionals } = readArguments(argv);
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const [stack, ...rest] = positionals;
    if (stack === undefined || rest.length > 0) throw new UsageError("name one stack");
    process.stdout.write(systemDiagram(stack, systemOf(readStage(process.cwd(), stack))));
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`diagram: ${error.message}\n`);
    return 2;
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { help: { type: "boolean", default: false } },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

process.exitCode = main(process.argv.slice(2));
