import fc from "fast-check";
import { expect, test } from "vitest";
import { type Order, orderUnits, type Unit } from "../../lib/platform/graph.ts";

const capabilities = ["a", "b", "c", "d", "e", "f"];
const given = new Set(["f"]);
const subset = fc.subarray(capabilities);

/** Any units: what they want may be missing, or lead in a circle. */
const anyUnits: fc.Arbitrary<readonly Unit[]> = fc
  .array(
    fc.record({
      provides: fc.subarray(capabilities, { maxLength: 2 }),
      needs: subset,
      wants: subset,
      uses: subset,
      picks: fc.array(fc.nat()),
    }),
    {
      maxLength: 9,
    },
  )
  .map((drawn) =>
    drawn.map(({ provides, needs, wants, uses, picks }, index) => ({
      id: `u${index}`,
      provides,
      needs,
      wants,
      uses,
      after: picks.map((pick) => `u${pick % drawn.length}`).filter((id) => id !== `u${index}`),
    })),
  );

/** Units that wait only for those before them, in an order that does not show it. */
const orderable: fc.Arbitrary<readonly Unit[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 12 })
  .chain((drawn) =>
    fc
      .shuffledSubarray(
        drawn.map((_, index) => `u${index}`),
        { minLength: drawn.length },
      )
      .map((ids) =>
        drawn.map((picks, index): Unit => {
          const earlier = index === 0 ? [] : picks.map((pick) => ids[pick % index] ?? "");
          return {
            id: ids[index] ?? "",
            provides: [`made:${ids[index]}`],
            needs: earlier.filter((_, at) => at % 2 === 0).map((id) => `made:${id}`),
            wants: ["nobody"],
            uses: [],
            after: earlier.filter((_, at) => at % 2 === 1),
          };
        }),
      ),
  );

/** The waiting relation as the units state it, found the long way. */
function waits(units: readonly Unit[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    units.map((unit) => {
      const providers = units.filter(({ provides }) =>
        provides.some((each) => unit.needs.includes(each) || unit.wants.includes(each)),
      );
      return [unit.id, new Set([...unit.after, ...providers.map(({ id }) => id)].filter((id) => id !== unit.id))];
    }),
  );
}

function closure(edges: ReadonlyMap<string, Iterable<string>>, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(edges.get(from) ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (!seen.has(id)) open.push(...(edges.get(id) ?? []));
    seen.add(id);
  }
  return seen;
}

const result = (order: Order) => new Map(order.ordered.map(({ id, dependsOn }) => [id, dependsOn]));

test("every unit comes after all that it waits for", () => {
  fc.assert(
    fc.property(anyUnits, (units) => {
      const { ordered } = orderUnits(units, given);
      const place = new Map(ordered.map(({ id }, index) => [id, index]));
      const all = waits(units);
      for (const [index, { id }] of ordered.entries())
        for (const other of all.get(id) ?? []) expect(place.get(other)).toBeLessThan(index);
    }),
  );
});

test("the edges kept imply exactly what was asked for", () => {
  fc.assert(
    fc.property(orderable, (units) => {
      const order = orderUnits(units, given);
      expect(order.cycle).toBeUndefined();
      expect(order.ordered).toHaveLength(units.length);
      const all = waits(units);
      const kept = result(order);
      for (const { id } of units) expect([...closure(kept, id)].sort()).toEqual([...closure(all, id)].sort());
    }),
  );
});

test("no edge can be left out", () => {
  fc.assert(
    fc.property(orderable, (units) => {
      const kept = result(orderUnits(units, given));
      for (const [id, dependsOn] of kept)
        for (const other of dependsOn) {
          const fewer = new Map(kept).set(
            id,
            dependsOn.filter((each) => each !== other),
          );
          expect(closure(fewer, id).has(other)).toBe(false);
        }
    }),
  );
});

test("the order in which units are given does not matter", () => {
  fc.assert(
    fc.property(
      anyUnits.chain((units) =>
        fc.tuple(fc.constant(units), fc.shuffledSubarray([...units], { minLength: units.length })),
      ),
      ([units, shuffled]) => {
        expect(orderUnits(shuffled, given)).toEqual(orderUnits(units, given));
      },
    ),
  );
});

test("a cycle is reported when there is one, and it is one", () => {
  fc.assert(
    fc.property(anyUnits, (units) => {
      const { ordered, cycle } = orderUnits(units, given);
      expect(cycle === undefined).toBe(ordered.length === units.length);
      if (cycle === undefined) return;
      const all = waits(units);
      expect(cycle.at(0)).toBe(cycle.at(-1));
      for (const [index, id] of cycle.slice(1).entries()) expect(all.get(cycle[index] ?? "")?.has(id)).toBe(true);
    }),
  );
});

test("missing is what is needed or used, and neither given nor provided", () => {
  fc.assert(
    fc.property(anyUnits, (units) => {
      const there = new Set([...given, ...units.flatMap(({ provides }) => provides)]);
      const absent = units.flatMap(({ id, needs, uses }) =>
        [...new Set([...needs, ...uses])].filter((need) => !there.has(need)).map((need) => ({ id, need })),
      );
      expect(orderUnits(units, given).missing).toEqual(expect.arrayContaining(absent));
      expect(orderUnits(units, given).missing).toHaveLength(absent.length);
    }),
  );
});
