import type { z } from "zod";
import type { Node, PlannedMachine } from "../lib/nodes.ts";
import type { PlatformPlan } from "../lib/platform/plan.ts";
import type { Fault } from "./faults.ts";
import { formatPath, issueFaults, unknownKey } from "./issues.ts";
import type { Pool } from "./pools.ts";
import { rules } from "./rules/index.ts";
import type { Rule, SecretState, Subject } from "./rules/rule.ts";
import { type Stage, stageSchema } from "./stage.ts";
import { subjectOf, unsound } from "./subject.ts";

/** A stack file's content: the sections under `groundwork:`, and what stands under `secret:`. */
export interface RawStage {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, SecretState>;
  /** Sections that hold a secret: their values are looked at by nobody and shown in no message. */
  readonly sealed: ReadonlySet<string>;
}

export type Parsed =
  | {
      readonly ok: true;
      readonly stage: Stage;
      readonly nodes: readonly Node<Pool>[];
      readonly machines: readonly PlannedMachine<Pool>[];
      readonly plan: PlatformPlan;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Checks a stack's configuration whole. Pure: nothing is made, nothing is read.
 *
 * A fault in one section hides none in the others: every rule that looks only at sections without one is asked too.
 */
export function parseStage(raw: RawStage): Parsed {
  const parts = Object.entries(stageSchema.shape).map(([section, schema]) => readSection(section, schema, raw));
  const subject = subjectOf(new Map(parts.map(({ section, value }) => [section, value])), raw.secrets);
  const faults = [
    ...Object.keys(raw.sections)
      .filter((section) => !Object.hasOwn(stageSchema.shape, section))
      .map((section) => unknownKey([], section, Object.keys(stageSchema.shape))),
    ...parts.flatMap((part) => part.faults),
    ...rules.flatMap((rule) => ask(rule, subject)),
  ];
  return faults.length === 0
    ? {
        ok: true,
        stage: { ...subject.stage },
        nodes: subject.nodes,
        machines: subject.machines,
        plan: subject.platform,
      }
    : { ok: false, faults: faults.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) };
}

interface Part {
  readonly section: string;
  readonly value: { readonly sound: unknown } | undefined;
  readonly faults: readonly Fault[];
}

function readSection(section: string, schema: z.ZodType, { sections, sealed }: RawStage): Part {
  if (sealed.has(section)) return { section, value: undefined, faults: [sealedFault(section)] };
  const parsed = schema.safeParse(sections[section], { reportInput: true });
  return parsed.success
    ? { section, value: { sound: parsed.data }, faults: [] }
    : {
        section,
        value: undefined,
        faults: parsed.error.issues.flatMap((issue) => issueFaults({ ...issue, path: [section, ...issue.path] })),
      };
}

const sealedFault = (section: string): Fault => ({
  path: formatPath([section]),
  message: "holds an encrypted value, which everything made from this section would show",
  remedy:
    "put the value under a key of its own, pulumi config set --secret secret:<name>, and write that name where it is used",
});

function ask(rule: Rule, subject: Subject): readonly Fault[] {
  try {
    return rule(subject);
  } catch (error) {
    if (error === unsound) return [];
    throw error;
  }
}
