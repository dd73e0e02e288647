import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/words.ts";
import { UsageError } from "../engine/stack-file.ts";

export const usage = `Rehearses a stack: runs the program against a simulated world. Nothing is made, nothing is paid for.

  npm run rehearse -- <stack> [options]
  npm run rehearse -- <stack> --engine pulumi [options]

  --out DIR        where the results go              (.rehearsal/<stack>)
  --faults         fail each kind of resource once, and run again until all is well
  --seed N         which faults: 0, 1 and 2 give every kind each fault once   (0)
  --json           one JSON document on standard output, progress on standard error
  --show-secrets   print and write secrets instead of [secret]
  --quiet          no tree; only findings and totals
  --no-color       no colours, as with NO_COLOR
  --help

With --engine pulumi the real engine and the real plugins do it, against the same clouds served on this machine: minutes
instead of seconds. Up, up again, destroy; what differs from the rehearsal without --engine is a finding. Takes --json,
--quiet, --no-color, and

  --keep           destroy nothing: leave it all standing, to be looked at, until Ctrl-C

Ends with 0 when nothing was found, 1 with findings or failures, 2 when the configuration or the call is wrong or
something is missing.
`;

export type Options = OfflineOptions | EngineOptions;

interface Common {
  readonly stack: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colours: boolean;
}

export interface EngineOptions extends Common {
  readonly engine: "pulumi";
  readonly keep: boolean;
}

export interface OfflineOptions extends Common {
  readonly engine: "offline";
  readonly out: string;
  readonly faults: boolean;
  readonly seed: number;
  readonly showSecrets: boolean;
}

/** Options that only one of the two has. */
const offlineOnly = ["out", "faults", "seed", "show-secrets"] as const;

/** @throws UsageError. Returns undefined when help is asked for. */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [stack, ...others] = positionals;
  if (stack === undefined) throw new UsageError("name the stack to rehearse");
  if (others.length > 0) throw new UsageError(`one stack at a time: ${others.join(" ")} is too much`);
  const common = { stack, json: values.json, quiet: values.quiet, colours: !values["no-color"] };
  if (values.engine === "pulumi") {
    const [alien] = offlineOnly.filter((name) => values[name] !== undefined);
    if (alien !== undefined) throw new UsageError(`--${alien} does not go with --engine pulumi: leave out one of them`);
    return { ...common, engine: "pulumi", keep: values.keep };
  }
  if (values.engine !== undefined)
    throw new UsageError(`--engine is pulumi, the real one, or left out; not "${values.engine}"`);
  if (values.keep)
    throw new UsageError("--keep goes with --engine pulumi alone: without it nothing is ever left standing");
  const seed = Number(values.seed ?? "0");
  if (!Number.isInteger(seed) || seed < 0)
    throw new UsageError(`--seed has to be a whole number from 0 on, not "${values.seed}"`);
  return {
    ...common,
    engine: "offline",
    out: values.out ?? join(".rehearsal", stack),
    faults: values.faults ?? false,
    seed,
    showSecrets: values["show-secrets"] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        faults: { type: "boolean" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        "show-secrets": { type: "boolean" },
        engine: { type: "string" },
        keep: { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        "no-color": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
