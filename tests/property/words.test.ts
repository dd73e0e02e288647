import fc from "fast-check";
import { expect, test } from "vitest";
import { listed } from "../../lib/words.ts";

const names = fc.array(fc.stringMatching(/^[a-z0-9-]{1,63}$/), { minLength: 1, maxLength: 400 });

test("however many names, a message stays readable, and none is lost: it is shown or counted", () => {
  fc.assert(
    fc.property(names, (words) => {
      const text = listed(words, "and");
      const shown = text.replace(/ and (?=[^ ]+$|\d+ more$)/, ", ").split(", ");
      const rest = / and (\d+) more$/.exec(text)?.[1];
      const whole = rest === undefined ? shown : shown.slice(0, -1);
      expect(text.length).toBeLessThan(220);
      expect(whole).toEqual(words.slice(0, whole.length));
      expect(whole.length + Number(rest ?? 0)).toBe(words.length);
    }),
  );
});
