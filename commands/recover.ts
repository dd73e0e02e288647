import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parse } from "yaml";
import type { Left, Plan } from "../lib/recover/plan.ts";
import { createStyle } from "../rehearsal/report/style.ts";
import { runCommand } from "./command.ts";
import { Engine, NoStack } from "./recover/engine.ts";
import { examine } from "./recover/examine.ts";
import { lockHolders } from "./recover/locks.ts";
import { type Options, readOptions, usage } from "./recover/options.ts";
import { perform } from "./recover/perform.ts";
import { leftText, planText } from "./recover/report.ts";
import { fileElsewhere } from "./stack.ts";

/** Exit status, see `usage`. */
async function recover(options: Options): Promise<number> {
  const { stack, json } = options;
  const stream = json ? process.stderr : process.stdout;
  const style = createStyle(options.colours && stream.isTTY === true && !process.env.NO_COLOR);
  const say = (line: string): void => void process.stderr.write(`${style.dim(`${line} …`)}\n`);
  const configFile = fileElsewhere(process.cwd(), stack);
  const engine = new Engine(stack, configFile);
  const locks = lockHolders({ backend: await engine.backend(), project: projectName(), stack });
  const { plan, clusters } = await examine({ stack, engine, locks, say });
  stream.write(planText(plan, style));
  const isAgreed = plan.actions.length > 0 && !options.dryRun && (options.yes || (await agreed(json)));
  const failed = isAgreed
    ? await perform({ ...{ stack, engine, clusters, say }, actions: plan.actions, dir: ".recover" })
    : [];
  const outcome = { plan, failed, done: plan.actions.length === 0 || (isAgreed && failed.length === 0) };
  if (json) process.stdout.write(`${JSON.stringify(document(stack, outcome), undefined, 2)}\n`);
  for (const line of leftText(failed, style)) stream.write(`${line}\n`);
  if (!outcome.done || plan.left.length > 0) {
    if (plan.actions.length > 0 && !isAgreed)
      stream.write(`Nothing was done. To do it: npm run recover -- ${stack} --yes\n`);
    return 1;
  }
  stream.write(`Now: pulumi up --stack ${stack}${configFile === undefined ? "" : ` --config-file ${configFile}`}\n`);
  return 0;
}

interface Outcome {
  readonly plan: Plan;
  readonly failed: readonly Left[];
  readonly done: boolean;
}

const document = (stack: string, { plan, failed, done }: Outcome) => ({
  stack,
  actions: plan.actions,
  left: [...plan.left, ...failed],
  done,
});

/** Asks whoever sits there; nobody there has not agreed. */
async function agreed(json: boolean): Promise<boolean> {
  if (json || process.stdin.isTTY !== true || process.stdout.isTTY !== true) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Do it? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function projectName(): string {
  const { name } = parse(readFileSync(join(process.cwd(), "Pulumi.yaml"), "utf8")) as { readonly name: string };
  return name;
}

process.exitCode = await runCommand({ name: "recover", usage, readOptions, perform: recover, misuse: [NoStack] });
