import { expect, test } from "vitest";
import type { Trouble } from "../../rehearsal/clouds/http/faults.ts";
import type { Interruption } from "../../rehearsal/hosts/interruption.ts";
import { faultNames } from "../engine/matrix/faults.ts";
import { allOrders, cellOf, fewOrders, title, wayOf } from "../engine/matrix/orders.ts";
import { faultsPage } from "../engine/matrix/page.ts";
import { isLater, providers } from "../engine/matrix/victims.ts";

// The matrix of faults that the engine test runs: nothing of it is left out by silence.

const orders = allOrders();

test("every fault at every provider is ordered, or cannot happen for a reason", () => {
  const empty = providers.flatMap((provider) =>
    faultNames.flatMap((fault) => {
      const cell = cellOf(provider, fault);
      const isNamed = "cannot" in cell && cell.cannot.length > 20;
      const isRun = orders.some((order) => order.provider === provider && order.fault === fault);
      return isNamed !== isRun ? [] : [`${provider}, ${fault}`];
    }),
  );
  expect(empty).toEqual([]);
});

test("all that doors and machines can be told to do wrong is in it", () => {
  const kinds: Readonly<Record<Trouble["kind"] | Interruption["kind"], true>> = {
    ...{ "rate-limit": true, "server-error": true, refuse: true, "wrong-token": true, "slow-reply": true },
    ...{ "slow-action": true, "failed-action": true, "drop-before": true, "drop-after": true, outage: true },
    ...{ "power-cut": true, dropped: true, "lost-answer": true, failure: true, slow: true, "slow-answer": true },
    ...{ restart: true, "lock-out": true },
  };
  expect([...new Set(orders.map(({ trouble }) => trouble.kind))].toSorted()).toEqual(Object.keys(kinds).toSorted());
});

test("no two befall the same request, and none a resource that is there already", () => {
  const aims = Map.groupBy(
    orders.filter(({ victim }) => !isLater(victim)),
    ({ victim }) => JSON.stringify(victim.aim),
  );
  const shared = [...aims.values()].filter((of) => new Set(of.map(({ victim }) => victim.resource)).size > 1);
  expect(shared.map((of) => of.map(title))).toEqual([]);
  const queues = [...Map.groupBy(orders, ({ victim }) => `${victim.resource} ${isLater(victim)}`).values()];
  const late = queues.filter((queue) =>
    queue.slice(0, -1).some((order) => wayOf(order) !== "next up" || order.leavesIt),
  );
  expect(late.map((of) => of.map(title))).toEqual([]);
});

test("the selection that runs by default has every fault once, and every provider", () => {
  const few = fewOrders();
  expect(few.map(({ fault }) => fault)).toEqual(faultNames);
  expect(new Set(few.map(({ provider }) => provider))).toEqual(new Set(providers));
});

test("docs/faults.md says what the table says: --update writes it anew", async () => {
  await expect(faultsPage()).toMatchFileSnapshot("../../docs/faults.md");
});
