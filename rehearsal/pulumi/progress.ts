import type { Finding } from "../model.ts";
import type { Output } from "../report/rehearse.ts";
import { count, duration, indent, type Style, shortType } from "../report/style.ts";
import { findingsText } from "../report/text.ts";
import { isChange, type Operation } from "./operations.ts";

export type Command = "up" | "second up" | "destroy";

/** What the user sees of a rehearsal on the real engine. */
export interface Report {
  line(text: string): void;
  begin(command: Command): void;
  /** One that has ended. */
  operation(operation: Operation): void;
  end(row: { readonly command: Command; readonly seconds: number; readonly changes: readonly string[] }): void;
  failure(text: string): void;
  verdict(outcome: {
    readonly findings: readonly Finding[];
    readonly failure?: string;
    readonly seconds: number;
  }): void;
}

export interface ReportArgs {
  readonly stream: Output;
  readonly style: Style;
  /** No progress: only findings, failures and the verdict. */
  readonly quiet: boolean;
}

export function createReport({ stream, style, quiet }: ReportArgs): Report {
  const write = (text: string): void => void stream.write(`${text}\n`);
  const line = (text: string): void => {
    if (!quiet) write(text);
  };
  const failure = (text: string): void =>
    write(`\n${style.red(style.bold("Failed"))}\n  ${indent(text.trim(), "  ")}\n`);
  return {
    line,
    failure,
    begin: (command) => line(`\n${style.bold(command)}`),
    operation(operation) {
      if (isChange(operation)) line(`  ${describe(operation, style)}`);
    },
    end({ command, seconds, changes }) {
      line(`${style.bold(command)}: ${tally(changes)} in ${duration(seconds)}`);
    },
    verdict(outcome) {
      if (outcome.failure !== undefined) failure(outcome.failure);
      if (outcome.findings.length > 0) write(`\n${findingsText(outcome.findings, style)}`);
      else if (outcome.failure === undefined)
        write(`\n${style.green("No findings: the real engine does what the offline rehearsal says, and settles.")}`);
      write(`Rehearsed on the real engine in ${duration(outcome.seconds)}.`);
    },
  };
}

/** `115 create`, `nothing to do` */
function tally(changes: readonly string[]): string {
  const groups = Map.groupBy(changes, (change) => change.split(" ")[0] ?? "");
  const parts = [...groups].map(([operation, all]) => `${all.length} ${operation}`);
  return parts.length === 0 ? "nothing to do" : `${count(changes.length, "change")}, ${parts.join(", ")}`;
}

function describe({ operation, type, name, start, end }: Operation, style: Style): string {
  const what = `${style.dim(shortType(type))} ${name}`;
  return end === undefined
    ? `${style.red("!")} ${what}  ${operation} failed`
    : `${symbol(operation, style)} ${what}  ${style.dim(duration((end - start) / 1000))}`;
}

/** The engine's own words for what it does are many, and an open list. */
function symbol(operation: string, style: Style): string {
  if (operation.startsWith("create")) return style.green("+");
  if (operation.startsWith("delete")) return style.red("-");
  return style.yellow("~");
}
