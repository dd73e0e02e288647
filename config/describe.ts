import { z } from "zod";
import { stageSchema } from "./stage.ts";

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** What the schema says of a place in the stack file. */
export interface Description {
  /** Keys that the object there may have. */
  readonly keys: readonly string[];
  /** The sentence that describes it. */
  readonly text: string | undefined;
}

/** Makes a function from a path in the stack file to what the schema says of it. Costs milliseconds: made when needed. */
export function describer(): (path: readonly PropertyKey[]) => Description {
  const root = z.toJSONSchema(stageSchema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return (path) => {
    const found = path.reduce<readonly JsonSchema[]>(step, [root]).flatMap(leaves);
    return {
      keys: [...new Set(found.flatMap((schema) => Object.keys(schema.properties ?? {})))],
      text: found.find((schema) => schema.description !== undefined)?.description,
    };
  };
}

function step(schemas: readonly JsonSchema[], part: PropertyKey): readonly JsonSchema[] {
  return schemas.flatMap(leaves).flatMap((schema) => {
    if (typeof part === "number") return schema.items === undefined ? [] : [schema.items];
    const property = schema.properties?.[String(part)];
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
