import { parseArgs } from "node:util";

export const usage = `Gets a stack going again after a run that was interrupted: operations that the engine did not finish, things that
exist without the state knowing them, Helm releases that are stuck, the lock of a process that is gone.

  npm run recover -- <stack> [options]

  --yes        do what the plan says without asking
  --dry-run    show the plan and do nothing
  --json       one JSON document on standard output instead of text: stack, actions, left, done
  --no-color
  --help

Without --yes it asks; where nobody can be asked, it shows the plan and does nothing. The state as it was is kept under
.recover/, secrets encrypted.

Ends with 0 when nothing was to be done or all of it is, 1 when something is left, 2 when the call is wrong or there is
no such stack.
`;

export interface Options {
  readonly stack: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly colours: boolean;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      yes: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "no-color": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const [stack, ...rest] = positionals;
  if (stack === undefined) throw new Error("name the stack");
  if (rest.length > 0) throw new Error(`one stack at a time; ${rest.join(" ")} is too much`);
  if (values.yes && values["dry-run"]) throw new Error("--yes does it and --dry-run does not; leave one of them out");
  return {
    stack,
    yes: values.yes,
    dryRun: values["dry-run"],
    json: values.json,
    colours: !values["no-color"],
  };
}
