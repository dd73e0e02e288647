import type { Context, Created, Existing, Props, ProviderModel, ResourceModel } from "../model.ts";

/** What somebody else in the world does when a resource comes, changes or goes. */
export interface Witness {
  created?(inputs: Props, made: Created, context: Context): void;
  updated?(inputs: Props, old: Existing, context: Context): void;
  deleted?(old: Existing, context: Context): void;
}

/** A provider whose resources of some types are watched: how one simulated service hears of another. */
export function observe(provider: ProviderModel, witnesses: Readonly<Record<string, Witness>>): ProviderModel {
  return {
    ...provider,
    resource(type) {
      const model = provider.resource(type);
      const witness = witnesses[type];
      return model === undefined || witness === undefined ? model : watched(model, witness);
    },
  };
}

function watched(model: ResourceModel, witness: Witness): ResourceModel {
  const { update } = model;
  return {
    ...model,
    async create(inputs, context) {
      const made = await model.create(inputs, context);
      witness.created?.(inputs, made, context);
      return made;
    },
    ...(update === undefined
      ? {}
      : {
          async update(inputs: Props, old: Existing, context: Context) {
            const result = await update.call(model, inputs, old, context);
            witness.updated?.(inputs, old, context);
            return result;
          },
        }),
    async delete(old, context) {
      const seconds = (await model.delete?.(old, context)) ?? 1;
      witness.deleted?.(old, context);
      return seconds;
    },
  };
}
