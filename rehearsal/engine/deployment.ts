import type { Recorded } from "../recording.ts";
import { formerUrns } from "./aliases.ts";
import { decide, replacingProperties } from "./decide.ts";
import { deleteAll } from "./deletion.ts";
import { Dependents } from "./dependents.ts";
import type { Ledger } from "./ledger.ts";
import { changedPaths } from "./property-path.ts";
import type { RegisterRequest } from "./request.ts";
import { OperationFailed, type Registered, settle, settleComponent, type Wanted } from "./settle.ts";
import { requirements, type State, type StateResource } from "./state.ts";
import { createUrn, stackType } from "./urn.ts";
import { checked, plain } from "./values.ts";

/** Not begun, because something else failed before. */
export class Refused extends Error {}

/** Brings what is there to what the program registers, as the engine's step generator and executor do. */
export class Deployment {
  readonly #ledger: Ledger;
  readonly #previous: State;
  readonly #aliases = new Map<string, readonly string[]>();
  #dependents: Dependents | undefined;
  #stackOutputs: Recorded | undefined;

  constructor(ledger: Ledger, previous: State) {
    this.#ledger = ledger;
    this.#previous = previous;
  }

  async register(request: RegisterRequest): Promise<Registered> {
    const ledger = this.#ledger;
    const wanted = this.#wanted(request);
    const start = ledger.clock.startOf(requirements(wanted), wanted.parent);
    if (ledger.isStopped(start.at)) throw new Refused(`${wanted.urn} was not begun: another resource has failed`);
    if (!ledger.announce(wanted)) {
      const error = `two resources have the URN ${wanted.urn}: give one of them another name`;
      ledger.step(wanted, "create", { start: start.at, end: start.at }, { error });
      ledger.write("error", error, wanted.urn);
      throw new OperationFailed(error);
    }
    const old = this.#adopt(wanted.urn, request);
    const model = wanted.custom ? ledger.world.resource(wanted.type).model : undefined;
    const inputs = model === undefined ? request.inputs : checked(model, request.inputs);
    const decision = decide({
      wanted: { ...request, inputs, options: wanted.options },
      old,
      model,
      isReplaced: (urn) => ledger.replaced.has(urn),
      isElsewhere: (before, after) => this.#isElsewhere(before, after),
    });
    const job = { ledger, wanted, request, inputs, decision, start, old, dependents: () => this.#dependentsOfLast() };
    return wanted.custom ? settle(job) : settleComponent(job);
  }

  /** What a component (or the stack) holds in the end. */
  registerOutputs(urn: string, outputs: Recorded): void {
    if (this.#ledger.news.get(urn)?.type === stackType) this.#stackOutputs = outputs;
    this.#ledger.setOutputs(urn, outputs);
  }

  /** Deletes what the program no longer registers, unless something failed, and says what is there now. */
  async finish(succeeded: boolean): Promise<State> {
    const { news, olds, condemned } = this.#ledger;
    const gone = [...olds.values()].filter(({ urn }) => !news.has(urn));
    let left = this.#inOrder([...gone, ...condemned]);
    if (succeeded && !this.#ledger.failed) {
      const isThere = (resource: StateResource) => !resource.pendingReplacement && !resource.external;
      left = await deleteAll(this.#ledger, left.filter(isThere));
    }
    return {
      resources: [...news.values(), ...left],
      stackOutputs: this.#finalOutputs(succeeded && !this.#ledger.failed),
    };
  }

  /** A failed run only adds to the stack's outputs: that one is missing does not mean that it is gone. */
  #finalOutputs(complete: boolean): Recorded {
    return complete ? (this.#stackOutputs ?? {}) : { ...this.#previous.stackOutputs, ...this.#stackOutputs };
  }

  /** In the order of the last run, dependencies first; what this run itself condemned keeps its place there. */
  #inOrder(resources: readonly StateResource[]): StateResource[] {
    const index = new Map(this.#previous.resources.map(({ urn }, position) => [urn, position]));
    return resources.toSorted((a, b) => (index.get(a.urn) ?? 0) - (index.get(b.urn) ?? 0));
  }

  #dependentsOfLast(): Dependents {
    this.#dependents ??= new Dependents(this.#previous.resources.filter(({ condemned }) => !condemned));
    return this.#dependents;
  }

  #wanted(request: RegisterRequest): Wanted {
    const { project, stack, news } = this.#ledger;
    const { type, name, parent, custom, dependencies, propertyDependencies, replaceWith, options } = request;
    const above = parent === undefined ? undefined : news.get(parent)?.options;
    // What the engine hands down from a parent (`inheritFromParent` in pkg/resource/deploy/source_eval.go).
    const inherited = {
      ...(above?.protect === undefined ? {} : { protect: above.protect }),
      ...(above?.retainOnDelete === undefined ? {} : { retainOnDelete: above.retainOnDelete }),
      ...(above?.deletedWith === undefined ? {} : { deletedWith: above.deletedWith }),
    };
    return {
      urn: createUrn({ stack, project, type, name, parent }),
      type,
      name,
      ...(parent === undefined ? {} : { parent }),
      custom,
      dependencies,
      propertyDependencies,
      replaceWith,
      options: { ...inherited, ...options },
    };
  }

  /** The resource of the last run under this URN or a former one. */
  #adopt(urn: string, { parent, aliases }: RegisterRequest): StateResource | undefined {
    const { project, stack, olds } = this.#ledger;
    const parentAliases = parent === undefined ? [] : (this.#aliases.get(parent) ?? []);
    if (aliases.length + parentAliases.length === 0) return olds.get(urn);
    const former = formerUrns({ urn, stack, project, parent, parentAliases, aliases });
    this.#aliases.set(urn, former);
    const old = olds.get(urn);
    if (old !== undefined) return old;
    const renamed = former.map((alias) => olds.get(alias)).find((resource) => resource !== undefined);
    if (renamed === undefined) return undefined;
    olds.delete(renamed.urn);
    const adopted = { ...renamed, urn };
    olds.set(urn, adopted);
    return adopted;
  }

  #isElsewhere(before: string, after: string): boolean {
    const { olds, news, world } = this.#ledger;
    const old = olds.get(before);
    const now = news.get(after);
    if (old === undefined || now === undefined) return true;
    const changes = changedPaths(plain(old.inputs), plain(now.inputs));
    return replacingProperties(changes, world.resource(now.type).model.replaceOn ?? []).length > 0;
  }
}
