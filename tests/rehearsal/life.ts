import type { Run } from "../../rehearsal/engine/events.ts";
import { destroy, type RunResult, runProgram } from "../../rehearsal/engine/run.ts";
import { standIn } from "../../rehearsal/engine/stand-in.ts";
import { emptyState, type State } from "../../rehearsal/engine/state.ts";
import { changed } from "../../rehearsal/pulumi/rehearsed.ts";
import { sectionsOf, withSections } from "../../rehearsal/pulumi/sections.ts";
import type { Recorded } from "../../rehearsal/recording.ts";
import { createWorld, type World } from "../../rehearsal/world.ts";

/** The sections of a stack file, to be edited. */
export type Sections = Record<string, Record<string, object>>;

/** A stack file in the form in which the engine hands it to a program; secrets have stand-ins. */
export interface Stage {
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** A stage that no file holds. */
export function madeUp(sections: Readonly<Record<string, unknown>>, secrets: readonly string[]): Stage {
  const secretKeys = secrets.map((name) => `secret:${name}`);
  const config = Object.fromEntries(secretKeys.map((key) => [key, standIn(key)]));
  return withSections({ stack: "life", config, secretKeys }, sections);
}

/** A stage's life in one world: each `up` of the unmodified program goes on from where the last one ended. */
export class Life {
  readonly world: World;
  readonly #stage: Stage;
  #state: State = emptyState;

  /** @param planned what the world is made ready for, where that is more than the stage has at first */
  constructor(stage: Stage, planned: Stage["config"] = stage.config) {
    const { stack, config, secretKeys } = stage;
    this.#stage = stage;
    this.world = createWorld({ stack, config: planned, secrets: secretKeys.map((key) => config[key] ?? "") });
  }

  /** What the stack holds now. */
  get state(): State {
    return this.#state;
  }

  /**
   * One `up`. Neither failures nor findings are looked at.
   * @param change sections in place of the stage's own, or an edit of those
   */
  async up(
    change: Readonly<Record<string, unknown>> | ((sections: Sections) => void) = {},
    models: World["models"] = this.world.models,
  ): Promise<Run> {
    const sections = sectionsOf(this.#stage) as Sections;
    if (typeof change === "function") change(sections);
    else Object.assign(sections, change);
    const { stack, config, secretKeys } = withSections(this.#stage, sections);
    return this.#ended(
      await runProgram({
        ...{ projectDir: process.cwd(), project: "groundwork", stack, config, secretKeys },
        ...{ models, state: this.#state },
      }),
    );
  }

  /** From now on an output of the last run is another. */
  pretend(name: string, value: Recorded[string]): void {
    this.#state = { ...this.#state, stackOutputs: { ...this.#state.stackOutputs, [name]: value } };
  }

  async destroy(): Promise<Run> {
    const { stack } = this.#stage;
    return this.#ended(await destroy({ project: "groundwork", stack, models: this.world.models, state: this.#state }));
  }

  #ended({ recording, state }: RunResult): Run {
    this.#state = state;
    return recording;
  }
}

/** What went wrong in a run: why it failed, failed resources, findings. */
export const wrong = ({ failure, steps, findings }: Run): readonly string[] => [
  ...(failure === undefined ? [] : [failure]),
  ...steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`])),
  ...findings.map(({ rule, message }) => `${rule}: ${message}`),
];

/** As the rehearsal beside an engine tells changes, halves of a replacement as what they are: `create worker-4-join`. */
export const changes = (run: Run): readonly string[] =>
  changed(run).map((change) => change.replace(/^(\S+?)-replace(d|ment) /, "$1 "));
