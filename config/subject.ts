import { isNode, type Node, type PlannedMachine } from "../lib/nodes.ts";
import type { PlatformPlan } from "../lib/platform/plan.ts";
import { planStageMachines } from "./nodes.ts";
import { planStagePlatform } from "./platform.ts";
import type { Pool } from "./pools.ts";
import type { SecretState, Subject } from "./rules/rule.ts";
import type { Stage } from "./stage.ts";

/** Thrown when a rule asks for a section that its schema has refused. One for all: a trace would lead nowhere, and costs. */
export const unsound = new Error("this section is not sound");

/**
 * What rules look at. Asking for a section that is not sound throws `unsound`; what is worked out is worked out once.
 * @param sections Every section of the schema; undefined: not sound.
 */
export function subjectOf(
  sections: ReadonlyMap<string, { readonly sound: unknown } | undefined>,
  secrets: ReadonlyMap<string, SecretState>,
): Subject {
  const stage = Object.defineProperties(
    {},
    Object.fromEntries([...sections].map(([name, value]) => [name, { enumerable: true, get: () => sound(value) }])),
  ) as Stage;
  const machines = once((): readonly PlannedMachine<Pool>[] => planStageMachines(stage));
  const nodes = once((): readonly Node<Pool>[] => machines().filter(isNode));
  const platform = once((): PlatformPlan => planStagePlatform({ ...stage, nodes: nodes() }));
  return {
    stage,
    secrets,
    get machines() {
      return machines();
    },
    get nodes() {
      return nodes();
    },
    get platform() {
      return platform();
    },
  };
}

function sound(value: { readonly sound: unknown } | undefined): unknown {
  if (value === undefined) throw unsound;
  return value.sound;
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
