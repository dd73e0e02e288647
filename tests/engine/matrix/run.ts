import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadStackConfig } from "../../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../../rehearsal/pulumi/missing.ts";
import { changes } from "../../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../../rehearsal/pulumi/plugins.ts";
import { merged, type Sections } from "../../../rehearsal/pulumi/sections.ts";
import { EngineStack, type Ran } from "../../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../../rehearsal/pulumi/world.ts";
import { start } from "../command.ts";
import { openSecrets } from "../open-secrets.ts";
import { createArms } from "./arm.ts";
import { expected, Fates } from "./fates.ts";
import { allOrders, fewOrders, type Order } from "./orders.ts";
import { isLater, type Provider, stacks } from "./victims.ts";

// A stack on the real engine and the real providers, made while the services and machines fail: `up` again and again, as
// somebody would who repeats it, until it is through. GROUNDWORK_ENGINE_FAULTS=all orders the whole matrix of
// docs/faults.md; else each fault befalls one provider.

/** What is there when all is through. */
export interface Outcome {
  readonly world: World;
  readonly orders: readonly Order[];
  /** What the state has of a type. */
  inState(type: string): Promise<readonly StateResource[]>;
  /** Their ids, sorted. */
  idsIn(type: string): Promise<readonly string[]>;
}

export interface StateResource {
  readonly type: string;
  readonly id?: string;
  readonly outputs?: { readonly name?: string };
}

export interface MatrixArgs {
  readonly name: keyof typeof stacks;
  /** Merged into the stack's sections before anything is made. */
  readonly change: Sections;
  /** Merged into them when all is made, while whole services go away. */
  readonly later: Sections;
  /** Fails when something is there twice, or unknown to the state. */
  readonly noOrphans: (outcome: Outcome) => Promise<void>;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** More than any order needs: who has not come through by then never will. */
const most = 16;

/** Registers the tests of one stack; they are skipped, and said to be, where something is missing. */
export function runMatrix({ name, change, later, noOrphans }: MatrixArgs): void {
  const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name: plugin }) => plugin));
  for (const line of missing) say(`skipped: ${name} with failures on the real engine: ${line}`);

  const every = process.env.GROUNDWORK_ENGINE_FAULTS === "all" ? allOrders() : fewOrders();
  const own: readonly Provider[] = stacks[name];
  const orders = every.filter(({ provider }) => own.includes(provider));
  const config = { ...loadStackConfig(process.cwd(), name), stack: name };
  const dir = mkdtempSync(join(tmpdir(), "groundwork-faults-"));
  const arms = createArms();
  let world: World;
  let stack: EngineStack;
  let sections: Sections;
  /** All that any command said. */
  const said: string[] = [];
  let number = 0;

  async function run(running: Promise<Ran>): Promise<Ran> {
    const ran = await running;
    said.push(...ran.said);
    expect(world.failures()).toEqual([]);
    return ran;
  }

  /** `up` after `up` while these befall it, until one is through. */
  async function befallenBy(befalling: readonly Order[]): Promise<void> {
    const fates = new Fates(befalling, arms);
    let ran: Ran;
    let runs = 0;
    do {
      number++;
      runs++;
      fates.arm();
      const began = Date.now();
      ran = await run(stack.up({ continueOnError: true }));
      fates.follow(ran, number);
      await Promise.all(Object.values(world.doors).map((door) => door?.reopen()));
      const seconds = Math.round((Date.now() - began) / 1000);
      say(`up ${number}: ${ran.failure === undefined ? "well" : "failed"}, ${seconds} s`);
      for (const line of ran.failure?.split("\n") ?? []) say(`  ${line.slice(0, 400)}`);
      if (fates.needsRecovery) fates.recovered(await recover(), number);
    } while (ran.failure !== undefined && runs < most);
    for (const line of fates.results()) say(line);
    expect(ran.failure).toBeUndefined();
    expect(fates.results().toSorted()).toEqual(expected(befalling).toSorted());
    expect(fates.unclear()).toEqual([]);
  }

  /** `npm run recover`: URNs of what it has dealt with. */
  async function recover(): Promise<readonly string[]> {
    const file = join(import.meta.dirname, "../../../commands/recover.ts");
    const { status, out, err } = await start(stack, process.execPath, [file, name, "--yes", "--json"]).ended;
    said.push(out, err);
    say(`recover: ${status}\n${err}`);
    const { actions, left } = JSON.parse(out) as {
      readonly left: readonly object[];
      readonly actions: readonly { readonly urn?: string; readonly remedy?: { readonly urn: string } }[];
    };
    expect(left).toEqual([]);
    expect(status).toBe(0);
    return actions.flatMap(({ urn, remedy }) => urn ?? remedy?.urn ?? []);
  }

  async function inState(type: string): Promise<readonly StateResource[]> {
    const { deployment } = JSON.parse(await stack.export()) as {
      readonly deployment: { readonly resources: readonly StateResource[] };
    };
    return deployment.resources.filter((resource) => resource.type === type);
  }
  const idsIn = async (type: string): Promise<readonly string[]> =>
    (await inState(type)).map(({ id = "" }) => id).toSorted();

  describe.skipIf(missing.length > 0 || orders.length === 0)(`${name}, while everything fails`, () => {
    beforeAll(async () => {
      const installation = findInstallation();
      if (installation === undefined) throw new Error("the engine has gone");
      const { doors, interrupt } = arms;
      world = await createWorld({ dir: join(dir, "world"), stack: config, doors, interrupt, say });
      sections = merged(world.sections, change);
      stack = await EngineStack.create({
        installation: { ...installation, path: world.path(installation.path) },
        ...{ sections, project: process.cwd(), name, dir: join(dir, "engine") },
        secrets: Object.fromEntries(config.canaries),
      });
    });

    afterAll(async () => {
      await world?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    test("up after up it gets there, and each failure is named", { timeout: 1_800_000 }, async () => {
      await befallenBy(orders.filter(({ victim }) => !isLater(victim)));
    });

    test("and so it does when whole services go away while it is changed", { timeout: 900_000 }, async () => {
      sections = merged(sections, later);
      stack.configure(sections);
      await befallenBy(orders.filter(({ victim }) => isLater(victim)));
      // Of a change that failed the state says that it was done; the next run reads what is there, and this one does it.
      expect((await run(stack.up())).failure).toBeUndefined();
    });

    test("a preview has nothing left to do, and a refresh finds nothing", async () => {
      const previewed = await run(stack.preview());
      expect(previewed.failure).toBeUndefined();
      expect(changes(previewed.operations)).toEqual([]);
      const drift = (await run(stack.drift())).operations.filter(
        ({ operation, diffs }) => diffs.length > 0 || !["refresh", "same", "read"].includes(operation),
      );
      expect(drift.map(({ operation, name: of, diffs }) => ({ operation, name: of, diffs }))).toEqual([]);
    });

    test("nothing is there twice, and nothing that the state does not know", async () => {
      await noOrphans({ world, orders, inState, idsIn });
    });

    test("no secret is in the state in plain text, nor in anything that was said", async () => {
      const state = await stack.export();
      expect(openSecrets([state, ...said].join("\n"), config.canaries)).toEqual([]);
      expect(state).toContain('"ciphertext"');
    });
  });
}
