import { isMap, isPair, isScalar, type Node, parseDocument } from "yaml";
import { isRecord } from "../record.ts";
import type { ChartContent } from "./chart.ts";
import { askSchema, namesKeys } from "./schema.ts";
import { goneThrough, readsValue } from "./templates.ts";

/**
 * Paths of values that a chart does not know: Helm passes them over without a word, and what they were to do is not done.
 *
 * A key is known when the chart's values.yaml has it, in a comment too, when its values.schema.json names it, when a
 * template reads it, or when it switches a subchart. Below a map that is free in form every key is: one without
 * defaults, labels and their like, and one that a template writes out or goes through whole. Lists are not looked into.
 */
export function unknownKeys(values: Readonly<Record<string, unknown>>, chart: ChartContent): readonly string[] {
  return inMap(values, [], [start(chart, [])]);
}

/** One of the places that say what a map of values may hold: a subchart's values stand in it and in those around it. */
interface Place {
  readonly chart: ChartContent;
  /** Path within the chart's own values. */
  readonly path: readonly string[];
  /** The map's default in values.yaml; undefined: it has none. */
  readonly node: Node | undefined;
  /** Text of values.yaml from the map's key to its end, comments included. */
  readonly text: string;
  readonly schemas: readonly unknown[];
}

const start = (chart: ChartContent, path: readonly string[]): Place => ({
  chart,
  path,
  node: parseDocument(chart.valuesText, { logLevel: "silent" }).contents ?? undefined,
  text: chart.valuesText,
  schemas: chart.schema === undefined ? [] : [chart.schema],
});

function inMap(
  values: Readonly<Record<string, unknown>>,
  path: readonly string[],
  places: readonly Place[],
): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const at = [...path, key];
    if (!places.some((place) => knows(place, key))) return [at.join(".")];
    if (!isRecord(value) || freeNames.test(key)) return [];
    const inner = places.flatMap((place) => [...descend(place, key), ...subchart(place, key)]);
    return inner.some(closed) && !inner.some(goesThrough) ? inMap(value, at, inner) : [];
  });
}

/** Maps that hold a person's own names, in every chart. */
const freeNames = /^(global|.*[lL]abels|.*[aA]nnotations|.*[nN]odeSelector|env|extraEnv|extraArgs|resources|affinity)$/;

function knows({ chart, path, node, text, schemas }: Place, key: string): boolean {
  const full = [...path, key].join(".");
  const conditions = chart.dependencies
    .flatMap(({ condition }) => condition?.split(",") ?? [])
    .map((each) => each.trim());
  return (
    (isMap(node) && node.has(key)) ||
    new RegExp(`^\\s*#+\\s*(- )?"?${literal(key)}"?:`, "m").test(text) ||
    askSchema(schemas, key, chart.schema).sort !== "silent" ||
    conditions.some((condition) => condition === full || condition.startsWith(`${full}.`)) ||
    (path.length === 0 && (key === "global" || subchartOf(chart, key) !== undefined)) ||
    readsValue(chart.templates, [...path, key])
  );
}

/** True where something says which keys there are. */
const closed = ({ node, schemas, chart }: Place): boolean =>
  (isMap(node) && node.items.length > 0) || namesKeys(schemas, chart.schema);

const goesThrough = ({ chart, path }: Place): boolean => path.length > 0 && goneThrough(chart.templates, path);

function descend(place: Place, key: string): readonly Place[] {
  if (!knows(place, key)) return [];
  const { chart, path, node, schemas } = place;
  const answer = askSchema(schemas, key, chart.schema);
  const pair = isMap(node)
    ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
    : undefined;
  const value = pair?.value as Node | null | undefined;
  return [
    {
      chart,
      path: [...path, key],
      node: value ?? undefined,
      text: textOf(chart.valuesText, value),
      schemas: answer.sort === "known" ? answer.schemas : [],
    },
  ];
}

/** A map's text with the comments after its last key that are indented as its keys are. */
function textOf(whole: string, node: Node | null | undefined): string {
  if (!isMap(node) || node.range === undefined || node.range === null) return "";
  const [from, , to] = node.range;
  const lineStart = whole.lastIndexOf("\n", from) + 1;
  const indent = from - lineStart;
  const rest = whole.slice(to).split("\n");
  const end = rest.findIndex(
    (line) => line.trim() !== "" && !(line.startsWith(" ".repeat(indent)) && line.trim().startsWith("#")),
  );
  // Comments before the first key belong to the map as well, and the parser counts them to the key above.
  const before = whole.slice(0, lineStart).split("\n").reverse().slice(1);
  const first = before.findIndex((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  return [
    before.slice(0, Math.max(first, 0)).reverse().join("\n"),
    whole.slice(lineStart, to),
    rest.slice(0, Math.max(end, 0)).join("\n"),
  ].join("\n");
}

const subchart = ({ chart, path }: Place, key: string): readonly Place[] => {
  const inner = path.length === 0 ? subchartOf(chart, key) : undefined;
  return inner === undefined ? [] : [start(inner, [])];
};

function subchartOf(chart: ChartContent, key: string): ChartContent | undefined {
  const dependency = chart.dependencies.find(({ name, alias }) => (alias ?? name) === key);
  return chart.subcharts.get(dependency?.name ?? key);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
