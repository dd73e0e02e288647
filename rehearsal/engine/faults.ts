import { createHash } from "node:crypto";
import { isProviderType } from "./urn.ts";

/**
 * What goes wrong with one attempt at an operation.
 * - `fail-before`: the service refuses; nothing is made.
 * - `lost-reply`: the service does it, but the answer never arrives: an error for the engine, which remembers nothing.
 * - `slow`: it takes ten times as long.
 */
export type Fault = "fail-before" | "lost-reply" | "slow";

export const faultKinds: readonly Fault[] = ["fail-before", "lost-reply", "slow"];

export const slowFactor = 10;

export interface Attempt {
  readonly urn: string;
  readonly type: string;
  readonly operation: "create" | "update" | "delete";
}

/** Decides over each attempt, once, when it begins. It remembers: the same plan goes through every run. */
export type FaultPlan = (attempt: Attempt) => Fault | undefined;

/** A fault that a plan injected. */
export interface Injected extends Attempt {
  readonly fault: Fault;
}

/**
 * Each resource type fails once, at the first attempt to create one; a provider's configuration, which has no service
 * behind it, never does. Which fault it is follows from the seed and the
 * type alone; three seeds in a row give every type each of the three.
 */
export function eachTypeFailsOnce(seed: number): FaultPlan {
  const struck = new Set<string>();
  return ({ type, operation }) => {
    if (operation !== "create" || isProviderType(type) || struck.has(type)) return undefined;
    struck.add(type);
    const offset = createHash("sha256").update(type).digest().readUInt32BE(0);
    return faultKinds[(offset + seed) % faultKinds.length];
  };
}
