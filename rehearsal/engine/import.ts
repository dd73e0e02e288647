import { importCommand as commandOf } from "../../lib/import-command.ts";
import type { Existing, ProviderModel } from "../model.ts";
import { Ledger } from "./ledger.ts";
import { existing, performRead } from "./perform.ts";
import type { State, StateResource } from "./state.ts";
import { stackType, typeOf } from "./urn.ts";
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
 * as is the case with commands, and when the state has a resource of that name. What a service does not tell (a
 * password, user data) counts as the program has it.
 */
export async function importResource(args: ImportArgs): Promise<State | undefined> {
  const { state, resource } = args;
  const isInTheWay = ({ urn, condemned, pendingReplacement }: StateResource) =>
    urn === resource.urn && !condemned && !pendingReplacement;
  if (state.resources.some(isInTheWay)) return undefined;
  const found = await lookUp(args);
  if (found === undefined) return undefined;
  const told = found.inputs;
  const inputs = Object.fromEntries(
    Object.entries(resource.inputs).map(([key, value]) => [key, told[key] === undefined ? value : told[key]]),
  );
  const others = state.resources.filter(({ urn, condemned }) => urn !== resource.urn || condemned);
  return { ...state, resources: [...others, { ...resource, id: found.id, inputs }] };
}

/** Whether it exists without any resource of the state standing for it: nobody will ever delete it. */
export async function isLeftBehind(args: ImportArgs): Promise<boolean> {
  const { type, id } = args.resource;
  const isKnown = args.state.resources.some((resource) => resource.type === type && resource.id === id);
  return !isKnown && (await lookUp(args)) !== undefined;
}

async function lookUp({ project, stack, models, state, resource }: ImportArgs): Promise<Existing | undefined> {
  const world = createModels(models);
  const ledger = new Ledger({ project, stack, world, state, faults: undefined, observer: undefined });
  const { model } = world.resource(resource.type);
  if (model.read === undefined) return undefined;
  const context = ledger.context(resource, 0);
  const performed = await performRead({ model, context }, importId(models, resource), resource.inputs);
  return performed.ok ? performed.result : undefined;
}

function importId(models: readonly ProviderModel[], resource: StateResource): string {
  const { model } = createModels(models).resource(resource.type);
  return model.importId?.(existing(resource)) ?? resource.id ?? "";
}

/** What somebody types to do the same to a real stack. */
export function importCommand(models: readonly ProviderModel[], resource: StateResource): string {
  const { type, name, parent, options } = resource;
  const isNested = parent !== undefined && typeOf(parent) !== stackType;
  return commandOf({
    ...{ type, name, id: importId(models, resource) },
    ...(isNested ? { parent } : {}),
    ...(options.provider === undefined ? {} : { provider: options.provider }),
  });
}
