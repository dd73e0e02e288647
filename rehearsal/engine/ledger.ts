import type { Context, Finding, Props } from "../model.ts";
import type { Operation, Recorded, RecordedResource, Recording } from "../recording.ts";
import { Clock, type Span } from "./clock.ts";
import type { Observer, Step, StepOperation } from "./events.ts";
import type { FaultPlan } from "./faults.ts";
import { Reach } from "./reach.ts";
import { requirements, type State, type StateResource } from "./state.ts";
import { plain } from "./values.ts";
import type { World } from "./world.ts";

export interface LedgerArgs {
  readonly project: string;
  readonly stack: string;
  readonly world: World;
  readonly state: State;
  readonly faults: FaultPlan | undefined;
  readonly observer: Observer | undefined;
}

/** What a step is about. */
export type Subject = Pick<StateResource, "urn" | "type" | "name" | "parent">;

/** All that one run knows: what was there, what is there now, and what happened, in order. */
export class Ledger {
  readonly project: string;
  readonly stack: string;
  readonly world: World;
  readonly faults: FaultPlan | undefined;
  readonly clock = new Clock();
  /** From the last run, less what this run has replaced. */
  readonly olds = new Map<string, StateResource>();
  /** Replaced ones that still have to be deleted. */
  readonly condemned: StateResource[] = [];
  /** As this run leaves them, in order of registration. */
  readonly news = new Map<string, StateResource>();
  readonly replaced = new Set<string>();
  /** Deleted or about to be: what is `deletedWith` them goes without a request. */
  readonly deleted = new Set<string>();
  /** Made, but the service's answer was lost: the state knows nothing of them. */
  readonly lost: StateResource[] = [];
  readonly steps: Step[] = [];
  readonly findings: Finding[] = [];
  readonly log: Recording["log"][number][] = [];
  readonly #records = new Map<string, RecordedResource>();
  readonly #order = new Set<string>();
  readonly #observer: Observer | undefined;
  #failedAt = Number.POSITIVE_INFINITY;

  constructor({ project, stack, world, state, faults, observer }: LedgerArgs) {
    this.project = project;
    this.stack = stack;
    this.world = world;
    this.faults = faults;
    this.#observer = observer;
    for (const resource of state.resources) {
      if (resource.condemned) this.condemned.push(resource);
      else this.olds.set(resource.urn, resource);
    }
  }

  get failed(): boolean {
    return this.#failedAt !== Number.POSITIVE_INFINITY;
  }

  /** As the engine does without `--continue-on-error`: what would start after the first failure does not start. */
  isStopped(at: number): boolean {
    return at >= this.#failedAt;
  }

  /** Enters a resource into the recording's order; false when it is there already. */
  announce(subject: Subject & { readonly custom: boolean }): boolean {
    if (this.#order.has(subject.urn)) return false;
    this.#order.add(subject.urn);
    const { urn, parent, custom } = subject;
    this.#observer?.({ kind: "registered", urn, custom, ...(parent === undefined ? {} : { parent }) });
    return true;
  }

  step(
    subject: Subject,
    operation: StepOperation,
    span: Span,
    more: Pick<Step, "reasons" | "skipped" | "error"> = {},
  ): void {
    const { urn, type, name, parent } = subject;
    const step: Step = { urn, type, name, ...(parent === undefined ? {} : { parent }), operation, ...span, ...more };
    this.steps.push(step);
    if (step.error !== undefined) this.#failedAt = Math.min(this.#failedAt, step.end);
    this.#observer?.({ kind: "step", step });
  }

  record(resource: StateResource, operation: Operation, span: Span, error?: string): void {
    const { urn, type, name, parent, custom, id, dependencies, propertyDependencies, options, inputs, outputs } =
      resource;
    this.#order.add(urn);
    this.#records.set(urn, {
      urn,
      type,
      name,
      ...(parent === undefined ? {} : { parent }),
      custom,
      ...(id === undefined ? {} : { id }),
      dependencies,
      propertyDependencies,
      options,
      inputs,
      outputs,
      operation,
      start: span.start,
      end: span.end,
      ...(error === undefined ? {} : { error }),
    });
  }

  setOutputs(urn: string, outputs: Recorded): void {
    const record = this.#records.get(urn);
    if (record !== undefined) this.#records.set(urn, { ...record, outputs });
    const resource = this.news.get(urn);
    if (resource !== undefined) this.news.set(urn, { ...resource, outputs });
  }

  write(severity: Recording["log"][number]["severity"], message: string, urn?: string): void {
    const line = { severity, message, ...(urn === undefined ? {} : { urn }) };
    this.log.push(line);
    this.#observer?.({ kind: "log", ...line });
  }

  /** What a model may know about the request it answers. */
  context(resource: Omit<StateResource, "inputs" | "outputs">, now: number): Context {
    const { urn, type, name } = resource;
    const provider = this.#provider(resource.options.provider);
    return {
      urn,
      type,
      name,
      project: this.project,
      stack: this.stack,
      now,
      dependencies: new Reach(this.#waitsFor(resource), (next) => this.#waitsForUrn(next)),
      ...(provider === undefined ? {} : { provider }),
      finding: (finding) => this.findings.push({ ...finding, urn }),
    };
  }

  #provider(urn: string | undefined): { readonly urn: string; readonly inputs: Props } | undefined {
    const provider = urn === undefined ? undefined : (this.news.get(urn) ?? this.olds.get(urn));
    return provider === undefined ? undefined : { urn: provider.urn, inputs: plain(provider.inputs) };
  }

  #waitsForUrn(urn: string): readonly string[] {
    const resource = this.news.get(urn) ?? this.olds.get(urn);
    return resource === undefined ? [] : this.#waitsFor(resource);
  }

  /** A child waits for a parent that is a resource, and for what a parent that is a component waits for. */
  #waitsFor(resource: Omit<StateResource, "inputs" | "outputs">): readonly string[] {
    const own = requirements(resource);
    const parent =
      resource.parent === undefined ? undefined : (this.news.get(resource.parent) ?? this.olds.get(resource.parent));
    if (parent === undefined) return own;
    return parent.custom ? [...own, parent.urn] : [...own, ...this.#waitsFor(parent)];
  }

  /** The recorded resources in order of registration, deletions last; components end when their children do. */
  resources(): RecordedResource[] {
    const records = [...this.#order].flatMap((urn) => this.#records.get(urn) ?? []);
    const ends = new Map<string, number>();
    for (const { urn, parent, operation, end } of records.toReversed()) {
      const last = Math.max(end, ends.get(urn) ?? 0);
      ends.set(urn, last);
      if (parent !== undefined && operation !== "delete") ends.set(parent, Math.max(last, ends.get(parent) ?? 0));
    }
    const ended = records.map((record) =>
      record.custom ? record : { ...record, end: ends.get(record.urn) ?? record.end },
    );
    const isDeleted = (record: RecordedResource) => record.operation === "delete";
    return [...ended.filter((record) => !isDeleted(record)), ...ended.filter(isDeleted)];
  }
}
