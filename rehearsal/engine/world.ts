import { createHash } from "node:crypto";
import type { FunctionModel, ProviderModel, ResourceModel } from "../model.ts";
import { isProviderType, packageOf } from "./urn.ts";

/** The models behind a run, by package. */
export interface World {
  /** The model that answers for a type; `known` is false where no model does and inputs are echoed. */
  resource(type: string): { readonly model: ResourceModel; readonly known: boolean };
  function(token: string): FunctionModel | undefined;
  readonly models: readonly ProviderModel[];
}

export function createModels(models: readonly ProviderModel[]): World {
  const byPackage = new Map(models.map((model) => [model.name, model]));
  const lookUp = (type: string) => {
    const name = isProviderType(type) ? type.slice("pulumi:providers:".length) : packageOf(type);
    const model = byPackage.get(name)?.resource(type);
    if (model !== undefined) return { model, known: true };
    return { model: echo, known: isProviderType(type) };
  };
  const found = new Map<string, ReturnType<typeof lookUp>>();
  return {
    models,
    resource(type) {
      const known = found.get(type) ?? lookUp(type);
      found.set(type, known);
      return known;
    },
    function: (token) => byPackage.get(packageOf(token))?.function?.(token),
  };
}

/** Stands in for a provider's configuration, and for a type that no model knows: its outputs are its inputs. */
const echo: ResourceModel = {
  create: (_inputs, { urn, type }) => ({ id: stableId(urn), outputs: {}, seconds: isProviderType(type) ? 0 : 1 }),
  read: (id, inputs) => ({ id, inputs, outputs: inputs }),
  delete: (_old, { type }) => (isProviderType(type) ? 0 : 1),
};

/** An id in the form of a UUID, the same for one URN in every run. */
function stableId(urn: string): string {
  const hex = createHash("sha256").update(urn).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
