import { isRecord } from "../record.ts";
import { SecretRef, type Value, type Values } from "./release.ts";

/**
 * Lays a person's Helm values over the program's, as Helm does with a second `--values` file: maps are merged key by
 * key, lists and everything else are replaced whole. `null` stays in the result: Helm reads it as "remove this key,
 * the chart's default included".
 */
export function mergeValues(base: Values, over: Readonly<Record<string, unknown>>): Values {
  const merged: Record<string, Value> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? mergeValues(below, value) : toValue(value, [key]);
  }
  return merged;
}

function isMap(value: unknown): value is { readonly [key: string]: Value } {
  return isRecord(value) && !(value instanceof SecretRef);
}

/** What YAML or JSON can hold, as a value. Throws on anything else, naming the place. */
function toValue(value: unknown, path: readonly string[]): Value {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      break;
  }
  if (value === null || value instanceof SecretRef) return value;
  if (Array.isArray(value)) return value.map((item: unknown, index) => toValue(item, [...path, String(index)]));
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toValue(item, [...path, key])]));
  }
  throw new Error(`Helm value ${path.join(".")} is ${typeof value}, which YAML cannot hold`);
}
