import type { Node, PlannedMachine } from "../../lib/nodes.ts";
import type { PlatformPlan } from "../../lib/platform/plan.ts";
import type { Fault } from "../faults.ts";
import type { Pool } from "../pools.ts";
import type { Stage } from "../stage.ts";

/** What a rule looks at: a stage that its schema has accepted, and what follows from it. */
export interface Subject {
  readonly stage: Stage;
  /** Of the Kubernetes cluster. */
  readonly nodes: readonly Node<Pool>[];
  /** All that the pools make: the nodes', and a Docker host. */
  readonly machines: readonly PlannedMachine<Pool>[];
  readonly platform: PlatformPlan;
  /** Secrets of the stack file by name. */
  readonly secrets: ReadonlyMap<string, SecretState>;
}

/** `unset`: the placeholder `<unset>` stands there. `plain`: a value that is not encrypted. */
export type SecretState = "set" | "unset" | "plain";

/** A law between parts of a stage. Finds every offence, not only the first. */
export type Rule = (subject: Subject) => readonly Fault[];
