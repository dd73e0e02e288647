import { isRecord, textOf } from "../../lib/record.ts";
import { nameOf } from "../engine/urn.ts";
import { plain } from "../engine/values.ts";
import type { Finding } from "../model.ts";
import type { RecordedResource } from "../recording.ts";
import { reachedTargets } from "./graph.ts";
import { chartOf, isCustomKind, kubernetesObject, releaseType } from "./kubernetes.ts";
import { type Knowledge, present, type Rule } from "./rule.ts";

const definitionType = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

/** A custom resource has to wait for what brings its kind to the same cluster. */
export const customKinds: Rule = (recording, knowledge) => {
  const resources = present(recording);
  const sources = resources.flatMap((resource) => kindsFrom(resource, knowledge).map((kind) => ({ kind, resource })));
  const reached = reachedTargets(recording, new Set(sources.map(({ resource }) => resource.urn)));
  return resources.flatMap((resource): Finding[] => {
    const object = kubernetesObject(resource);
    if (object === undefined || !isCustomKind(object)) return [];
    const kind = `${object.group}/${object.kind}`;
    const { provider } = resource.options;
    const bringers = sources.filter((source) => source.kind === kind && source.resource.options.provider === provider);
    if (bringers.some((source) => reached.get(resource.urn)?.has(source.resource.urn))) return [];
    const [first] = bringers;
    if (first === undefined) {
      return [
        {
          rule: "unknown-kind",
          urn: resource.urn,
          message: `no release and no CustomResourceDefinition in this stack brings ${kind} to its cluster`,
          remedy: `add the release whose chart brings ${kind}, and make this depend on it`,
        },
      ];
    }
    return [
      {
        rule: "missing-dependency",
        urn: resource.urn,
        message: `it is a ${kind}, which ${nameOf(first.resource.urn)} brings, but nothing makes it wait: the API server may not know that kind yet`,
        remedy: `add ${nameOf(first.resource.urn)} to its dependsOn`,
      },
    ];
  });
};

function kindsFrom(resource: RecordedResource, { kindsOf }: Knowledge): readonly string[] {
  if (resource.type === releaseType) return kindsOf(chartOf(resource));
  if (resource.type !== definitionType) return [];
  const { spec } = plain(resource.inputs);
  if (!isRecord(spec) || !isRecord(spec.names)) return [];
  return [`${textOf(spec.group) ?? ""}/${textOf(spec.names.kind) ?? ""}`];
}
