import module from "node:module";
import { join } from "node:path";

import type { EngineOptions } from "../rehearsal/report/options.ts";

const [major] = process.versions.node.split(".");
if (Number(major) < 24) {
  process.stderr.write(
    `rehearse: this is Node ${process.versions.node}, and the program needs Node 24.\nRun \`npm ci\`, which brings it, and then \`npm run rehearse -- <stack>\`, which uses it.\n`,
  );
  process.exit(2);
}

// What was compiled once is not compiled again: a good part of the time that a rehearsal takes.
module.enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "rehearsal"));

// Only now: what follows does not load on an older Node.
const { chartFacts } = await import("../lib/platform/facts.ts");
const { UsageError } = await import("../rehearsal/engine/stack-file.ts");
const { readOptions, usage } = await import("../rehearsal/report/options.ts");
const { rehearse } = await import("../rehearsal/report/rehearse.ts");
const { genericSources } = await import("../rehearsal/report/sources.ts");
const { createWorld } = await import("../rehearsal/world.ts");

/** Exit status: 0 nothing found, 1 findings or failures, 2 wrong configuration or use. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === undefined) {
      process.stdout.write(usage);
      return 0;
    }
    if (options.engine === "pulumi") return await onEngine(options, argv);
    return await rehearse({
      projectDir: process.cwd(),
      options,
      createWorld: ({ config, canaries }) =>
        createWorld({ stack: options.stack, config, secrets: [...canaries.values()] }),
      sources: genericSources,
      kindsOf: (chart) => (chartFacts(chart)?.kinds ?? []).map(({ group, kind }) => `${group}/${kind}`),
      environment: process.env,
      out: process.stdout,
      err: process.stderr,
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`rehearse: ${error.message}\n`);
    return 2;
  }
}

/** Everything is made ready outside; the rehearsal itself is this very command inside a network of its own. */
async function onEngine(options: EngineOptions, argv: readonly string[]): Promise<number> {
  const { isOwnNetwork } = await import("../rehearsal/hosts/own-network.ts");
  const { runIsolated, stopSignal } = await import("../rehearsal/pulumi/isolated.ts");
  const projectDir = process.cwd();
  if (isOwnNetwork()) {
    const { rehearseOnEngine } = await import("../rehearsal/pulumi/rehearse.ts");
    const { stdout: out, stderr: err, env: environment } = process;
    return await rehearseOnEngine({ projectDir, options, environment, out, err, signal: stopSignal() });
  }
  const { pluginsOf } = await import("../rehearsal/pulumi/plugins.ts");
  return await runIsolated({
    command: [process.execPath, import.meta.filename, ...argv],
    plugins: pluginsOf(projectDir).map(({ name }) => name),
    say: (line) => void process.stderr.write(`${line}\n`),
  });
}

process.exitCode = await main(process.argv.slice(2));
