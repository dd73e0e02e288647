import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeValues } from "../../lib/platform/merge.ts";
import type { Value, Values } from "../../lib/platform/release.ts";

const key = fc.constantFrom("a", "b", "c", "d");
const { values } = fc.letrec<{ value: Value; values: Values }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(1, "x", true, null),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie("values"),
  ),
  values: fc.dictionary(key, tie("value"), { noNullPrototype: true }),
}));

test("nothing over something changes nothing, and over itself neither", () => {
  fc.assert(
    fc.property(values, (base) => {
      expect(mergeValues(base, {})).toEqual(base);
      expect(mergeValues(base, base)).toEqual(base);
      expect(mergeValues({}, base)).toEqual(base);
    }),
  );
});

test("what is laid over can be read in the result", () => {
  fc.assert(
    fc.property(values, values, (base, over) => {
      const merged = mergeValues(base, over);
      expect(mergeValues(merged, over)).toEqual(merged);
      for (const name of Object.keys(base)) if (!(name in over)) expect(merged[name]).toEqual(base[name]);
    }),
  );
});

test("neither side is changed", () => {
  fc.assert(
    fc.property(values, values, (base, over) => {
      const before = structuredClone({ base, over });
      mergeValues(base, over);
      expect({ base, over }).toEqual(before);
    }),
  );
});
