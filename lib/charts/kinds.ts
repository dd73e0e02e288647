import { isBuiltinGroup } from "../platform/builtin.ts";
import type { ChartFacts } from "../platform/facts/form.ts";

// What Helm renders of a chart, looked at as text: definitions of some are megabytes, and what is looked for is a line each.

/**
 * Kinds that a plan counts on a chart for, and that are not among what Helm renders of it: `group/Kind`. Whoever waits for
 * one would wait for the wrong release.
 * @param rendered everything, definitions of a crds/ directory included.
 */
export function missingKinds({ kinds, kindsLater }: ChartFacts, rendered: string): readonly string[] {
  if (kindsLater === true) return [];
  const groups = Map.groupBy(definitions(documents(rendered)), groupOf);
  return kinds
    .filter(({ group, kind }) => !(groups.get(group) ?? []).some((definition) => isOf(definition, kind)))
    .map(({ group, kind }) => `${group}/${kind}`);
}

/**
 * Kinds of which a chart makes objects while nobody has brought them yet: `group/Kind`. Helm asks the API server for every
 * kind before it makes anything, the definitions in the chart's templates among it; those in crds/ come before, hooks after.
 * @param rendered everything, definitions of a crds/ directory included.
 * @param brought `group/Kind` of what is there before the release.
 */
export function kindsTooEarly(rendered: string, brought: ReadonlySet<string>): readonly string[] {
  const all = documents(rendered);
  const first = Map.groupBy(
    definitions(all.filter(({ file }) => /^(?!.*templates\/)(.*\/)?crds\//.test(file))),
    groupOf,
  );
  const used = all
    .filter(({ text }) => !/^ +"?helm\.sh\/hook"?:/m.test(text))
    .map(({ text }) => ({
      group: /^apiVersion: ["']?([^\s"'/]+)\//m.exec(text)?.[1] ?? "",
      kind: /^kind: ["']?([^\s"']+)/m.exec(text)?.[1] ?? "",
    }))
    .filter(({ group, kind }) => !isBuiltinGroup(group) && !brought.has(`${group}/${kind}`))
    .filter(({ group, kind }) => !(first.get(group) ?? []).some((definition) => isOf(definition, kind)));
  return [...new Set(used.map(({ group, kind }) => `${group}/${kind}`))];
}

interface Document {
  /** Path in the chart, as Helm writes it above what comes of it. */
  readonly file: string;
  readonly text: string;
}

function documents(rendered: string): readonly Document[] {
  const found: Document[] = [];
  let file = "";
  for (const text of rendered.split(/^---.*$/m)) {
    // A file that begins with a line of its own between documents has its name in the document before.
    file = /^# Source: (\S+)/m.exec(text)?.[1] ?? file;
    found.push({ file, text });
  }
  return found;
}

const definitions = (all: readonly Document[]): readonly Document[] =>
  all.filter(({ text }) => /^kind: CustomResourceDefinition\s*$/m.test(text));

const groupOf = ({ text }: Document): string => /^ {2}group: ["']?([^\s"']+)/m.exec(text)?.[1] ?? "";

const isOf = ({ text }: Document, kind: string): boolean =>
  new RegExp(`^ +kind: ["']?${kind}["']?\\s*$`, "m").test(text);
