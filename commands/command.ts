import { messageOf } from "../lib/words.ts";

/** Cannot be done as things are; nothing was begun. */
export class Refused extends Error {}

/** A class of errors, by which they are told apart. */
type Kind = abstract new (...args: never[]) => Error;

export interface Command<Options> {
  /** In front of what it says of errors. */
  readonly name: string;
  readonly usage: string;
  /** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
  readonly readOptions: (argv: readonly string[]) => Options | undefined;
  /** Returns the exit status. */
  readonly perform: (options: Options) => number | Promise<number>;
  /** Errors that are the caller's as wrong arguments are, and have the same exit status, 2. Any other has 1. */
  readonly misuse: readonly Kind[];
}

/** Runs this process's command and says in a line why it fails. Returns the exit status. */
export async function runCommand<Options>(
  { name, usage, readOptions, perform, misuse }: Command<Options>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const say = (error: unknown, more = ""): void => void process.stderr.write(`${name}: ${messageOf(error)}\n${more}`);
  let options: Options | undefined;
  try {
    options = readOptions(argv);
  } catch (error) {
    say(error, `\n${usage}`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await perform(options);
  } catch (error) {
    say(error);
    return misuse.some((kind) => error instanceof kind) ? 2 : 1;
  }
}

/** Prints a result on standard output: its text, or with --json the result itself as one document. */
export const printer =
  (json: boolean) =>
  (result: unknown, text: string): void =>
    void process.stdout.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : text);
