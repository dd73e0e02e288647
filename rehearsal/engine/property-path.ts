/**
 * Property paths as Pulumi's resource options write them: `environment.IMAGE`, `rules[0].port`, `labels["a.b"]`, and
 * `*` for every element (pulumi.com/docs/iac/concepts/resources/options/ignorechanges).
 */
import { Secret } from "../recording.ts";
import { isObject, secret } from "./values.ts";

export type PropertyPath = readonly string[];

const segment = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.[\]]+)/y;

export function parsePath(text: string): PropertyPath {
  const path: string[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < text.length) {
    const at = segment.lastIndex;
    const match = segment.exec(text);
    if (match === null)
      throw new Error(`"${text}" is not a property path: it cannot be read from character ${at + 1} on`);
    path.push(match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3] ?? "");
  }
  return path;
}

/** True when `pattern` names `path` or something that holds it. */
export function contains(pattern: PropertyPath, path: PropertyPath): boolean {
  return pattern.length <= path.length && pattern.every((part, index) => part === "*" || part === path[index]);
}

/** True when either holds the other: a change at `path` touches what `pattern` names. */
export function touches(pattern: PropertyPath, path: PropertyPath): boolean {
  const common = Math.min(pattern.length, path.length);
  return contains(pattern.slice(0, common), path.slice(0, common));
}

/** The paths at which two plain values differ, as deep as both are objects or arrays of one length. */
export function changedPaths(before: unknown, after: unknown, at: PropertyPath = []): PropertyPath[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((element, index) => changedPaths(before[index], element, [...at, String(index)]));
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changedPaths(before[key], after[key], [...at, key]));
  }
  return [at];
}

/**
 * `value` with what is at `path` taken from `old`, where absence counts as a value. A path through something that
 * exists on one side only changes nothing, as in the engine.
 */
export function resetAt(value: unknown, old: unknown, path: PropertyPath): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return old;
  if (value instanceof Secret || old instanceof Secret) {
    const bare = resetAt(unwrap(value), unwrap(old), path);
    return value instanceof Secret ? secret(bare) : bare;
  }
  if (Array.isArray(value) && Array.isArray(old)) {
    return value.map((element, index) =>
      (head === "*" || head === String(index)) && index < old.length ? resetAt(element, old[index], rest) : element,
    );
  }
  if (!isObject(value) || !isObject(old)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const key of head === "*" ? new Set([...Object.keys(value), ...Object.keys(old)]) : [head]) {
    const isEnd = rest.length === 0;
    if (!isEnd && !(key in value && key in old)) continue;
    const reset = resetAt(value[key], old[key], rest);
    if (reset === undefined) delete result[key];
    else result[key] = reset;
  }
  return result;
}

function unwrap(value: unknown): unknown {
  return value instanceof Secret ? value.value : value;
}
