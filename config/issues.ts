import type { z } from "zod";
import type { Description } from "./describe.ts";
import type { Fault } from "./faults.ts";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;

type Describe = (path: readonly PropertyKey[]) => Description;

/** `["pools", "cp", "locations", 0]` -> `groundwork:pools.cp.locations[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  const [section, ...rest] = path;
  const tail = rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `groundwork:${String(section ?? "")}${tail}`;
}

/** What the schema found, as faults. */
export function issueFaults(issue: Issue, describe: Describe): readonly Fault[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key, describe(issue.path).keys));
    case "invalid_type":
      return [{ path, ...wrongType(issue.expected, issue.input, describe(issue.path).text) }];
    case "invalid_value":
      return [{ path, ...wrongValue(issue.input, issue.values.map(String)) }];
    case "too_small":
      return [
        { path, ...(custom(issue.message) ?? outOfRange(issue.origin, issue.input, "less", Number(issue.minimum))) },
      ];
    case "too_big":
      return [
        { path, ...(custom(issue.message) ?? outOfRange(issue.origin, issue.input, "more", Number(issue.maximum))) },
      ];
    case "invalid_key":
      return issue.issues.flatMap((inner) => issueFaults({ ...inner, path: [...issue.path, ...inner.path] }, describe));
    case "invalid_union":
      return [{ path, ...(custom(issue.message) ?? noBranch(issue)) }];
    case "invalid_format":
    case "custom":
    case "not_multiple_of":
    case "invalid_element":
      return [
        {
          path,
          ...(custom(issue.message) ?? {
            message: issue.message,
            remedy: "see docs/configuration.md for what it takes",
          }),
        },
      ];
    default: {
      const unknown: never = issue;
      throw new Error(`unknown kind of issue: ${JSON.stringify(unknown)}`);
    }
  }
}

type Text = Pick<Fault, "message" | "remedy">;

function custom(message: string): Text | undefined {
  const [wrong, fix] = message.split(" → ");
  return wrong !== undefined && fix !== undefined ? { message: wrong, remedy: fix } : undefined;
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): Fault {
  const guess = nearest(key, known);
  return {
    path: formatPath([...path, key]),
    message: `"${key}" is no setting here`,
    remedy:
      guess === undefined
        ? `remove it${known.length > 0 ? `; there are: ${[...known].sort().join(", ")}` : ""}`
        : `write "${guess}"`,
  };
}

function wrongType(expected: string, input: unknown, description: string | undefined): Text {
  if (input === undefined || input === null)
    return { message: "is missing", remedy: `set it${description === undefined ? "" : `: ${description}`}` };
  const names: Record<string, string> = {
    int: "a whole number",
    number: "a number",
    string: "text",
    boolean: "true or false",
    object: "a mapping of keys",
    record: "a mapping of keys",
    array: "a list",
  };
  const wanted = names[expected] ?? expected;
  const got = Array.isArray(input)
    ? "a list"
    : typeof input === "object"
      ? "a mapping of keys"
      : typeof input === "string"
        ? `text ("${input}")`
        : `${String(input)}`;
  const quoted = typeof input === "string" && ["int", "number", "boolean"].includes(expected);
  const bare = expected === "string" && ["number", "boolean"].includes(typeof input);
  const remedy = quoted
    ? `write ${wanted}, without quotes`
    : bare
      ? `put it in quotes: "${String(input)}"`
      : `write ${wanted}`;
  return { message: `${got} where ${wanted} is due`, remedy };
}

function wrongValue(input: unknown, values: readonly string[]): Text {
  const guess = typeof input === "string" ? nearest(input, values) : undefined;
  if (input === undefined) return { message: "is missing", remedy: `write ${oneOf(values)}` };
  return { message: `${JSON.stringify(input)} is not known here`, remedy: `write ${guess ?? oneOf(values)}` };
}

const oneOf = (values: readonly string[]): string =>
  values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;

function outOfRange(origin: string, input: unknown, side: "less" | "more", bound: number): Text {
  const least = side === "less" ? "at least" : "at most";
  if (origin === "array" || origin === "set") {
    return {
      message: `has ${Array.isArray(input) ? input.length : "too few"} entries`,
      remedy: `give ${least} ${bound}`,
    };
  }
  if (origin === "string")
    return { message: `"${String(input)}" has the wrong length`, remedy: `use ${least} ${bound} characters` };
  return { message: `${String(input)} is ${side} than ${bound}`, remedy: `use ${least} ${bound}` };
}

function noBranch(issue: Extract<Issue, { code: "invalid_union" }>): Text {
  if ("options" in issue && Array.isArray(issue.options)) {
    const kind =
      typeof issue.input === "object" && issue.input !== null
        ? (issue.input as Record<string, unknown>)[String(issue.path.at(-1))]
        : issue.input;
    return wrongValue(kind, issue.options.map(String));
  }
  const wrong = issue.errors
    .flat()
    .map((inner) => custom(inner.message))
    .filter((text) => text !== undefined);
  return {
    message: wrong[0]?.message ?? `${JSON.stringify(issue.input)} fits none of the forms that are allowed here`,
    remedy:
      wrong.length > 0
        ? [...new Set(wrong.map(({ remedy }) => remedy))].join("; or ")
        : "see docs/configuration.md for the forms",
  };
}
