import type { Context } from "../../model.ts";
import { cloudProvider } from "./cloud-provider.ts";
import { loadBalancer } from "./load-balancer.ts";
import { network } from "./network.ts";
import type { Giver, ReadinessRule, Situation, Verdict } from "./rule.ts";
import { storage } from "./storage.ts";
import { taints } from "./taints.ts";

const rules: readonly ReadinessRule[] = [network, cloudProvider, taints, storage, loadBalancer];

export type Readiness =
  | { readonly kind: "from"; readonly time: number }
  | { readonly kind: "never"; readonly reason: string; readonly remedy: string };

/** When something can become ready, by all rules; says so where it depends on a resource that it does not wait for. */
export function readiness(situation: Situation, context: Context): Readiness {
  return combined(
    rules.map((rule) => rule(situation)),
    situation,
    context,
  );
}

export function combined(
  verdicts: readonly Verdict[],
  { now, deadline, subject }: Pick<Situation, "now" | "deadline" | "subject">,
  context: Context,
): Readiness {
  let time = now;
  for (const verdict of verdicts) {
    if (verdict.kind === "never") return verdict;
    time = Math.max(time, verdict.time);
    if (verdict.by !== undefined) expectDependency(verdict.by, subject, context);
  }
  if (time <= deadline) return { kind: "from", time };
  return {
    kind: "never",
    reason: `what it needs is there ${Math.ceil(time - now)} s from now`,
    remedy: "wait for it by dependsOn",
  };
}

/** What a resource relies on has to be something that it waits for; else it is there by luck. */
export function expectDependency({ urn, resource, gives }: Giver, subject: string, context: Context): void {
  if (urn === undefined || urn === context.urn || context.dependencies.has(urn)) return;
  context.finding({
    rule: "missing-dependency",
    message: `${subject} needs ${gives}, which ${resource} brings, but nothing makes it wait for that: here it was there in time, next time it may not be`,
    remedy: `add ${resource} to its dependsOn`,
  });
}
