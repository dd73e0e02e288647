import type { ProviderModel } from "../model.ts";
import { Ledger } from "./ledger.ts";
import { performRead } from "./perform.ts";
import type { State, StateResource } from "./state.ts";
import { createModels } from "./world.ts";

export interface ImportArgs {
  readonly project: string;
  readonly stack: string;
  readonly models: readonly ProviderModel[];
  readonly state: State;
  /** What is there, and the state does not know. */
  readonly resource: StateResource;
}

/**
 * Takes a resource that exists into the state, as `pulumi import` does; undefined when its provider cannot look it up,
 * as is the case with commands. What a service does not tell (a password, user data) counts as the program has it.
 */
export async function importResource({
  project,
  stack,
  models,
  state,
  resource,
}: ImportArgs): Promise<State | undefined> {
  const world = createModels(models);
  const ledger = new Ledger({ project, stack, world, state, faults: undefined, observer: undefined });
  const { model } = world.resource(resource.type);
  if (model.read === undefined) return undefined;
  const context = ledger.context(resource, 0);
  const performed = await performRead({ model, context }, resource.id ?? "", resource.inputs);
  if (!performed.ok) return undefined;
  const told = performed.result.inputs;
  const inputs = Object.fromEntries(
    Object.entries(resource.inputs).map(([key, value]) => [key, told[key] === undefined ? value : told[key]]),
  );
  const others = state.resources.filter(({ urn }) => urn !== resource.urn);
  return { ...state, resources: [...others, { ...resource, inputs }] };
}

/** What somebody types to do the same to a real stack. */
export function importCommand({ type, name, id }: StateResource): string {
  return `pulumi import ${type} ${name} ${id ?? ""}`;
}
