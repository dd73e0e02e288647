import { parse } from "yaml";
import { isRecord } from "../record.ts";

/** What of a Helm chart says which values it takes. helm.sh/docs/topics/charts */
export interface ChartContent {
  readonly name: string;
  readonly version: string;
  /** values.yaml as text: a key that stands there in a comment is one that the chart honours. */
  readonly valuesText: string;
  /** values.schema.json; undefined for the many charts without one. */
  readonly schema: unknown;
  /** All templates in one text. */
  readonly templates: string;
  readonly dependencies: readonly Dependency[];
  /** Charts inside it, by the name of their directory. */
  readonly subcharts: ReadonlyMap<string, ChartContent>;
}

interface Dependency {
  readonly name: string;
  /** Key of its values where that is not its name. */
  readonly alias?: string;
  /** Comma-separated paths of values that switch it: `crds.enabled`. */
  readonly condition?: string;
}

/**
 * Reads a chart from its files.
 * @param files path below the chart's directory -> text
 * @throws naming the file that is missing or cannot be read.
 */
export function readChart(files: ReadonlyMap<string, string>): ChartContent {
  const about = readYaml(files, "Chart.yaml");
  if (!isRecord(about) || typeof about.name !== "string" || typeof about.version !== "string")
    throw new Error("its Chart.yaml has no name and version");
  const schema = files.get("values.schema.json");
  const requirements = files.has("requirements.yaml") ? readYaml(files, "requirements.yaml") : undefined;
  const listed = isRecord(requirements) ? requirements.dependencies : about.dependencies;
  const names = [...files.keys()]
    .map((path) => /^charts\/([^/]+)\//.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return {
    name: about.name,
    version: about.version,
    valuesText: files.get("values.yaml") ?? "",
    schema: schema === undefined ? undefined : (JSON.parse(schema) as unknown),
    templates: [...files].flatMap(([path, text]) => (path.startsWith("templates/") ? [text] : [])).join("\n"),
    dependencies: Array.isArray(listed) ? listed.filter(isDependency) : [],
    subcharts: new Map([...new Set(names)].map((name) => [name, readChart(below(files, `charts/${name}/`))])),
  };
}

function readYaml(files: ReadonlyMap<string, string>, name: string): unknown {
  const text = files.get(name);
  if (text === undefined) throw new Error(`it has no ${name}`);
  return parse(text) as unknown;
}

const below = (files: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, string> =>
  new Map([...files].flatMap(([path, text]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), text]] : [])));

const isDependency = (value: unknown): value is Dependency => isRecord(value) && typeof value.name === "string";
