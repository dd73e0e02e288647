/** A record's own entry: a name that a person chose may be one that every object inherits, such as `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Whether a value of unknown shape has fields: a list has none. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A text that says something; undefined for anything else. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A change laid over a value, which stays as it is: records in depth, null takes away, anything else replaces (RFC 7396). */
export function mergePatch(value: unknown, change: unknown): unknown {
  if (!isRecord(change)) return change;
  const kept = isRecord(value) ? value : {};
  const replaced = Object.entries(change).map(([key, wanted]) => [key, mergePatch(kept[key], wanted)] as const);
  return Object.fromEntries([...Object.entries(kept), ...replaced].filter(([key]) => change[key] !== null));
}
