import type { Recorded, RecordedOptions } from "../recording.ts";
import { decode, encode } from "./values.ts";

/** A resource as the engine remembers it from one run to the next. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** False for components. */
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs: Recorded;
  readonly outputs: Recorded;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly replaceWith: readonly string[];
  readonly options: RecordedOptions;
  /** Read, not made: its life is somebody else's. */
  readonly external?: true;
  /** Already deleted for a replacement that did not come to its creation yet. */
  readonly pendingReplacement?: true;
  /** Replaced already; the old one still has to be deleted. */
  readonly condemned?: true;
}

/** What a stack holds between two runs. */
export interface State {
  /** In an order in which everything comes after what it depends on. */
  readonly resources: readonly StateResource[];
  readonly stackOutputs: Recorded;
}

export const emptyState: State = { resources: [], stackOutputs: {} };

/** The state as JSON text. Secrets are in it, readable: it is for one process's rehearsals, not for a disk to keep. */
export function stringifyState(state: State): string {
  const resources = state.resources.map(({ inputs, outputs, options, ...rest }) => ({
    ...rest,
    inputs: encode(inputs),
    outputs: encode(outputs),
    options: encode(options as Recorded),
  }));
  return JSON.stringify({ resources, stackOutputs: encode(state.stackOutputs) });
}

export function parseState(text: string): State {
  const { resources, stackOutputs } = JSON.parse(text) as { resources: StateResource[]; stackOutputs: Recorded };
  return {
    resources: resources.map((resource) => ({
      ...resource,
      inputs: decode(resource.inputs).values,
      outputs: decode(resource.outputs).values,
      options: decode(resource.options as Recorded).values as RecordedOptions,
    })),
    stackOutputs: decode(stackOutputs).values,
  };
}

/** Everything that has to exist as long as this resource does. */
export function requirements(resource: Omit<StateResource, "inputs" | "outputs" | "id">): string[] {
  const found = new Set([...resource.dependencies, ...resource.replaceWith]);
  for (const urns of Object.values(resource.propertyDependencies)) for (const urn of urns) found.add(urn);
  for (const urn of [resource.options.provider, resource.options.deletedWith]) if (urn !== undefined) found.add(urn);
  return [...found];
}
