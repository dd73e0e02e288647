import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { leftBehind } from "../../rehearsal/pulumi/left-behind.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { changes } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { Rehearsed } from "../../rehearsal/pulumi/rehearsed.ts";
import { merged, type Sections } from "../../rehearsal/pulumi/sections.ts";
import { EngineStack, type Ran } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World, type WorldArgs } from "../../rehearsal/pulumi/world.ts";
import { openSecrets } from "./open-secrets.ts";

// A stack on the real engine and the real providers, through its life: one test after the other, in one world.

/** A stack in the middle of its life. */
export interface Life {
  readonly name: string;
  readonly world: World;
  readonly stack: EngineStack;
  /** The stack's sections as the last edit has left them. */
  readonly sections: Sections;
  /** A command of the engine that has to go well, in the world too. */
  well(running: Promise<Ran>): Promise<Ran>;
}

/** What has to hold beside what always has to. */
export type Check = (life: Life) => void | Promise<void>;

/** A preview shows just the expected changes, an `up` does just those, nothing is left to do; offline it is the same. */
export interface Edit {
  readonly title: string;
  /** Merged into the sections that are there. */
  readonly change: Sections | ((life: Life) => Sections);
  /** In any order: `create worker-4`. */
  readonly expected: readonly string[];
  /** Those of them that begin in this order, on the real engine and offline. */
  readonly inOrder?: readonly string[];
  /** The Nodes that are drained, in order, by the names of their machines. Absent: none is. */
  readonly drained?: readonly string[];
  /** What has to hold beside. */
  readonly afterwards?: Check;
}

export interface ByHand {
  /** Part of the name of the resource that differs, the only one. */
  readonly resource: string;
  /** Its properties that differ, where the provider says which. */
  readonly diffs: readonly string[];
  readonly undo: () => void | Promise<void>;
}

