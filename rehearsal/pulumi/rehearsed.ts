import type { Run } from "../engine/events.ts";
import { runProgram } from "../engine/run.ts";
import type { StackConfig } from "../engine/stack-file.ts";
import { emptyState, type State } from "../engine/state.ts";
import { stackType } from "../engine/urn.ts";
import { createWorld, type World } from "../world.ts";
import { type Sections, withSections } from "./sections.ts";

/** The same stack in the offline rehearsal: what its own engine says of the edits that the real one is given. */
export class Rehearsed {
  readonly #stack: StackConfig & { readonly stack: string };
  readonly #project: string;
  readonly #world: World;
  #state: State = emptyState;

  constructor(stack: StackConfig & { readonly stack: string }, project: string) {
    const { config, canaries } = stack;
    this.#stack = stack;
    this.#project = project;
    this.#world = createWorld({ stack: stack.stack, config, secrets: [...canaries.values()] });
  }

  /** One `up` with these sections. */
  async run(sections: Sections): Promise<Run> {
    const { project, stack, config, secretKeys } = withSections(this.#stack, sections);
    const { recording, state } = await runProgram({
      ...{ project, stack, secretKeys, state: this.#state },
      projectDir: this.#project,
      config,
      models: this.#world.models,
    });
    this.#state = state;
    return recording;
  }

  /** One `up` that has to succeed: what changes, in the order in which it begins, as operations.ts has it. */
  async up(sections: Sections): Promise<readonly string[]> {
    const run = await this.run(sections);
    if (!run.succeeded) throw new Error(run.failure ?? "an operation of the rehearsal failed");
    return changed(run);
  }
}

/** What changes, in the order in which it begins. Components only follow, and are left out. */
export function changed({ steps }: Run): readonly string[] {
  return steps
    .filter(({ operation }) => operation !== "same" && operation !== "read")
    .filter(({ type }) => !type.startsWith("groundwork:") && type !== stackType)
    .toSorted((a, b) => a.start - b.start)
    .map(({ operation, name }) => `${operation} ${name}`);
}
