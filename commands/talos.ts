import { heldCluster } from "../lib/talos/held.ts";
import { UsageError } from "../rehearsal/engine/stack-file.ts";
import { printer, runCommand } from "./command.ts";
import { Engine, NoStack } from "./recover/engine.ts";
import { type Options, readOptions, usage } from "./talos/options.ts";
import { apply, bootstrap, configuration, type Outcome } from "./talos/perform.ts";
import { runHere } from "./talos/run.ts";
import { talosStage } from "./talos/stage.ts";

/** Exit status, see `usage`. */
async function perform({ stack, ask, json }: Options): Promise<number> {
  const stage = talosStage(process.cwd(), stack);
  const held = async () => heldCluster(await new Engine(stack).export({ secrets: true }), stage.cluster);
  const print = printer(json);
  switch (ask.verb) {
    case "config": {
      const text = configuration(stage, ask.node, ask.secrets === "shown" ? await held() : undefined);
      print({ node: ask.node, secrets: ask.secrets, configuration: text }, text);
      return 0;
    }
    case "apply": {
      const outcomes = await apply(stage, { nodes: ask.nodes, held: await held(), run: runHere });
      print(outcomes, outcomes.map(outcomeLine).join(""));
      return outcomes.every(({ result }) => result === "applied") ? 0 : 1;
    }
    case "bootstrap": {
      const reason = await bootstrap(stage, { held: await held(), run: runHere });
      const said = reason === undefined ? {} : { reason };
      print(
        { cluster: stage.cluster, result: reason === undefined ? "bootstrapped" : "refused", ...said },
        reason === undefined ? `${stage.cluster}: bootstrapped\n` : `${stage.cluster}: not bootstrapped: ${reason}\n`,
      );
      return reason === undefined ? 0 : 1;
    }
    default: {
      const unknown: never = ask;
      throw new Error(`unknown verb: ${JSON.stringify(unknown)}`);
    }
  }
}

const outcomeLine = ({ node, result, reason }: Outcome): string =>
  `${node}: ${result}${reason === undefined ? "" : `: ${reason}`}\n`;

process.exitCode = await runCommand({ name: "talos", usage, readOptions, perform, misuse: [NoStack, UsageError] });
