import type { Ran } from "../../../rehearsal/pulumi/stack.ts";
import type { Arms } from "./arm.ts";
import { type Order, title, wayOf } from "./orders.ts";

/** What became of an order. Runs are counted from 1. */
interface Fate {
  readonly order: Order;
  struck?: number;
  /** The run that got through: it made the resource, or came to where the next order of the same victim struck. */
  through?: number;
  recovered?: number;
  /** How many runs after the one that it was struck in failed of it. */
  again: number;
  /** What was said of the resource in runs that failed of it. */
  readonly said: string[];
}

/** Follows orders from run to run. Those of one victim are armed one after the other. */
export class Fates {
  readonly #arms: Arms;
  readonly #queues: readonly (readonly Fate[])[];
  readonly #armed = new Set<Fate>();

  constructor(orders: readonly Order[], arms: Arms) {
    this.#arms = arms;
    const queues = Map.groupBy(orders, ({ victim }) => victim.resource);
    this.#queues = [...queues.values()].map((queue) => queue.map((order) => ({ order, again: 0, said: [] })));
  }

  get all(): readonly Fate[] {
    return this.#queues.flat();
  }

  /** Arms what is next of each victim, before a run. */
  arm(): void {
    for (const queue of this.#queues) {
      const next = queue.find(({ struck }) => struck === undefined);
      if (next === undefined || this.#armed.has(next)) continue;
      this.#armed.add(next);
      this.#arms.arm(next.order);
    }
  }

  follow(ran: Ran, run: number): void {
    for (const queue of this.#queues) {
      const struck = queue.find((fate) => fate.struck === undefined && this.#hasStruck(fate));
      const before = queue.findLast((fate) => fate.struck !== undefined);
      if (struck !== undefined) {
        struck.struck = run;
        if (before !== undefined) before.through ??= run;
      }
      const current = struck ?? before;
      if (current === undefined || current.through !== undefined) continue;
      const { resource } = current.order.victim;
      if (isMade(ran, resource)) {
        current.through = run;
        continue;
      }
      const failures = ran.said.filter((line) => line.startsWith(`error ${resource}: `));
      current.said.push(...failures);
      if (failures.length > 0 && current !== struck) current.again++;
    }
  }

  /**
   * Whether all that no run gets through any more has been seen to be so: it is time to recover. Not before a run could
   * make anew what it can: recover would take over what is there.
   */
  get needsRecovery(): boolean {
    const lost = this.#lost();
    const isOpen = ({ order, struck, through }: Fate): boolean =>
      order.fault === "dropped after" && wayOf(order) !== "recover" && struck !== undefined && through === undefined;
    return lost.length > 0 && lost.every(({ again }) => again > 0) && !this.all.some(isOpen);
  }

  /** @param urns of what recover has dealt with */
  recovered(urns: readonly string[], run: number): void {
    for (const fate of this.#lost()) {
      if (urns.some((urn) => urn.endsWith(`::${fate.order.victim.resource}`))) fate.recovered = run;
    }
  }

  /** `hcloud: bad gateway, nodes: absorbed`, of each. */
  results(): readonly string[] {
    return this.all.map((fate) => `${title(fate.order)}: ${resultOf(fate)}`);
  }

  /** Those of which nothing was said that would explain them, with what was said. */
  unclear(): readonly (readonly [string, readonly string[]])[] {
    return this.all.flatMap(({ order, said }) => {
      const { outcome } = order;
      if (outcome === "absorbed" || said.some((line) => outcome.says.test(line))) return [];
      return [[title(order), said] as const];
    });
  }

  #lost(): readonly Fate[] {
    return this.all.filter(
      ({ order, struck, through, recovered }) =>
        wayOf(order) === "recover" && struck !== undefined && through === undefined && recovered === undefined,
    );
  }

  #hasStruck(fate: Fate): boolean {
    return this.#armed.has(fate) && this.#arms.hasStruck(fate.order);
  }
}

export const expected = (orders: readonly Order[]): readonly string[] =>
  orders.map((order) => `${title(order)}: ${wayOf(order)}`);

/** A run may end before it comes to a resource again: that counts for nothing. */
function resultOf({ struck, through, recovered, again }: Fate): string {
  if (struck === undefined) return "never struck";
  if (recovered !== undefined) return "recover";
  if (through === undefined) return "never made";
  return through === struck ? "absorbed" : again === 0 ? "next up" : `after ${again} ups more`;
}

/** What was half made is finished by an update, or made in its own place. */
const making = ["create", "create-replacement", "update"];

const isMade = ({ operations }: Ran, resource: string): boolean =>
  operations.some(
    ({ name, type, operation, end }) =>
      name === resource && making.includes(operation) && end !== undefined && !type.startsWith("groundwork:"),
  );
