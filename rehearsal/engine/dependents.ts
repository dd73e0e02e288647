import type { ResourceModel } from "../model.ts";
import { replacingProperties } from "./decide.ts";
import { requirements, type StateResource } from "./state.ts";

export interface ReplacementArgs {
  readonly root: StateResource;
  /** Registered by this run already: it cannot depend on the root any more. */
  isRegistered(urn: string): boolean;
  replaceOn(type: string): ResourceModel["replaceOn"];
}

/** Who depends on whom, in the state that the last run left. */
export class Dependents {
  readonly #resources: readonly StateResource[];
  readonly #byRequirement = new Map<string, number[]>();

  /** `resources`: dependencies first. */
  constructor(resources: readonly StateResource[]) {
    this.#resources = resources;
    for (const [index, resource] of resources.entries()) {
      for (const urn of requirements(resource)) {
        const indices = this.#byRequirement.get(urn);
        if (indices === undefined) this.#byRequirement.set(urn, [index]);
        else indices.push(index);
      }
    }
  }

  /**
   * The resources that have to be deleted before `root` can be, for a replacement that deletes first: those that it
   * would force to be replaced too (`calculateDependentReplacements` in pulumi/pulumi
   * pkg/resource/deploy/step_generator.go). A dependent that survives a change of its input stays. Dependencies first.
   */
  replacedWith({ root, isRegistered, replaceOn }: ReplacementArgs): StateResource[] {
    const replacing = new Set([root.urn]);
    const found: StateResource[] = [];
    for (const index of this.#reachable(root.urn, isRegistered)) {
      const candidate = this.#resources[index];
      if (candidate === undefined || !isForced(candidate, replacing, replaceOn)) continue;
      replacing.add(candidate.urn);
      found.push(candidate);
    }
    return found;
  }

  #reachable(root: string, isRegistered: (urn: string) => boolean): number[] {
    const reached = new Set<number>();
    const queue = [root];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const index of this.#byRequirement.get(next) ?? []) {
        const urn = this.#resources[index]?.urn;
        if (urn === undefined || reached.has(index) || isRegistered(urn)) continue;
        reached.add(index);
        queue.push(urn);
      }
    }
    return [...reached].sort((a, b) => a - b);
  }
}

function isForced(
  { custom, external, options, replaceWith, propertyDependencies, inputs, type }: StateResource,
  replacing: ReadonlySet<string>,
  replaceOn: ReplacementArgs["replaceOn"],
): boolean {
  if (!custom || external) return false;
  const bonds = [options.provider, options.deletedWith, ...replaceWith];
  if (bonds.some((urn) => urn !== undefined && replacing.has(urn))) return true;
  // What comes from a resource that goes away may change: the engine asks the provider with that input unknown.
  const unknown = Object.keys(inputs).filter((key) => propertyDependencies[key]?.some((urn) => replacing.has(urn)));
  const ignored = new Set(options.ignoreChanges ?? []);
  const changes = unknown.filter((key) => !ignored.has(key)).map((key) => [key]);
  return replacingProperties(changes, [...(replaceOn(type) ?? []), ...(options.replaceOnChanges ?? [])]).length > 0;
}
