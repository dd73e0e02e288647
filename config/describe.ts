import { z } from "zod";
import { own } from "../lib/record.ts";
import { stageSchema } from "./stage.ts";

interface JsonSchema {
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** What the schema says of a place in the stack file. */
export interface Description {
  /** Keys that the object there may have. */
  readonly keys: readonly string[];
  /** The keys that each kind of object there needs. */
  readonly objects: readonly (readonly string[])[];
  /** The sentence that describes it. */
  readonly text: string | undefined;
}

/** Costs milliseconds, and a configuration without a fault never asks. */
let known: JsonSchema | undefined;

/** What the schema says of a path in the stack file; of several kinds of object, only of the one that `input` is. */
export function describe(path: readonly PropertyKey[], input?: unknown): Description {
  known ??= z.toJSONSchema(stageSchema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const found = path.reduce<readonly JsonSchema[]>(step, [known]).flatMap(leaves);
  return {
    keys: [
      ...new Set(
        found.filter((schema) => !contradicts(schema, input)).flatMap((schema) => Object.keys(schema.properties ?? {})),
      ),
    ],
    objects: found.flatMap(({ properties, required }) => (properties === undefined ? [] : [required ?? []])),
    text: found.find((schema) => schema.description !== undefined)?.description,
  };
}

/** Whether the input says that it is of another kind, as by `kind: lan`. */
function contradicts(schema: JsonSchema, input: unknown): boolean {
  if (typeof input !== "object" || input === null) return false;
  const given = new Map(Object.entries(input));
  return Object.entries(schema.properties ?? {}).some(
    ([key, { const: due }]) => due !== undefined && given.has(key) && given.get(key) !== due,
  );
}

function step(schemas: readonly JsonSchema[], part: PropertyKey): readonly JsonSchema[] {
  return schemas.flatMap(leaves).flatMap((schema) => {
    if (typeof part === "number") return schema.items === undefined ? [] : [schema.items];
    const property = own(schema.properties ?? {}, String(part));
    if (property !== undefined) return [property];
    return typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : [];
  });
}

function leaves(schema: JsonSchema): readonly JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined
    ? [schema]
    : [...(schema.description === undefined ? [] : [{ description: schema.description }]), ...branches.flatMap(leaves)];
}
