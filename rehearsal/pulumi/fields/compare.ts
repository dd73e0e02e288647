import { containsSecret, isObject } from "../../engine/values.ts";
import { Secret } from "../../recording.ts";
import type { Held } from "./held.ts";
import { createNaming, learn } from "./names.ts";
import type { Rule, Values } from "./rules.ts";

/** One field that the rehearsal and the real engine have differently. */
export interface FieldDifference {
  readonly resource: string;
  readonly urn: string;
  /** A secret on either side is part of what follows, in plain text. */
  readonly isSecret: boolean;
  /** `outputs.metadata.labels`; `id`. */
  readonly field: string;
  readonly engine: string;
  readonly offline: string;
  /** Of the rule that says in what way it may differ, and does not hold. Absent: it has to be the same. */
  readonly rule?: string;
}

export interface Comparison {
  readonly differences: readonly FieldDifference[];
  /** Rules that nothing was found for: they say something that is no longer so. */
  readonly unused: readonly Rule[];
  /** Fields that were held against each other. */
  readonly fields: number;
}

export interface CompareArgs {
  readonly engine: readonly Held[];
  readonly offline: readonly Held[];
  readonly rules: readonly Rule[];
}

/**
 * Holds everything that both sides have a resource for against each other, field by field. What is made up (an id, a
 * key) gets the name of where it comes from, so that it has to be the same one wherever else it occurs.
 */
export function compareFields({ engine, offline, rules }: CompareArgs): Comparison {
  const counterparts = new Map(offline.map((held) => [held.urn, held]));
  const pairs = engine.flatMap((held): Pair[] => {
    const other = counterparts.get(held.urn);
    return other === undefined ? [] : [{ engine: held, offline: other }];
  });
  const names = { engine: new Map<string, string>(), offline: new Map<string, string>() };
  for (const pair of pairs) {
    visit(pair, rules, (values, rule) => {
      if (rule?.isName !== true || !holds(rule, values)) return;
      learn(names, `${pair.engine.name} ${values.path.join(".")}`, opened(values));
    });
  }
  const naming = { engine: createNaming(names.engine), offline: createNaming(names.offline) };
  const used = new Set<Rule>();
  const differences: FieldDifference[] = [];
  let fields = 0;
  for (const pair of pairs) {
    visit(pair, rules, (values, rule) => {
      fields++;
      if (rule !== undefined) used.add(rule);
      if (rule === undefined ? isSame(values, naming) : holds(rule, values)) return;
      differences.push({
        ...{ resource: pair.engine.name, urn: pair.engine.urn, field: values.path.join(".") },
        isSecret: values.isSecret === true || containsSecret(values.engine) || containsSecret(values.offline),
        ...{ engine: shown(values.engine), offline: shown(values.offline) },
        ...(rule === undefined ? {} : { rule: rule.why }),
      });
    });
  }
  return { differences, unused: rules.filter((rule) => !used.has(rule)), fields };
}

interface Pair {
  readonly engine: Held;
  readonly offline: Held;
}

type Visit = (values: Values, rule: Rule | undefined) => void;

function visit(pair: Pair, rules: readonly Rule[], each: Visit): void {
  const { type, name } = pair.engine;
  const own = rules.filter(
    ({ types, resources }) => types.some((one) => matches(one, type)) && resources?.test(name) !== false,
  );
  for (const part of ["id", "inputs", "outputs", "options"] as const)
    descend({ ...pairOf(pair), path: [part], engine: pair.engine[part], offline: pair.offline[part] }, own, each);
}

const pairOf = ({ engine, offline }: Pair) => ({ ofEngine: engine, ofOffline: offline });

function descend(values: Values, rules: readonly Rule[], each: Visit): void {
  const { engine, offline, path } = values;
  if (engine === undefined && offline === undefined) return;
  const rule = rules.find((one) => leadsTo(one.path, path));
  const inner = (key: string, a: unknown, b: unknown): void =>
    descend({ ...values, path: [...path, key], engine: a, offline: b }, rules, each);
  if (rule !== undefined) each(values, rule);
  else if (engine instanceof Secret && offline instanceof Secret)
    descend({ ...values, engine: engine.value, offline: offline.value, isSecret: true }, rules, each);
  else if (isObject(engine) && isObject(offline))
    for (const key of new Set([...Object.keys(engine), ...Object.keys(offline)])) inner(key, engine[key], offline[key]);
  else if (Array.isArray(engine) && Array.isArray(offline) && engine.length === offline.length)
    for (const [index, element] of engine.entries()) inner(String(index), element, offline[index]);
  else each(values, undefined);
}

/** `hcloud:*` is every type of that package. */
const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;

/** `*` stands for one step, `**` for any number of them. */
function leadsTo(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") return [...path, ""].some((_, index) => leadsTo(rest, path.slice(index)));
  return path.length > 0 && (first === "*" || first === path[0]) && leadsTo(rest, path.slice(1));
}

interface Naming {
  readonly engine: (text: string) => string;
  readonly offline: (text: string) => string;
}

function isSame({ engine, offline }: Pick<Values, "engine" | "offline">, naming: Naming): boolean {
  // To a program both are undefined; the bridged providers write null for what a service does not have.
  if (engine === null && offline === undefined) return true;
  const isPlain = (value: unknown): value is string | number => ["string", "number"].includes(typeof value);
  if (!isPlain(engine) || !isPlain(offline)) return engine === offline;
  return typeof engine === typeof offline && isSameText(String(engine), String(offline), naming, 2);
}

/** @param depth how often a text may be in base64: a registry's credentials are twice in a Secret */
function isSameText(engine: string, offline: string, naming: Naming, depth: number): boolean {
  // Even the same text may be another's: a number that belongs to one server here and to another one there.
  const isSame = naming.engine(engine) === naming.offline(offline);
  const isNamed = naming.engine(engine) !== engine;
  if (depth === 0 || (isSame && isNamed)) return isSame;
  const [a, b] = [decoded(engine), decoded(offline)];
  if (a !== undefined && b !== undefined) return isSameText(a, b, naming, depth - 1);
  const [left, right] = [jsonOf(engine), jsonOf(offline)];
  return isSame || (left !== undefined && right !== undefined && isSameJson(left, right, naming, depth));
}

function isSameJson(engine: unknown, offline: unknown, naming: Naming, depth: number): boolean {
  if (isObject(engine) && isObject(offline)) {
    const keys = new Set([...Object.keys(engine), ...Object.keys(offline)]);
    return [...keys].every((key) => isSameJson(engine[key], offline[key], naming, depth));
  }
  return typeof engine === "string" && typeof offline === "string"
    ? isSameText(engine, offline, naming, depth)
    : engine === offline;
}

function jsonOf(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text behind base64; undefined for what is none. */
function decoded(text: string): string | undefined {
  if (text.length < 8 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  const inside = bytes.toString("utf8");
  return Buffer.from(inside, "utf8").equals(bytes) ? inside : undefined;
}

const open = (value: unknown): unknown => (value instanceof Secret ? value.value : value);
const opened = (values: Values): Values => ({
  ...values,
  engine: open(values.engine),
  offline: open(values.offline),
});

/** What is secret on one side has to be so on the other, whatever it is. */
function holds(rule: Rule, values: Values): boolean {
  const { engine, offline } = values;
  const isMarkedAlike = offline === undefined || engine instanceof Secret === offline instanceof Secret;
  return isMarkedAlike && rule.holds(opened(values));
}

function shown(value: unknown): string {
  if (value === undefined) return "absent";
  const text = value instanceof Secret ? `secret ${JSON.stringify(value.value)}` : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