export interface SequenceArgs {
  /** Of the stack, and of its file. */
  readonly name: string;
  /** What of the world is not as it usually is. */
  readonly world?: Pick<WorldArgs, "otherVersions" | "beside">;
  /** After the preview of the empty stack. */
  readonly previewed?: Check;
  /** The stack's output of that name, once it is up. */
  readonly established: readonly string[];
  /** Once it is up. */
  readonly made?: Check;
  /** Changes by hand something that the stack has made. Returns what differs, and how it is undone. */
  readonly byHand: (life: Life) => ByHand | Promise<ByHand>;
  /** In order, each on top of those before it. */
  readonly steps: readonly (Edit | { readonly title: string; readonly check: Check })[];
  /** After `destroy`, beside that no model has anything left. */
  readonly destroyed?: Check;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Registers the tests of one stack's life; they are skipped, and said to be, where something is missing. */
export function runSequence(args: SequenceArgs): void {
  const { name } = args;
  const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name: plugin }) => plugin));
  for (const line of missing) say(`skipped: ${name} on the real engine: ${line}`);

  const config = { ...loadStackConfig(process.cwd(), name), stack: name };
  const dir = mkdtempSync(join(tmpdir(), "groundwork-engine-"));
  let world: World;
  let stack: EngineStack;
  let rehearsed: Rehearsed;
  let sections: Sections;
  /** All that any command of the engine said. */
  const said: string[] = [];

  async function well(running: Promise<Ran>): Promise<Ran> {
    const ran = await running;
    said.push(...ran.said);
    expect(ran.failure).toBeUndefined();
    expect(world.failures()).toEqual([]);
    return ran;
  }
  const life = (): Life => ({ name, world, stack, sections, well });

  /** What changes when a command of the engine runs. */
  const changed = async (running: Promise<Ran>): Promise<readonly string[]> =>
    changes((await well(running)).operations);

  async function edit({ change, expected, inOrder = [], drained = [], afterwards }: Edit): Promise<void> {
    sections = merged(sections, typeof change === "function" ? change(life()) : change);
    stack.configure(sections);
    expect((await changed(stack.preview())).toSorted()).toEqual(expected.toSorted());
    const before = world.drains().length;
    const done = await changed(stack.up());
    expect(done.toSorted()).toEqual(expected.toSorted());
    expect(world.drains().slice(before)).toEqual(drained);
    expect(await changed(stack.preview())).toEqual([]);
    const offline = await rehearsed.up(sections);
    expect(offline.toSorted()).toEqual(expected.toSorted());
    const ordered = (lines: readonly string[]) => lines.filter((line) => inOrder.includes(line));
    expect({ done: ordered(done), offline: ordered(offline) }).toEqual({ done: inOrder, offline: inOrder });
    await afterwards?.(life());
  }

  describe.skipIf(missing.length > 0)(`${name} on the real engine`, () => {
    beforeAll(async () => {
      const installation = findInstallation();
      if (installation === undefined) throw new Error("the engine has gone");
      world = await createWorld({ dir: join(dir, "world"), stack: config, say, ...args.world });
      sections = world.sections;
      rehearsed = new Rehearsed(world.stack, process.cwd());
      stack = await EngineStack.create({
        installation: { ...installation, path: world.path(installation.path) },
        ...{ dir: join(dir, "engine"), project: process.cwd(), name, sections },
        secrets: Object.fromEntries(config.canaries),
      });
    });

    afterAll(async () => {
      await world?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    let previewed: readonly string[] = [];
    test("a preview of the empty stack shows creations alone, and makes nothing", async () => {
      previewed = await changed(stack.preview());
      expect(previewed.filter((line) => !line.startsWith("create "))).toEqual([]);
      expect(previewed.length).toBeGreaterThan(20);
      const asked = Object.values(world.doors).flatMap((door) => door.requests());
      expect(asked.filter(({ method, path }) => method !== "GET" && path !== "/oauth/token")).toEqual([]);
      await args.previewed?.(life());
    });

    test("up makes what the preview showed, and what the rehearsal says", async () => {
      const { operations } = await well(stack.up());
      const done = changes(operations);
      expect(done.toSorted()).toEqual(previewed.toSorted());
      expect(operations.filter(({ end }) => end === undefined)).toEqual([]);
      // Providers that the program does not name are the engine's own affair.
      const named = done.filter((line) => !/^create default(_|$)/.test(line));
      expect((await rehearsed.up(sections)).toSorted()).toEqual(named.toSorted());
      expect((await stack.outputs()).established).toEqual(args.established);
      expect(world.drains()).toEqual([]);
      await args.made?.(life());
    });

    test("a second up changes nothing", async () => {
      expect(await changed(stack.up())).toEqual([]);
    });

    test("a refresh finds nothing, and would have found something", async () => {
      const found = async () =>
        (await well(stack.drift())).operations
          .filter(({ operation, diffs }) => diffs.length > 0 || !["refresh", "same", "read"].includes(operation))
          .map(({ operation, name: resource, diffs }) => ({ operation, name: resource, diffs }));
      expect(await found()).toEqual([]);
      const { resource, diffs, undo } = await args.byHand(life());
      expect(await found()).toMatchObject([
        { operation: "update", name: expect.stringContaining(resource), diffs: expect.arrayContaining([...diffs]) },
      ]);
      await undo();
    });

    for (const step of args.steps) {
      test(step.title, async () => {
        if ("check" in step) await step.check(life());
        else await edit(step);
      });
    }

    test("no secret is in the state in plain text, nor in anything that was said", async () => {
      const state = await stack.export();
      expect(openSecrets([state, ...said].join("\n"), config.canaries)).toEqual([]);
      // What was looked for is there, encrypted.
      expect(state).toContain('"ciphertext"');
    });

    test("destroy takes everything away and drains nothing", async () => {
      const before = world.drains();
      await well(stack.destroy());
      expect(world.drains()).toEqual(before);
      expect(leftBehind(world)).toEqual([]);
      expect(JSON.parse(await stack.export())).not.toHaveProperty("deployment.resources");
      await args.destroyed?.(life());
    });
  });
}
