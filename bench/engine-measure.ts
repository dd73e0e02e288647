import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../rehearsal/engine/events.ts";
import { loadStackConfig } from "../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../rehearsal/pulumi/installation.ts";
import type { Operation } from "../rehearsal/pulumi/operations.ts";
import { Rehearsed } from "../rehearsal/pulumi/rehearsed.ts";
import { EngineStack, type Ran } from "../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../rehearsal/pulumi/world.ts";
import { mandatoryChain } from "./mandatory.ts";
import { residentBelow } from "./processes.ts";
import { createVerdicts, median } from "./verdicts.ts";

export interface EngineMeasureArgs {
  readonly projectDir: string;
  readonly rounds: number;
}

/** Seconds that services take over each answer: about what the real ones need for what starts no action. */
const latency = 0.2;
/** How many times faster than ours the machines' clock runs: a boot of 20 s takes five. */
const speed = 4;

/** Prints every figure and returns the exit status. Needs a network of its own. */
export async function measureEngine({ projectDir, rounds }: EngineMeasureArgs): Promise<number> {
  const installation = findInstallation();
  if (installation === undefined) throw new Error("the engine has gone");
  const dir = mkdtempSync(join(tmpdir(), "groundwork-bench-"));
  const config = { ...loadStackConfig(projectDir, "prod"), stack: "prod" };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const late = { latency };
  const doors = { hetzner: late, cloudflare: late, tailscale: late };
  const world = await createWorld({ dir: join(dir, "world"), stack: config, speed, doors, say });
  try {
    const secrets = Object.fromEntries(config.canaries);
    const stackOf = (name: string, project: string): Promise<EngineStack> =>
      EngineStack.create({
        ...{ installation, project, secrets },
        name: "prod",
        dir: join(dir, name),
        sections: world.sections,
      });
    const empty = await stackOf("empty", providersAlone(projectDir, join(dir, "providers")));
    const prod = await stackOf("prod", projectDir);
    const offline = await new Rehearsed(config, projectDir).run(world.sections);
    return await measure({ empty, prod, offline, world, rounds });
  } finally {
    await world.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Measure {
  readonly empty: EngineStack;
  readonly prod: EngineStack;
  readonly offline: Run;
  readonly world: World;
  readonly rounds: number;
}

async function measure({ empty, prod, offline, world, rounds }: Measure): Promise<number> {
  const verdicts = createVerdicts();
  // For the empty stack's provider alone: the program's own has a kubeconfig of its own.
  process.env.KUBECONFIG = world.kube.kubeconfig;
  const pairs: { readonly empty: Timed; readonly prod: Timed }[] = [];
  // The first fills caches: what is compiled, what plugins say of their schemas.
  for (let round = 0; round <= rounds; round++) {
    const pair = { empty: await timed(() => empty.preview()), prod: await timed(() => prod.preview()) };
    if (round > 0) pairs.push(pair);
  }
  const seconds = (which: "empty" | "prod"): number => median(pairs.map((pair) => pair[which].seconds));
  verdicts.note(
    `preview of the same providers alone: ${seconds("empty").toFixed(1)} s, ${peak(pairs.map((pair) => pair.empty))} MiB; of prod: ${seconds("prod").toFixed(1)} s, ${peak(pairs.map((pair) => pair.prod))} MiB`,
  );
  const ratios = pairs.map((pair) => pair.prod.seconds / pair.empty.seconds);
  verdicts.say("preview of prod against its providers alone (median of pairs)", median(ratios), 1.5, "x");

  const up = await timed(() => prod.up());
  const { makespan, chain, names } = against(up.ran.operations, offline);
  verdicts.note(`up: ${makespan.toFixed(1)} s, its slowest chain ${chain.toFixed(1)} s: ${names.join(" → ")}`);
  verdicts.say("makespan of up over its slowest chain", makespan / chain, 1.2, "x");
  verdicts.note(
    `up: ${up.memory.toFixed(0)} MiB at most for engine, plugins and program together, ${(up.memory / peak(pairs.map((pair) => pair.empty))).toFixed(2)}x the preview of its providers alone`,
  );
  return verdicts.status();
}

interface Timed {
  readonly ran: Ran;
  readonly seconds: number;
  /** MiB: the most that all processes below this one that belong to the engine held together at one time. */
  readonly memory: number;
}

async function timed(run: () => Promise<Ran>): Promise<Timed> {
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, residentBelow(process.pid, "pulumi"));
  }, 200);
  const began = performance.now();
  const ran = await run();
  clearInterval(watch);
  if (ran.failure !== undefined) throw new Error(ran.failure);
  return { ran, seconds: (performance.now() - began) / 1000, memory };
}

const peak = (all: readonly Timed[]): number => Math.round(Math.max(...all.map(({ memory }) => memory)));

/**
 * From the first operation's beginning to the last one's end, and the longest chain of operations of which each has to
 * follow the one before it, each as long as it took in this very run, simulated delays and all.
 */
function against(operations: readonly Operation[], offline: Run) {
  const made = new Map(operations.map((operation) => [operation.urn, operation]));
  const resources = offline.resources.map((resource) => {
    const { start = 0, end = start } = made.get(resource.urn) ?? {};
    return { ...resource, start: start / 1000, end: end / 1000 };
  });
  const all = operations.filter(({ type }) => !type.startsWith("groundwork:") && type !== "pulumi:pulumi:Stack");
  const begin = Math.min(...all.map(({ start }) => start));
  const end = Math.max(...all.map((operation) => operation.end ?? operation.start));
  const chain = mandatoryChain({ ...offline, resources });
  return { makespan: (end - begin) / 1000, chain: chain.seconds, names: chain.names };
}

/** The project with another main file, which stands where the own one does: what Node is told to load is found from there. */
function providersAlone(projectDir: string, dir: string): string {
  mkdirSync(dir);
  for (const entry of readdirSync(projectDir)) {
    if (entry !== "Pulumi.yaml") symlinkSync(join(projectDir, entry), join(dir, entry));
  }
  symlinkSync(join(projectDir, "bench", "providers.ts"), join(dir, "providers.ts"));
  const project = readFileSync(join(projectDir, "Pulumi.yaml"), "utf8");
  const [main, other] = ["main: index.ts", "main: providers.ts"];
  if (!project.includes(main)) throw new Error(`Pulumi.yaml has no line "${main}"`);
  writeFileSync(join(dir, "Pulumi.yaml"), project.replace(main, other).replace('value: ["kubernetes"]', "value: []"));
  return dir;
}
