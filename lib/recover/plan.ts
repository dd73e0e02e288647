import { type Importable, importCommand } from "../import-command.ts";
import type { Adoption } from "./adopt.ts";
import type { ReleaseRemedy } from "./helm.ts";
import type { Found, Lookup } from "./lookups.ts";
import type { PendingOperation, StackResource } from "./state.ts";

/** What looking for a resource has shown. */
export interface Sight {
  readonly resource: StackResource;
  readonly lookup: Lookup;
  /** What was found; absent when there was nothing, or nothing to look for. */
  readonly found?: Found;
  /** Why nobody knows: the service did not answer. */
  readonly failure?: string;
}

/** Whoever holds the lock of a stack, by what the lock says. */
export interface LockHolder {
  readonly who: string;
  /** `gone`: a process of this machine that has ended; `unknown`: one of another machine. */
  readonly state: "gone" | "running" | "unknown";
}

/** One thing that recover does. */
export type Action =
  | { readonly do: "unlock"; readonly why: string }
  | { readonly do: "clear"; readonly urn: string; readonly operation: string; readonly why: string }
  | { readonly do: "release"; readonly remedy: ReleaseRemedy }
  | { readonly do: "refresh"; readonly urn: string; readonly why: string }
  | { readonly do: "adopt"; readonly urn: string; readonly adoption: Adoption; readonly why: string }
  | { readonly do: "import"; readonly urn: string; readonly resource: Importable; readonly why: string };

