import { type Node, planNodes } from "../lib/nodes.ts";
import { describer } from "./describe.ts";
import type { Fault } from "./faults.ts";
import { issueFaults } from "./issues.ts";
import type { Pool } from "./pools.ts";
import { rules } from "./rules/index.ts";
import type { SecretState } from "./rules/rule.ts";
import { type Stage, stageSchema } from "./stage.ts";

/** A stack file's content: the sections under `groundwork:`, and what stands under `secret:`. */
export interface RawStage {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, SecretState>;
}

export type Parsed =
  | { readonly ok: true; readonly stage: Stage; readonly nodes: readonly Node<Pool>[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Checks a stack's configuration whole. Pure: nothing is made, nothing is read. */
export function parseStage({ sections, secrets }: RawStage): Parsed {
  const shape = stageSchema.safeParse(sections, { reportInput: true });
  if (!shape.success) {
    const describe = describer();
    return { ok: false, faults: sorted(shape.error.issues.flatMap((issue) => issueFaults(issue, describe))) };
  }
  const stage = shape.data;
  const nodes = planNodes(stage.cluster, stage.pools);
  const faults = rules.flatMap((rule) => rule({ stage, nodes, secrets }));
  return faults.length === 0 ? { ok: true, stage, nodes } : { ok: false, faults: sorted(faults) };
}

const sorted = (faults: readonly Fault[]): readonly Fault[] =>
  [...faults].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
