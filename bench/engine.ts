import { join } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../rehearsal/engine/stack-file.ts";
import { isOwnNetwork } from "../rehearsal/hosts/own-network.ts";
import { runIsolated } from "../rehearsal/pulumi/isolated.ts";
import { pluginsOf } from "../rehearsal/pulumi/plugins.ts";

const usage = `What prod costs on the real engine, as ratios within one run, against simulated clouds.

  npm run bench:engine [-- --rounds N]

  --rounds N   how often the previews are run in turn (default 5)
  --help

Exit status: 0 all limits hold, or parts are missing and nothing was measured; 1 a limit is broken.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (isOwnNetwork()) {
    const { measureEngine } = await import("./engine-measure.ts");
    return await measureEngine({ projectDir: join(import.meta.dirname, ".."), rounds: Number(values.rounds) });
  }
  try {
    return await runIsolated({
      command: [process.execPath, import.meta.filename, ...process.argv.slice(2)],
      plugins: pluginsOf(process.cwd()).map(({ name }) => name),
      say: (line) => void process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stdout.write(`skipped, so nothing was measured: ${error.message}\n`);
    return 0;
  }
}

process.exitCode = await main();
