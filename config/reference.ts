import { stackSchema } from "./json-schema.ts";

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string;
  readonly text: string;
}

/** docs/configuration.md, from the schema alone. */
export function configurationReference(): string {
  const config = (stackSchema().properties as { config: Schema }).config;
  const sections = Object.entries(config.properties ?? {}).map(([key, schema]) =>
    section(key, schema, config.required?.includes(key) === true),
  );
  return [
    "# Configuration reference",
    "",
    "Generated from the schema by `npm run schema`. Every key stands under `config:` in `Pulumi.<stack>.yaml`; `<name>` is a name of your choosing. Secrets stand under `secret:<name>`, set with `pulumi config set --secret secret:<name>`.",
    "",
    ...sections,
  ].join("\n");
}

function section(key: string, schema: Schema, required: boolean): string {
  const rows = walk("", schema, false);
  return [
    `## \`${key}\`${required ? "" : " (optional)"}`,
    "",
    schema.description ?? "",
    "",
    ...(rows.length === 0
      ? []
      : [
          "| key | type | default | what it is |",
          "|---|---|---|---|",
          ...rows.map(
            (row) => `| \`${row.key}\` | ${row.type} | ${row.required ? "**required**" : row.default} | ${row.text} |`,
          ),
          "",
        ]),
  ].join("\n");
}

function walk(prefix: string, schema: Schema, kindKnown: boolean): readonly Row[] {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return branches.flatMap((branch) => walk(prefix, branch, true)).filter(once());
  if (schema.items !== undefined) return walk(`${prefix}[]`, schema.items, kindKnown);
  const named =
    typeof schema.additionalProperties === "object"
      ? walk(join(prefix, "<name>"), schema.additionalProperties, kindKnown)
      : [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]): readonly Row[] => {
    const path = join(prefix, key);
    const children = walk(path, property, false);
    const row: Row = {
      key: path,
      type: typeOf(property),
      required: schema.required?.includes(key) === true && property.default === undefined,
      default: property.default === undefined ? "" : `\`${JSON.stringify(property.default)}\``,
      text: property.description ?? "",
    };
    return children.length > 0 && property.description === undefined ? children : [row, ...children];
  });
  return [...own, ...named];
}

const join = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`);

function once(): (row: Row) => boolean {
  const seen = new Set<string>();
  return ({ key, type }) => {
    const id = `${key} ${type}`;
    return !seen.has(id) && Boolean(seen.add(id));
  };
}

function typeOf(schema: Schema): string {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeOf))].join(" or ");
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === "object") return `map of ${typeOf(schema.additionalProperties)}`;
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined && Math.abs(schema.maximum) < 1e9
      ? ` ${schema.minimum}–${schema.maximum}`
      : "";
  return `${String(schema.type ?? "any")}${range}`;
}
