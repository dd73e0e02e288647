import { parseArgs } from "node:util";
import { loadStackConfig, UsageError } from "../rehearsal/engine/stack-file.ts";
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

async function main(argv: readonly string[]): Promise<number> {
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
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [stack, ...others] = positionals;
  const seconds = Number(values.timeout);
  if (stack === undefined || others.length > 0) throw new UsageError("name one stack");
  if (!(seconds > 0)) throw new UsageError(`--timeout has to be a number of seconds, not "${values.timeout}"`);
  const projectDir = process.cwd();
  const name = stackName(stack);
  const config = loadStackConfig(projectDir, name);
  const [checks, hosts] = await Promise.all([
    values.hosts ? [] : checkServices({ stack, projectDir, config }),
    checkHosts(name, config, seconds),
  ]);
  process.stdout.write(
    values.json ? `${JSON.stringify({ checks, hosts }, undefined, 2)}\n` : `${checksText(checks)}${hostsText(hosts)}`,
  );
  return [...checks, ...hosts].every(({ state }) => state === "well") ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`doctor: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
