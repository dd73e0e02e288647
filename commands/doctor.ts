import { parseArgs } from "node:util";
import { loadStackConfig, UsageError } from "../rehearsal/engine/stack-file.ts";
import { printer, runCommand } from "./command.ts";
import { checksText } from "./doctor/check.ts";
import { checkHosts, hostsText } from "./doctor/hosts.ts";
import { checkServices } from "./doctor/services.ts";
import { stackName } from "./stack.ts";

const usage = `Looks at what a stack needs before anything is made: programs on this machine, the tokens and addresses of its
services, hosts that exist and their keys. Changes nothing, and logs in to no host.

  npm run doctor -- <stack> [options]

  --hosts       look at the hosts that exist alone, which takes no engine and no secret
  --json        one JSON document on standard output
  --timeout N   seconds that a host is waited for   (5)
  --help

Ends with 0 when all is well and every host answers with the key that is pinned, 1 when something is not, 2 when the
call is wrong.
`;

interface Options {
  readonly stack: string;
  readonly hosts: boolean;
  readonly json: boolean;
  readonly seconds: number;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      hosts: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      timeout: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const [stack, ...others] = positionals;
  const seconds = Number(values.timeout);
  if (stack === undefined || others.length > 0) throw new Error("name one stack");
  if (!(seconds > 0)) throw new Error(`--timeout has to be a number of seconds, not "${values.timeout}"`);
  return { stack, hosts: values.hosts, json: values.json, seconds };
}

/** Exit status, see `usage`. */
async function perform(options: Options): Promise<number> {
  const { stack, seconds } = options;
  const projectDir = process.cwd();
  const name = stackName(stack);
  const config = loadStackConfig(projectDir, name);
  const [checks, hosts] = await Promise.all([
    options.hosts ? [] : checkServices({ stack, projectDir, config }),
    checkHosts(name, config, seconds),
  ]);
  printer(options.json)({ checks, hosts }, `${checksText(checks)}${hostsText(hosts)}`);
  return [...checks, ...hosts].every(({ state }) => state === "well") ? 0 : 1;
}

process.exitCode = await runCommand({ name: "doctor", usage, readOptions, perform, misuse: [UsageError] });
