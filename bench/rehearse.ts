import { parseArgs } from "node:util";
import { stackFiles } from "../rehearsal/engine/stack-file.ts";
import { projectDir } from "./measure.ts";
import { inOwnProcess } from "./processes.ts";
import { createVerdicts, median } from "./verdicts.ts";
import { sayWaits } from "./waits.ts";

const usage = `What a rehearsal costs, as ratios within one run.

  npm run bench [-- --rounds N] [--quick]
  npm run bench -- stacks    whether every stack there is takes no longer than it must, in virtual seconds

  --rounds N   how often prod and the empty program are run in turn (default 5)
  --quick      leave out the stage of 1,000 workers
  --help
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [part] = positionals;
  if (positionals.length > 1 || (part !== undefined && part !== "stacks")) {
    process.stderr.write(usage);
    return 2;
  }
  const { say, status } = createVerdicts();
  if (part === "stacks") {
    for (const stack of stackFiles(projectDir).keys()) await sayWaits(stack, say);
    return status();
  }

  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++)
    rounds.push({ empty: await inOwnProcess("empty"), prod: await inOwnProcess("prod") });
  process.stdout.write(
    `empty program in the SDK's runner: ${median(rounds.map(({ empty }) => empty.seconds)).toFixed(2)} s; prod: ${median(rounds.map(({ prod }) => prod.seconds)).toFixed(2)} s\n`,
  );
  say(
    "prod against the empty program, time (median of pairs)",
    median(rounds.map(({ empty, prod }) => prod.seconds / empty.seconds)),
    3,
    "x",
  );

  const sizes = values.quick ? [10, 100] : [10, 100, 1000];
  const grown = [];
  for (const workers of sizes) {
    const { seconds, memory, resources } = await inOwnProcess(`workers-${workers}`);
    grown.push({ seconds, memory, resources });
    process.stdout.write(
      `${String(workers).padStart(5)} workers: ${resources} resources in ${seconds.toFixed(1)} s, ${memory.toFixed(0)} MiB\n`,
    );
  }
  const [, middle, large] = grown;
  if (middle !== undefined && large !== undefined) {
    say(
      "time per resource at 1,000 workers against 100",
      large.seconds / large.resources / (middle.seconds / middle.resources),
      1.25,
      "x",
    );
    say("1,000 workers, time", large.seconds, 60, " s");
    say("1,000 workers, peak memory of rehearsal and program together", large.memory, 1024, " MiB");
  }

  await sayWaits("prod", say);
  return status();
}

process.exitCode = await main();
