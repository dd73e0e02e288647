import type { ChartFacts } from "../platform/facts/form.ts";

/**
 * Kinds that a plan counts on a chart for, and that are not among what Helm renders of it: `group/Kind`. Whoever waits for
 * one would wait for the wrong release.
 * @param rendered everything, definitions of a crds/ directory included.
 */
export function missingKinds({ kinds, kindsLater }: ChartFacts, rendered: string): readonly string[] {
  if (kindsLater === true) return [];
  const definitions = rendered.split(/^---.*$/m).filter((text) => /^kind: CustomResourceDefinition\s*$/m.test(text));
  // As text: definitions of some charts are megabytes, and what is looked for is a line each.
  const groups = Map.groupBy(definitions, (text) => /^ {2}group: ["']?([^\s"']+)/m.exec(text)?.[1] ?? "");
  return kinds
    .filter(({ group, kind }) => {
      const line = new RegExp(`^ +kind: ["']?${kind}["']?\\s*$`, "m");
      return !(groups.get(group) ?? []).some((text) => line.test(text));
    })
    .map(({ group, kind }) => `${group}/${kind}`);
}
