import type { RecordedResource, Recording } from "../recording.ts";

/** What a resource waits for directly, apart from its parent. */
export function directRequirements({ dependencies, propertyDependencies, options }: RecordedResource): string[] {
  const found = [...dependencies, ...Object.values(propertyDependencies).flat()];
  for (const urn of [options.provider, options.deletedWith]) if (urn !== undefined) found.push(urn);
  return found;
}

/**
 * For every resource, those of `targets` that are there before it begins: what it depends on, directly or through
 * others, and what its parent waits for.
 */
export function reachedTargets(
  { resources }: Recording,
  targets: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const reached = new Map<string, Set<string>>();
  const components = new Set(resources.filter(({ custom }) => !custom).map(({ urn }) => urn));
  // In order of registration everything comes after what it waits for, so one pass is enough.
  for (const resource of resources) {
    const found = new Set<string>();
    const add = (urn: string) => {
      if (targets.has(urn)) found.add(urn);
      for (const target of reached.get(urn) ?? []) found.add(target);
    };
    for (const urn of directRequirements(resource)) add(urn);
    const { parent } = resource;
    if (parent !== undefined && components.has(parent))
      for (const target of reached.get(parent) ?? []) found.add(target);
    else if (parent !== undefined) add(parent);
    reached.set(resource.urn, found);
  }
  return reached;
}
