import { createHash } from "node:crypto";
import { isProviderType, nameOf, packageOf } from "./urn.ts";

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

/** What they make is computed on the spot: no service can refuse it, no answer can get lost. */
const localPackages: ReadonlySet<string> = new Set(["random", "tls"]);

/**
 * Each kind of resource fails once, at the first attempt to create one. What has no service behind it, a provider's
 * configuration or a key made on the spot, never does. Which fault it is follows from the seed and the kind alone;
 * three seeds in a row give every kind each of the three.
 */
export function eachTypeFailsOnce(seed: number): FaultPlan {
  const struck = new Set<string>();
  return (attempt) => {
    const { type, operation } = attempt;
    const kind = kindOf(attempt);
    if (operation !== "create" || isProviderType(type) || localPackages.has(packageOf(type)) || struck.has(kind))
      return undefined;
    struck.add(kind);
    const offset = createHash("sha256").update(kind).digest().readUInt32BE(0);
    return faultKinds[(offset + seed) % faultKinds.length];
  };
}

/** The type; of a command, which may do anything, with its name's last word: `cp-1-join` and `cp-2-join` do the same. */
function kindOf({ type, urn }: Attempt): string {
  return packageOf(type) === "command" ? `${type} ${nameOf(urn).split("-").at(-1)}` : type;
}
