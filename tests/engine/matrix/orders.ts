import type { Trouble } from "../../../rehearsal/clouds/http/faults.ts";
import type { Interruption } from "../../../rehearsal/hosts/interruption.ts";
import { type Answer, answers, type Cell, type Outcome } from "./answers.ts";
import { type FaultName, faultNames } from "./faults.ts";
import { isLater, type Provider, providers, type Victim, victims } from "./victims.ts";

// The product of providers and faults, each cell that is run dealt out to resources of prod.

/** One fault that befalls one resource. */
export interface Order {
  readonly provider: Provider;
  readonly fault: FaultName;
  readonly victim: Victim;
  readonly trouble: Trouble | Interruption;
  readonly outcome: Outcome;
  readonly leavesIt?: true;
}

/** As it is printed: `hcloud: bad gateway, nodes`. */
export const title = ({ provider, fault, victim }: Order): string => `${provider}: ${fault}, ${victim.resource}`;

export const wayOf = ({ outcome }: Order): string => (outcome === "absorbed" ? outcome : outcome.way);

/** Answers to a fault at a provider; none where it cannot happen. */
export function cellOf(provider: Provider, fault: FaultName): Cell<Trouble | Interruption> {
  return answers[provider][fault];
}

/** What an order ends with that leaves nothing for another one to befall: the resource is there. */
const isLast = ({ outcome, leavesIt }: Pick<Answer<unknown>, "outcome" | "leavesIt">): boolean =>
  outcome === "absorbed" || outcome.way === "recover" || leavesIt === true;

/**
 * Every order. Those of one resource follow each other, in this order, one in each `up`.
 * @throws Error when there are too few victims of a kind
 */
export function allOrders(): readonly Order[] {
  return providers.flatMap((provider) => {
    const queues = new Map<string, Order[]>(
      victims[provider].map(({ resource, kind }) => [keyOf({ resource, kind }), []]),
    );
    for (const fault of faultNames) {
      const cell = cellOf(provider, fault);
      if ("cannot" in cell) continue;
      for (const { of, ...answer } of cell) {
        const free = victims[provider]
          .filter((victim) => (of === undefined ? !isLater(victim) : victim.kind === of))
          .map((victim) => ({ victim, queue: queues.get(keyOf(victim)) ?? [] }))
          .filter(({ queue }) => !isLast(answer) || !queue.some(isLast))
          .toSorted((one, other) => one.queue.length - other.queue.length)[0];
        if (free === undefined)
          throw new Error(`${provider}, ${fault}: no ${of ?? "victim"} is left → name one more in victims.ts`);
        const order = { provider, fault, victim: free.victim, ...answer };
        if (isLast(order)) free.queue.push(order);
        else free.queue.unshift(order);
      }
    }
    return [...queues.values()].flat();
  });
}

/** What is made first, and what is changed later, is in a queue of its own. */
const keyOf = (victim: Pick<Victim, "resource" | "kind">): string => `${victim.resource} ${isLater(victim)}`;

/** One order for each fault, going round the providers, so that each of them has its share. */
export function fewOrders(): readonly Order[] {
  const all = allOrders();
  return faultNames.map((fault, index) => {
    const turn = providers.map((_, offset) => providers[(index + offset) % providers.length]);
    const order = turn
      .map((provider) => all.find((each) => each.provider === provider && each.fault === fault))
      .find((each) => each !== undefined);
    if (order === undefined) throw new Error(`${fault}: no provider has it`);
    return order;
  });
}
