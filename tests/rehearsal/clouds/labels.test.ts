import fc from "fast-check";
import { expect, test } from "vitest";
import { type Labels, labelsFault, readSelector } from "../../../rehearsal/clouds/shared/labels.ts";

const labels = { env: "production", role: "worker", "example.com/my": "label", empty: "" };

test.each([
  ["env=production", true],
  ["env==production", true],
  ["env=staging", false],
  ["env!=staging", true],
  ["other!=x", true],
  ["role", true],
  ["!role", false],
  ["!other", true],
  ["env in (testing,production)", true],
  ["env in (testing, staging)", false],
  ["env notin (testing,staging)", true],
  ["other notin (a)", true],
  ["other in (a)", false],
  ["empty=", true],
  ["example.com/my=label", true],
  ["env=production,!other,role in (worker,agent)", true],
  ["env=production,role!=worker", false],
])("selector %s: %s", (selector, selected) => {
  expect(readSelector(selector)?.(labels)).toBe(selected);
});

test.each(["", "=x", "a b", "a in b", "a in (b", "a=b,", "a==b==c", "!"])("'%s' is no selector", (selector) => {
  expect(readSelector(selector)).toBeUndefined();
});

const name = fc.stringMatching(/^[a-z0-9A-Z]([a-z0-9A-Z._-]{0,20}[a-z0-9A-Z])?$/);
const set = fc.dictionary(name, name);

test("a valid set of labels is selected by each of its labels, and never by the opposite", () => {
  fc.assert(
    fc.property(set, (valid: Labels) => {
      expect(labelsFault(valid)).toBeUndefined();
      for (const [key, value] of Object.entries(valid)) {
        const holds = [`${key}=${value}`, key, `${key} in (${value})`].map((selector) =>
          readSelector(selector)?.(valid),
        );
        const fails = [`${key}!=${value}`, `!${key}`, `${key} notin (${value})`].map((selector) =>
          readSelector(selector)?.(valid),
        );
        expect([holds, fails]).toEqual([
          [true, true, true],
          [false, false, false],
        ]);
      }
    }),
  );
});
