import type { z } from "zod";
import { shown } from "../lib/shown.ts";
import { describe } from "./describe.ts";
import type { Fault } from "./faults.ts";
import { nearest, oneOf } from "./nearest.ts";
import { switchedOff } from "./switched-off.ts";

type Issue = z.core.$ZodIssue;

/** `["dns", "records", "app.example.com", "ttl"]` -> `groundwork:dns.records["app.example.com"].ttl`, as `pulumi config` writes it. */
export function formatPath(path: readonly PropertyKey[]): string {
  const [section, ...rest] = path;
  const tail = rest.map((part) => {
    if (typeof part === "number") return `[${part}]`;
    return /^[\w-]+$/.test(String(part)) ? `.${String(part)}` : `[${shown(String(part))}]`;
  });
  return `groundwork:${String(section ?? "")}${tail.join("")}`;
}

/** What the schema found, as faults. */
export function issueFaults(issue: Issue): readonly Fault[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key, describe(issue.path, issue.input).keys));
    case "invalid_type":
      return [{ path, ...(switchedOff(issue.path, issue.input) ?? wrongType(issue, describe(issue.path).text)) }];
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
      return issue.issues.flatMap((inner) => issueFaults({ ...inner, path: [...issue.path, ...inner.path] }));
    case "invalid_union":
      return wrongUnion(issue);
    case "invalid_format":
    case "custom":
    case "not_multiple_of":
    case "invalid_element":
      return [
        {
          path,
          ...(custom(issue.message) ?? {
            message: `${shown(issue.input)} is not allowed here`,
            remedy: "see docs/configuration.md for what is",
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

/** The schema's own messages: `what is wrong → what to do`. What is wrong may quote an arrow of the input. */
function custom(message: string): Text | undefined {
  const arrow = message.lastIndexOf(" → ");
  return arrow < 0 ? undefined : { message: message.slice(0, arrow), remedy: message.slice(arrow + 3) };
}

/** More names than these are looked up, not read in a message. */
const listed = 10;
const many = ", or choose one that docs/configuration.md lists";

export function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): Fault {
  const off = switchedOff([...path, key], undefined);
  if (off !== undefined) return { path: formatPath([...path, key]), ...off };
  const guess = nearest(key, known);
  const others = known.length === 0 ? "" : known.length > listed ? many : `, or use ${oneOf([...known].sort())}`;
  return {
    path: formatPath([...path, key]),
    message: `${shown(key)} is no setting here`,
    remedy: guess === undefined ? `remove it${others}` : `write ${guess}`,
  };
}

const mappingName = "a mapping of keys";

const typeNames: ReadonlyMap<string, string> = new Map([
  ["int", "a whole number"],
  ["number", "a number"],
  ["string", "text"],
  ["boolean", "true or false"],
  ["object", mappingName],
  ["record", mappingName],
  ["array", "a list"],
]);

function wrongType({ expected, input, message }: z.core.$ZodIssueInvalidType, description: string | undefined): Text {
  const wanted = typeNames.get(expected) ?? expected;
  const mapping = wanted === mappingName;
  if (input === undefined) return missing(`add it: ${description ?? wanted}`);
  if (input === null)
    return {
      message: "has no value",
      remedy: mapping
        ? "write its settings below it, indented, or {} when it needs none"
        : `write one: ${description ?? wanted}`,
    };
  return (
    custom(message) ?? { message: `${kindOf(input)} where ${wanted} is due`, remedy: rewrite(expected, wanted, input) }
  );
}

/** How a value of the wrong type is most likely meant. */
function rewrite(expected: string, wanted: string, input: unknown): string {
  if (wanted === mappingName) return "write its settings below it, one a line, indented";
  if (typeof input === "object") return `write ${wanted}`;
  if (expected === "array" && /^[\w./-]{1,60}$/.test(String(input))) return `write a list: [${String(input)}]`;
  if (expected === "string") return "put it in quotes";
  return typeof input === "string" ? `write ${wanted}, without quotes` : `write ${wanted}`;
}

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return mappingName;
  return typeof input === "string" ? `text (${shown(input)})` : shown(input);
}

const missing = (remedy: string): Text => ({ message: "is missing", remedy });

function wrongValue(input: unknown, values: readonly string[]): Text {
  if (input === undefined) return missing(`write ${oneOf(values)}`);
  if (input === null) return { message: "has no value", remedy: `write ${oneOf(values)}` };
  const guess = typeof input === "string" ? nearest(input, values) : undefined;
  return { message: `${shown(input)} is not known here`, remedy: `write ${guess ?? oneOf(values)}` };
}

function outOfRange(origin: string, input: unknown, side: "less" | "more", bound: number): Text {
  const least = side === "less" ? "at least" : "at most";
  if (Array.isArray(input)) {
    const message = input.length === 0 ? "is an empty list" : `has ${input.length} entries`;
    return { message, remedy: `give ${least} ${bound}` };
  }
  if (origin === "string") {
    return input === ""
      ? { message: "is empty", remedy: "write a text" }
      : {
          message: `${shown(input)} is too ${side === "less" ? "short" : "long"}`,
          remedy: `use ${least} ${bound} characters`,
        };
  }
  return { message: `${shown(input)} is ${side} than ${bound}`, remedy: `use ${least} ${bound}` };
}

function wrongUnion(issue: Extract<Issue, { code: "invalid_union" }>): readonly Fault[] {
  const path = formatPath(issue.path);
  const { input } = issue;
  if ("options" in issue && Array.isArray(issue.options)) {
    const key = String(issue.path.at(-1));
    const kind = typeof input === "object" && input !== null ? new Map(Object.entries(input)).get(key) : input;
    return [{ path, ...wrongValue(kind, issue.options.map(String)) }];
  }
  if (input === undefined || input === null) return [{ path, ...noForm(issue) }];
  const text = custom(issue.message);
  if (text !== undefined) return [{ path, ...text }];
  const meant = meantBranch(issue.errors);
  return meant === undefined
    ? [{ path, ...noForm(issue) }]
    : meant.flatMap((inner) => issueFaults({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** The branch that the input has the form of, with the fewest faults inside; none when two fit equally. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const [best, next] = branches
    .filter((issues) => issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"))
    .sort((a, b) => a.length - b.length);
  return next !== undefined && next.length === best?.length ? undefined : best;
}

/** What may stand in a place where nothing of the input fits. */
function noForm(issue: Extract<Issue, { code: "invalid_union" }>): Text {
  const inner = issue.errors.flat();
  const texts = inner
    .flatMap(({ message, path }) => (path.length === 0 ? [custom(message)] : []))
    .filter((text) => text !== undefined);
  const values = inner.flatMap((each) => (each.code === "invalid_value" && each.path.length === 0 ? each.values : []));
  const { objects, text } = describe(issue.path);
  const forms = [
    ...values.map(String),
    ...(texts.length > 0 ? [] : objects).map((keys) => `{ ${keys.map((key) => `${key}: …`).join(", ")} }`),
  ];
  const remedies = [
    ...(forms.length === 0 ? [] : [`write ${oneOf(forms)}`]),
    ...new Set(texts.map(({ remedy }) => remedy)),
  ];
  const remedy = remedies.join("; or ") || `write ${text ?? "what docs/configuration.md says"}`;
  if (issue.input === undefined) return missing(remedy);
  if (issue.input === null) return { message: "has no value", remedy };
  return { message: texts[0]?.message ?? `${shown(issue.input)} is not allowed here`, remedy };
}
