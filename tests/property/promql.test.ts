import fc from "fast-check";
import { expect, test } from "vitest";
import { metricNames } from "../helpers/promql.ts";

// Expressions are built from known metrics, with everything around them that could be taken for one.

const metric = fc.constantFrom(
  "up",
  "node_load1",
  "job:requests:rate5m",
  "sum_total",
  "by_hand",
  "offset_seconds",
  "or_so",
);
const label = fc.constantFrom("job", "le", "up", "node_load1", "instance");
const text = fc.constantFrom("", "up", "a{b}", "x)", "[5m]", '\\"up\\"', "$node", "4..|5..");
const matcher = fc
  .tuple(label, fc.constantFrom("=", "!=", "=~", "!~"), text)
  .map(([name, is, value]) => `${name}${is}"${value}"`);
const range = fc.constantFrom("5m", "1h30m", "$__rate_interval", "1h:5m");
const labels = fc.array(label, { maxLength: 3 }).map((all) => all.join(", "));

interface Built {
  readonly text: string;
  readonly names: readonly string[];
}

const { expression } = fc.letrec<{
  expression: Built;
  selector: Built;
  call: Built;
  sum: Built;
  pair: Built;
  number: Built;
}>((tie) => ({
  selector: fc
    .tuple(metric, fc.array(matcher, { maxLength: 2 }), fc.constantFrom("", " offset 5m"))
    .map(([name, matchers, offset]) => ({
      text: `${name}${matchers.length === 0 ? "" : `{${matchers.join(", ")}}`}${offset}`,
      names: [name],
    })),
  number: fc.constantFrom("1", "0.95", "1e3", "Inf").map((each) => ({ text: each, names: [] })),
  call: fc
    .tuple(fc.constantFrom("rate", "increase", "max_over_time"), metric, fc.array(matcher, { maxLength: 2 }), range)
    .map(([name, of, matchers, over]) => ({ text: `${name}(${of}{${matchers.join(",")}}[${over}])`, names: [of] })),
  sum: fc
    .tuple(
      fc.constantFrom("sum", "max", "count"),
      fc.constantFrom("by", "without"),
      labels,
      tie("expression"),
      fc.boolean(),
    )
    .map(([name, clause, of, inner, after]) => ({
      text: after ? `${name}(${inner.text}) ${clause} (${of})` : `${name} ${clause}(${of}) (${inner.text})`,
      names: inner.names,
    })),
  pair: fc
    .tuple(
      tie("expression"),
      fc.constantFrom("+", "/", "> bool", "and", "or", "unless"),
      fc.oneof(
        fc.constant(""),
        labels.map((of) => ` on (${of})`),
        labels.map((of) => ` ignoring(${of}) group_left (${of})`),
      ),
      tie("expression"),
    )
    .map(([left, operator, clause, right]) => ({
      text: `(${left.text}) ${operator}${clause} (${right.text})`,
      names: [...left.names, ...right.names],
    })),
  expression: fc.oneof({ depthSize: "small" }, tie("selector"), tie("number"), tie("call"), tie("sum"), tie("pair")),
}));

test("every metric of an expression is found, and nothing else is taken for one", () => {
  fc.assert(
    fc.property(expression, ({ text: written, names }) => {
      expect(metricNames(written)).toEqual([...new Set(names)].sort());
    }),
    { numRuns: 500 },
  );
});

test("a metric that a matcher names is refused", () => {
  expect(() => metricNames('{__name__="up"}')).toThrow('a metric is named by a matcher: {__name__="up"}');
});