/** What is left for somebody to do. */
export interface Left {
  /** URN, or what else it is about. */
  readonly about: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Plan {
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
}

export interface PlanArgs {
  readonly stack: string;
  readonly locks: readonly LockHolder[];
  readonly pending: readonly PendingOperation[];
  /** Of everything that was being made, and that the next run would make. */
  readonly sights: readonly Sight[];
  readonly releases: readonly ReleaseRemedy[];
  /** What the state has: resources that were never finished, and those that wait for their replacement. */
  readonly resources: readonly StackResource[];
}

/** Decides what to do, in the order in which it has to be done. */
export function planRecovery({ stack, locks, pending, sights, releases, resources }: PlanArgs): Plan {
  const running = locks.filter(({ state }) => state !== "gone");
  // Somebody may be at work this moment: nothing of what was seen lasts.
  if (running.length > 0) return { actions: [], left: running.map((holder) => held(holder, stack)) };
  const seen = new Map(sights.map((sight) => [sight.resource.urn, sight]));
  const beingMade = new Set(pending.filter(isCreation).map(({ resource }) => resource.urn));
  const changed = pending.filter((operation) => !isCreation(operation)).map(({ resource }) => resource.urn);
  const awaiting = new Set(resources.filter((each) => each.awaitsReplacement === true).map(({ urn }) => urn));
  const taken = sights.flatMap((sight) => (isOurs(sight) ? [sight] : []));
  const unfinished = resources.filter((resource) => isStuck(resource) && !changed.includes(resource.urn));
  const forgotten = releases.filter(({ forget }) => forget).map(({ urn }) => urn);
  return {
    actions: [
      ...locks.map((holder): Action => ({ do: "unlock", why: `${holder.who} has ended and left it` })),
      ...pending.map((operation) => clearing(operation, seen.get(operation.resource.urn))),
      ...releases.filter(({ records }) => records.length > 0).map((remedy): Action => ({ do: "release", remedy })),
      ...[...new Set(changed)].map((urn): Action => ({ do: "refresh", urn, why: "it was interrupted in a change" })),
      ...unfinished.map(({ urn }): Action => ({ do: "refresh", urn, why: "it was never finished" })),
      ...forgotten.map((urn): Action => ({ do: "refresh", urn, why: "it is no longer there" })),
      ...taken.map(({ resource, found }) =>
        awaiting.has(resource.urn) ? adopting(resource, found) : importing(resource, found),
      ),
    ],
    left: together(sights.flatMap((sight) => leftBy(sight, beingMade.has(sight.resource.urn)))),
  };
}

const isCreation = ({ operation }: PendingOperation): boolean => operation === "creating" || operation === "importing";

/** There, and to be taken over. */
function isOurs(sight: Sight): sight is Sight & { readonly found: Found } {
  return sight.found !== undefined && sight.found.objection === undefined;
}

/**
 * Kinds that an update can do nothing for, or not enough, once their making has failed half way: a subnet is not there
 * ("doesn't support update"), a machine's disk is as small as its image. Read anew, the next `up` sees what is there.
 */
const stuck = ["hcloud:index/networkSubnet:NetworkSubnet", "proxmoxve:index/vmLegacy:VmLegacy"];

const isStuck = ({ unfinished, awaitsReplacement, type }: StackResource): boolean =>
  unfinished === true && awaitsReplacement !== true && stuck.includes(type);

function clearing({ operation, resource }: PendingOperation, sight: Sight | undefined): Action {
  const what = { do: "clear" as const, urn: resource.urn, operation };
  if (operation !== "creating" || sight === undefined)
    return { ...what, why: "the state has it as it was, and what is there is read anew" };
  const { lookup, found, failure } = sight;
  if (failure !== undefined || lookup.kind === "unknown") return { ...what, why: "whether it was made is not known" };
  if (found !== undefined) return { ...what, why: `it was made: ${found.what}` };
  switch (lookup.kind) {
    case "anew":
    case "lost":
      return { ...what, why: lookup.why };
    case "release":
      return { ...what, why: "the next up installs it" };
    case "ask":
    case "object":
    case "absent":
      return { ...what, why: "it was not made" };
    default:
      return lookup satisfies never;
  }
}

function adopting({ urn, replacementTrigger }: StackResource, { importId, id = importId, what }: Found): Action {
  const adoption = { urn, id, ...(replacementTrigger === undefined ? {} : { replacementTrigger }) };
  return { do: "adopt", urn, adoption, why: `${what} is there in place of the old one` };
}

function importing(resource: StackResource, { importId, what }: Found): Action {
  return { do: "import", urn: resource.urn, resource: importable(resource, importId), why: `${what} is there` };
}

function importable({ type, name, parent, provider }: StackResource, id: string): Importable {
  return {
    ...{ type, name, id },
    ...(parent === undefined ? {} : { parent }),
    ...(provider === undefined ? {} : { provider }),
  };
}

/** @param beingMade whether the engine was interrupted while it made it */
function leftBy({ resource, lookup, found, failure }: Sight, beingMade: boolean): readonly Left[] {
  const { urn } = resource;
  if (failure !== undefined)
    return [
      { about: urn, message: `whether it is there is not known: ${failure}`, remedy: "mend that, and recover again" },
    ];
  if (found?.objection !== undefined) {
    const command = importCommand(importable(resource, found.importId));
    const remedy = `delete it if nobody needs it, or take it over: ${command}`;
    return [{ about: urn, message: `${found.what} has its name, but ${found.objection}`, remedy }];
  }
  if (lookup.kind === "unknown" && beingMade) {
    const remedy = `look for it at its provider; if it is there: ${importCommand(importable(resource, "<id>"))}`;
    return [{ about: urn, message: `it was being made, and ${lookup.why}`, remedy }];
  }
  return [];
}

/** One cluster that does not answer concerns all that is on it. */
function together(left: readonly Left[]): readonly Left[] {
  const same = Map.groupBy(left, ({ message, remedy }) => JSON.stringify([message, remedy]));
  return [...same.values()].map(([first, ...others]) => {
    if (first === undefined) throw new Error("a group without members");
    return others.length === 0 ? first : { ...first, about: `${first.about} and ${others.length} more` };
  });
}

function held({ who, state }: LockHolder, stack: string): Left {
  const remedy =
    state === "running"
      ? "wait for it, or stop it with Ctrl-C, which lets it finish what it has begun"
      : `when you know that it has ended: pulumi cancel --stack ${stack}, and recover again`;
  return { about: "the stack's lock", message: `${who} holds it`, remedy };
}
