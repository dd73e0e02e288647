import { isRecord } from "../record.ts";

/** What a JSON schema says of one key of a map: `free` when it takes any key, by saying so of the map. */
export type SchemaAnswer =
  | { readonly sort: "known"; readonly schemas: readonly unknown[] }
  | { readonly sort: "free" }
  | { readonly sort: "silent" };

/**
 * Looks a key up in the schemas that hold for its map. `additionalProperties` counts only where the map names no
 * property at all: with names beside it, it is how schemas are made lenient, and a slip of the pen would pass.
 */
export function askSchema(schemas: readonly unknown[], key: string, root: unknown): SchemaAnswer {
  const all = schemas.flatMap((schema) => parts(schema, root));
  const found = all.flatMap((schema) => {
    const own = isRecord(schema.properties) && Object.hasOwn(schema.properties, key) ? [schema.properties[key]] : [];
    const matching = isRecord(schema.patternProperties)
      ? Object.entries(schema.patternProperties).flatMap(([pattern, each]) =>
          new RegExp(pattern).test(key) ? [each] : [],
        )
      : [];
    return [...own, ...matching];
  });
  if (found.length > 0) return { sort: "known", schemas: found };
  return !all.some(hasNames) && all.some(takesAny) ? { sort: "free" } : { sort: "silent" };
}

/** True when schemas say which keys a map has. */
export const namesKeys = (schemas: readonly unknown[], root: unknown): boolean =>
  schemas.flatMap((schema) => parts(schema, root)).some(hasNames);

const hasNames = ({ properties }: Readonly<Record<string, unknown>>): boolean =>
  isRecord(properties) && Object.keys(properties).length > 0;

const takesAny = ({ additionalProperties }: Readonly<Record<string, unknown>>): boolean =>
  additionalProperties === true || isRecord(additionalProperties);

/** A schema with everything that it is put together from. */
function parts(
  schema: unknown,
  root: unknown,
  seen: ReadonlySet<unknown> = new Set(),
): Readonly<Record<string, unknown>>[] {
  if (!isRecord(schema) || seen.has(schema)) return [];
  const next = new Set([...seen, schema]);
  const combined = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list): unknown[] =>
    Array.isArray(list) ? list : [],
  );
  const referred = typeof schema.$ref === "string" ? [follow(schema.$ref, root)] : [];
  return [schema, ...[...combined, ...referred].flatMap((part) => parts(part, root, next))];
}

/** `#/definitions/x` within the same document; anything else is not looked up. */
function follow(reference: string, root: unknown): unknown {
  if (!reference.startsWith("#/")) return undefined;
  return reference
    .slice(2)
    .split("/")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), root);
}
