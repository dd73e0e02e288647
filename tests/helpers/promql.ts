/** Words of PromQL that are no metrics: prometheus.io/docs/prometheus/latest/querying/operators */
const words = new Set(["and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"]);

/** Clauses whose brackets hold labels. */
const clauses = "by|without|on|ignoring|group_left|group_right";

/**
 * Names of the metrics that an expression reads, each once and sorted. Written for expressions that name their metrics
 * outright: `{__name__=…}` is refused.
 */
export function metricNames(expression: string): readonly string[] {
  // What stands in quotes first, since it may hold every kind of bracket.
  const plain = expression.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""').replaceAll(/#.*$/gm, "");
  if (plain.includes("__name__")) throw new Error(`a metric is named by a matcher: ${expression}`);
  const bare = plain
    .replaceAll(/\{[^{}]*\}/g, " ")
    .replaceAll(/\[[^[\]]*\]/g, " ")
    .replaceAll(new RegExp(`\\b(?:${clauses})\\s*\\([^()]*\\)`, "gi"), " ");
  const identifiers = bare.matchAll(/(?<![\w.$:])([a-zA-Z_:][\w:]*)(\s*\()?/g);
  const names = [...identifiers].flatMap(([, name = "", call]) =>
    call !== undefined || words.has(name.toLowerCase()) ? [] : [name],
  );
  return [...new Set(names)].sort();
}
