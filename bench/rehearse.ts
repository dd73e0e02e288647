import { parseArgs } from "node:util";
import { timelineOf } from "../rehearsal/engine/timeline.ts";
import { mandatoryChain } from "./mandatory.ts";
import { measure } from "./measure.ts";
import { inOwnProcess } from "./processes.ts";
import { createVerdicts, median } from "./verdicts.ts";

const usage = `What a rehearsal costs, as ratios within one run.

  npm run bench [-- --rounds N] [--quick]

  --rounds N   how often prod and the empty program are run in turn (default 5)
  --quick      leave out the stage of 1,000 workers
  --help
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
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
  const { say, status } = createVerdicts();

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

  const { run } = await measure("prod");
  const { makespan } = timelineOf(run);
  const chain = mandatoryChain(run);
  process.stdout.write(
    `makespan ${makespan.toFixed(0)} s; longest mandatory chain ${chain.seconds.toFixed(0)} s: ${chain.names.join(" → ")}\n`,
  );
  say("makespan over the longest mandatory chain", makespan / chain.seconds, 1.15, "x");
  return status();
}

process.exitCode = await main();
