import { measure } from "./measure.ts";

/** Runs one thing and prints what it took as JSON: `empty`, `prod` or `workers-<n>`. */
const { seconds, run } = await measure(process.argv[2] ?? "prod");
if (!run.succeeded)
  throw new Error(
    run.failure ?? run.resources.find(({ error }) => error !== undefined)?.error ?? "the rehearsal failed",
  );
process.stdout.write(JSON.stringify({ seconds, resources: run.resources.length }));
