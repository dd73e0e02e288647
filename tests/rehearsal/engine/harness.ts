import { Deployment, Refused } from "../../../rehearsal/engine/deployment.ts";
import type { Run } from "../../../rehearsal/engine/events.ts";
import type { FaultPlan } from "../../../rehearsal/engine/faults.ts";
import { Ledger } from "../../../rehearsal/engine/ledger.ts";
import type { RegisterRequest } from "../../../rehearsal/engine/request.ts";
import { OperationFailed } from "../../../rehearsal/engine/settle.ts";
import { emptyState, type State } from "../../../rehearsal/engine/state.ts";
import { createUrn } from "../../../rehearsal/engine/urn.ts";
import { createModels } from "../../../rehearsal/engine/world.ts";
import { type ProviderModel, type ResourceModel, ServiceError } from "../../../rehearsal/model.ts";

/** A registration in a test's words. The type is `toy:index:<kind>`; a kind of `component` is one. */
export interface Toy extends Partial<Pick<RegisterRequest, "inputs" | "options" | "replaceWith" | "aliases">> {
  readonly name: string;
  readonly kind?: string;
  readonly parent?: string;
  readonly dependsOn?: readonly string[];
  /** Input -> names of the toys that its value comes from. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
}

export const project = "toys";
export const stack = "test";

export function urnOf(name: string, kind = "Thing", parent?: string): string {
  return createUrn({ project, stack, type: `toy:index:${kind}`, name, parent });
}

export interface Outcome {
  /** `<operation> <name>`, in order, without what stayed the same. */
  readonly did: readonly string[];
  readonly run: Pick<Run, "steps" | "resources" | "findings" | "log" | "outputs" | "succeeded">;
  readonly state: State;
  readonly errors: readonly string[];
}

/**
 * One run without a program: registers the toys in order, as far as what each waits for came through. URNs follow from
 * names; toys that stand under a component are found by their plain name all the same.
 */
export async function up(
  toys: readonly Toy[],
  {
    state = emptyState,
    world = toyWorld(),
    faults,
  }: { state?: State; world?: readonly ProviderModel[]; faults?: FaultPlan } = {},
): Promise<Outcome> {
  const ledger = new Ledger({ project, stack, world: createModels(world), state, faults, observer: undefined });
  const deployment = new Deployment(ledger, state);
  const urns = new Map<string, string>();
  const errors: string[] = [];
  for (const toy of toys) {
    const { name, kind = "Thing", parent, dependsOn = [], from = {} } = toy;
    const needed = [...dependsOn, ...Object.values(from).flat(), ...(parent === undefined ? [] : [parent])];
    if (!needed.every((other) => urns.has(other))) continue;
    const find = (other: string) => urns.get(other) ?? "";
    const parentUrn = parent === undefined ? undefined : find(parent);
    try {
      const registered = await deployment.register({
        type: `toy:index:${kind}`,
        name,
        custom: kind !== "component",
        ...(parentUrn === undefined ? {} : { parent: parentUrn }),
        inputs: toy.inputs ?? {},
        options: toy.options ?? {},
        replaceWith: toy.replaceWith ?? [],
        aliases: toy.aliases ?? [],
        opaque: new Set(),
        dependencies: [...new Set([...dependsOn, ...Object.values(from).flat()])].map(find),
        propertyDependencies: Object.fromEntries(Object.entries(from).map(([key, names]) => [key, names.map(find)])),
      });
      urns.set(name, registered.urn);
    } catch (error) {
      if (!(error instanceof OperationFailed) && !(error instanceof Refused)) throw error;
      errors.push(error.message);
    }
  }
  const next = await deployment.finish(true);
  const { steps, findings, log } = ledger;
  const did = steps
    .filter(({ operation }) => operation !== "same")
    .map(({ operation, name }) => `${operation} ${name}`);
  const run = {
    steps,
    findings,
    log,
    resources: ledger.resources(),
    outputs: next.stackOutputs,
    succeeded: !ledger.failed,
  };
  return { did, run, state: next, errors };
}

/** What stands in the toys' world: id -> inputs. */
export type Standing = Map<string, Readonly<Record<string, unknown>>>;

/**
 * Toys take ten seconds to make, two to change, three to delete. `fixed` cannot change in place. An input `taken` stands
 * for a name that only one can have.
 */
export function toyWorld(standing: Standing = new Map()): ProviderModel[] {
  let made = 0;
  const thing: ResourceModel = {
    replaceOn: ["fixed"],
    secretOutputs: ["token"],
    create(inputs, { name }) {
      const taken = [...standing].find(([, other]) => inputs.taken !== undefined && other.taken === inputs.taken);
      if (taken !== undefined && !inputs.adopt) {
        throw new ServiceError("uniqueness_error", `${String(inputs.taken)} is already taken`);
      }
      if (inputs.refuse) throw new ServiceError("forbidden", `${name} may not be made`);
      made += 1;
      const id = taken?.[0] ?? `${name}-${made}`;
      standing.set(id, inputs);
      return { id, outputs: { token: `token of ${id}` }, seconds: 10 };
    },
    update(inputs, { id, outputs }) {
      standing.set(id, inputs);
      return { outputs: { token: outputs.token }, seconds: 2 };
    },
    delete({ id, inputs }) {
      if (inputs.stuck) throw new ServiceError("locked", `${id} cannot be deleted`);
      standing.delete(id);
      return 3;
    },
  };
  return [{ name: "toy", resource: (type) => (type.endsWith(":Thing") ? thing : undefined) }];
}
