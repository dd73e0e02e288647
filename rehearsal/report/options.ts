import { join } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../engine/stack-file.ts";

export const usage = `Rehearses a stack: runs the program against a simulated world. Nothing is made, nothing is paid for.

  npm run rehearse -- <stack> [options]

  --out DIR        where the results go              (.rehearsal/<stack>)
  --faults         fail each kind of resource once, and run again until all is well
  --seed N         which faults: 0, 1 and 2 give every kind each fault once   (0)
  --json           one JSON document on standard output, progress on standard error
  --show-secrets   print and write secrets instead of [secret]
  --quiet          no tree; only findings and totals
  --no-color       no colours, as with NO_COLOR
  --help

Ends with 0 when nothing was found, 1 with findings or failures, 2 when the configuration or the call is wrong.
`;

export interface Options {
  readonly stack: string;
  readonly out: string;
  readonly faults: boolean;
  readonly seed: number;
  readonly json: boolean;
  readonly showSecrets: boolean;
  readonly quiet: boolean;
  readonly colours: boolean;
}

/** @throws UsageError. Returns undefined when help is asked for. */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [stack, ...others] = positionals;
  if (stack === undefined) throw new UsageError("name the stack to rehearse");
  if (others.length > 0) throw new UsageError(`one stack at a time: ${others.join(" ")} is too much`);
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new UsageError(`--seed has to be a whole number from 0 on, not "${values.seed}"`);
  return {
    stack,
    out: values.out ?? join(".rehearsal", stack),
    faults: values.faults,
    seed,
    json: values.json,
    showSecrets: values["show-secrets"],
    quiet: values.quiet,
    colours: !values["no-color"],
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        faults: { type: "boolean", default: false },
        seed: { type: "string", default: "0" },
        json: { type: "boolean", default: false },
        "show-secrets": { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        "no-color": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
