import { readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Fault, formatFaults } from "../../config/faults.ts";
import { fixtures, parseConfig, readStackFile } from "../helpers/stack-file.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Config = Readonly<Record<string, Json>>;

const bases: readonly Config[] = readdirSync(new URL("valid/", fixtures)).map(
  (file) => readStackFile(new URL(`valid/${file}`, fixtures)) as Config,
);

/** Every value inside one, itself included. */
function inside(value: Json): readonly Json[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(inside)] : [value];
}

/** Values that stand somewhere in a valid file: at another place, each is a mistake that the schema may let through. */
const seen: readonly Json[] = [
  ...new Map(bases.flatMap(inside).map((value) => [JSON.stringify(value), value])).values(),
];

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

/** What people and shells leave in files, and what programs stumble over. */
const nasty: readonly Json[] = [
  ...[null, "", true, "true", [], {}, [null], "a → b", "two\nlines", "x".repeat(400), "<unset>"],
  ...[0, -1, 1, 2, 4, 1000, 1e9, 1.5, "1"],
  ...["10.0.0.0", "10.0.1.10", "10.0.0.0/16", "10.0.2.0/30", "0.0.0.0/0", "255.255.255.255", "constructor", "toString"],
];

const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...seen) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...nasty),
  },
  { weight: 1, arbitrary: json },
);

const change = fc.record({
  /** Which way to go at each level. */
  way: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom("delete", "replace", "retype", "rename", "add"),
  value,
  key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "2", "cp", "nodes")),
});
type Change = (typeof change extends fc.Arbitrary<infer Value> ? Value : never) & {};

/** The same thing, written as another type. */
function retyped(old: Json): Json {
  if (typeof old === "string") return [old];
  if (typeof old === "object") return JSON.stringify(old);
  return String(old);
}

function changed(node: Json, { way, kind, value: fresh, key }: Change, depth = 0): Json {
  if (typeof node !== "object" || node === null) return fresh;
  const entries = Object.entries(node);
  const at = (way[depth] ?? 0) % Math.max(entries.length, 1);
  const [name, old] = entries[at] ?? ["", null];
  const last = depth === way.length - 1 || typeof old !== "object" || old === null;
  const next = ((): readonly (readonly [string, Json])[] => {
    if (!last) return [[name, changed(old, { way, kind, value: fresh, key }, depth + 1)]];
    switch (kind) {
      case "delete":
        return [];
      case "replace":
        return [[name, fresh]];
      case "retype":
        return [[name, retyped(old)]];
      case "rename":
        return [[key, old]];
      case "add":
        return [
          [name, old],
          [key, fresh],
        ];
      default:
        return kind satisfies never;
    }
  })();
  const result = entries.toSpliced(at, entries.length === 0 ? 0 : 1, ...next.map(([k, v]): [string, Json] => [k, v]));
  return Array.isArray(node) ? result.map(([, v]) => v) : Object.fromEntries(result);
}

const mutated = fc
  .record({ base: fc.constantFrom(...bases), changes: fc.array(change, { minLength: 1, maxLength: 4 }) })
  .map(({ base, changes }) => changes.reduce<Json>((config, each) => changed(config, each), base) as Config);

const sections = [...new Set(bases.flatMap((base) => Object.keys(base)))];
const wild = fc.dictionary(fc.oneof(fc.constantFrom(...sections), fc.string()), value, { maxKeys: 8 });

/** What no message may hold: JavaScript's words, or those of the library that checks the schema. */
const foreign = /undefined|\[object|NaN|Invalid|expected|function|\n/;

/** What is wrong with a fault that a person is to act on. */
function complaints({ path, message, remedy }: Fault): readonly string[] {
  return [
    ...(/^(groundwork|secret):./.test(path) ? [] : [`path ${path}`]),
    ...[message, remedy].filter((text) => !/^\S.*\S$/.test(text) || foreign.test(text) || text.length > 300),
  ];
}

/** Answers without a throw, with faults that can be acted on, each said once. */
function answersWell(config: Config): void {
  const parsed = parseConfig(config);
  if (parsed.ok) return;
  const told = parsed.faults.map((fault) => formatFaults("any", [fault]));
  const repeated = told.filter((text, index) => told.indexOf(text) < index);
  expect([...parsed.faults.flatMap(complaints), ...repeated]).toEqual([]);
  expect(parsed.faults.length).toBeGreaterThan(0);
}

test("a valid configuration with a few mistakes in it is never answered with a crash or with gibberish", () => {
  fc.assert(fc.property(mutated, answersWell), { numRuns: 9_000 });
}, 600_000);

test("neither is a wild one", () => {
  fc.assert(fc.property(wild as fc.Arbitrary<Config>, answersWell), { numRuns: 1_000 });
});
