import type { Run } from "../../rehearsal/engine/events.ts";
import { destroy, runProgram } from "../../rehearsal/engine/run.ts";
import { standIn } from "../../rehearsal/engine/stand-in.ts";
import { emptyState, type State } from "../../rehearsal/engine/state.ts";
import { createWorld, type World } from "../../rehearsal/world.ts";

/** The sections of a stack file. */
export type Sections = Readonly<Record<string, unknown>>;

/** A stage's life in one world: each `up` of the unmodified program goes on from where the last one ended. */
export class Life {
  readonly world: World;
  readonly #stack: string;
  readonly #secrets: Readonly<Record<string, string>>;
  #state: State = emptyState;

  constructor(sections: Sections, secrets: readonly string[]) {
    this.#stack = "life";
    this.#secrets = Object.fromEntries(secrets.map((name) => [`secret:${name}`, standIn(`secret:${name}`)]));
    this.world = createWorld({
      stack: this.#stack,
      config: this.#config(sections),
      secrets: Object.values(this.#secrets),
    });
  }

  /** One `up`. Neither failures nor findings are looked at. */
  async up(sections: Sections): Promise<Run> {
    const result = await runProgram({
      projectDir: process.cwd(),
      project: "groundwork",
      stack: this.#stack,
      config: this.#config(sections),
      secretKeys: Object.keys(this.#secrets),
      models: this.world.models,
      state: this.#state,
    });
    this.#state = result.state;
    return result.recording;
  }

  async destroy(): Promise<Run> {
    const result = await destroy({
      project: "groundwork",
      stack: this.#stack,
      models: this.world.models,
      state: this.#state,
    });
    this.#state = result.state;
    return result.recording;
  }

  #config(sections: Sections): Readonly<Record<string, string>> {
    const structure = Object.entries(sections).map(
      ([name, value]) => [`groundwork:${name}`, JSON.stringify(value)] as const,
    );
    return { ...Object.fromEntries(structure), ...this.#secrets };
  }
}

/** What went wrong in a run: why it failed, failed resources, findings. */
export const wrong = ({ failure, steps, findings }: Run): readonly string[] => [
  ...(failure === undefined ? [] : [String(failure)]),
  ...steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`])),
  ...findings.map(({ rule, message }) => `${rule}: ${message}`),
];

/** Changes in the order in which they begin, `create worker-4-join`. Components only follow, and are left out. */
export const changes = (run: Run): readonly string[] =>
  run.steps
    .filter(({ operation, type }) => !["same", "read"].includes(operation) && !/^(groundwork|pulumi):/.test(type))
    .toSorted((a, b) => a.start - b.start)
    .map(({ operation, name }) => `${operation.replace(/-replace(d|ment)$/, "")} ${name}`);
