import type { Operation, Recorded } from "../recording.ts";
import type { Moment, Span } from "./clock.ts";
import type { Decision } from "./decide.ts";
import { deleteOne } from "./deletion.ts";
import type { Dependents } from "./dependents.ts";
import type { StepOperation } from "./events.ts";
import type { Ledger } from "./ledger.ts";
import { existing, type Made, type Performed, performCreate, performUpdate } from "./perform.ts";
import type { RegisterRequest } from "./request.ts";
import type { StateResource } from "./state.ts";
import { markSecrets, plain, wrapProperties } from "./values.ts";

/** What the program gets for a registration. */
export interface Registered {
  readonly urn: string;
  readonly id: string;
  readonly outputs: Recorded;
}

/** An operation failed; the resource's record says how. */
export class OperationFailed extends Error {}

/** A resource as the program wants it, before anything is known of its outcome. */
export type Wanted = Omit<StateResource, "inputs" | "outputs" | "id">;

/** One registration on its way. */
export interface Job {
  readonly ledger: Ledger;
  readonly wanted: Wanted;
  readonly request: RegisterRequest;
  /** The request's, as the provider's check leaves them. */
  readonly inputs: Recorded;
  readonly decision: Decision;
  readonly start: Moment;
  readonly old: StateResource | undefined;
  dependents(): Dependents;
}

export function settleComponent({ ledger, wanted, request, decision, start, old }: Job): Registered {
  const operation = decision.kind === "create" || decision.kind === "update" ? decision.kind : "same";
  const resource: StateResource = { ...wanted, inputs: request.inputs, outputs: old?.outputs ?? {} };
  const span = ledger.clock.recordComponent(wanted.urn, start);
  ledger.step(wanted, operation, span);
  ledger.olds.delete(wanted.urn);
  ledger.news.set(wanted.urn, resource);
  ledger.record(resource, operation, span);
  return { urn: wanted.urn, id: "", outputs: {} };
}

export async function settle(job: Job): Promise<Registered> {
  const { ledger, wanted, decision, start, old } = job;
  switch (decision.kind) {
    case "create":
      return create(job, "create", start);
    case "recreate":
      ledger.replaced.add(wanted.urn);
      return create(job, "create-replacement", start);
    case "same": {
      const resource = { ...wanted, id: old?.id ?? "", inputs: decision.inputs, outputs: old?.outputs ?? {} };
      return keep(job, { resource, operation: "same", span: ledger.clock.record(wanted.urn, start, 0) });
    }
    case "update": {
      const performed = await performUpdate(performing(job), decision.inputs, existing(mustExist(job)));
      return made(job, { performed, operation: "update", inputs: decision.inputs, start });
    }
    case "replace":
      return replace(job, decision);
    default:
      return decision satisfies never;
  }
}

async function create(
  job: Job,
  operation: StepOperation,
  start: Moment,
  reasons?: readonly string[],
): Promise<Registered> {
  const { inputs } = job;
  const performed = await performCreate(performing({ ...job, start }), inputs);
  return made(job, { performed, operation, inputs, start, ...(reasons === undefined ? {} : { reasons }) });
}

async function replace(
  job: Job,
  { reasons, deleteFirst }: Extract<Decision, { kind: "replace" }>,
): Promise<Registered> {
  const { ledger, wanted, start } = job;
  const old = mustExist(job);
  const fail = (span: Span, error: string) =>
    failed(job, { inputs: job.inputs, operation: "create-replacement", span, error });
  if (old.options.protect && wanted.options.protect) {
    const error = `"${wanted.urn}" is protected and would be replaced (${reasons.join(", ")}): unset "protect" first`;
    return fail(ledger.clock.record(wanted.urn, start, 0), error);
  }
  ledger.replaced.add(wanted.urn);
  if (deleteFirst) {
    const { span, error } = await clear(job, old);
    if (error !== undefined) return fail(span, error);
    return create(job, "create-replacement", { at: span.end, after: wanted.urn }, reasons);
  }
  const registered = await create(job, "create-replacement", start, reasons);
  ledger.condemned.push({ ...old, condemned: true });
  return registered;
}

/** Deletes one after the other, as the engine does: the dependents that have to go too, last first, then `old` itself. */
async function clear(
  { ledger, dependents, start }: Job,
  old: StateResource,
): Promise<{ readonly span: Span; readonly error?: string }> {
  const { olds, news, world, deleted } = ledger;
  const forced = dependents().replacedWith({
    root: old,
    isRegistered: (urn) => news.has(urn),
    replaceOn: (type) => world.resource(type).model.replaceOn,
  });
  const isThere = ({ urn }: StateResource) => olds.has(urn) && !olds.get(urn)?.pendingReplacement;
  const doomed = [...forced.toReversed(), old].filter(isThere);
  for (const { urn } of doomed) deleted.add(urn);
  let span: Span = { start: start.at, end: start.at };
  let moment = start;
  for (const resource of doomed) {
    const gone = await deleteOne(ledger, resource, "delete-replaced", moment);
    span = gone.span;
    if (gone.error !== undefined) return { span, error: `${resource.name} could not be deleted first: ${gone.error}` };
    olds.set(resource.urn, { ...resource, pendingReplacement: true });
    moment = { at: span.end, after: resource.urn };
  }
  return { span };
}

function mustExist({ wanted, old }: Job): StateResource {
  if (old === undefined) throw new Error(`${wanted.urn} is not there, so it can be neither updated nor replaced`);
  return old;
}

function performing({ ledger, wanted, start }: Pick<Job, "ledger" | "wanted" | "start">) {
  const { model } = ledger.world.resource(wanted.type);
  return { model, context: ledger.context(wanted, start.at), faults: ledger.faults };
}

interface Outcome {
  readonly performed: Performed<Made>;
  readonly operation: StepOperation;
  readonly inputs: Recorded;
  readonly start: Moment;
  readonly reasons?: readonly string[];
}

function made(job: Job, { performed, operation, inputs, start, reasons }: Outcome): Registered {
  const { ledger, wanted } = job;
  const span = ledger.clock.record(wanted.urn, start, performed.seconds);
  if (performed.ok) {
    const { resource, answered } = complete(job, inputs, performed.result);
    return keep(job, { resource, operation, span, answered, ...(reasons === undefined ? {} : { reasons }) });
  }
  if (performed.lost !== undefined && operation !== "update") {
    ledger.lost.push(complete(job, inputs, performed.lost).resource);
  }
  return failed(job, { inputs, operation, span, error: performed.error });
}

/** The resource with what its model answered. */
function complete({ ledger, wanted }: Job, inputs: Recorded, { id, outputs }: Made) {
  const answered = Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
  const byModel = ledger.world.resource(wanted.type).model.secretOutputs ?? [];
  const secrets = [...byModel, ...(wanted.options.additionalSecretOutputs ?? [])];
  const all = wrapProperties(markSecrets({ ...plain(inputs), ...answered }, inputs), secrets);
  return { resource: { ...wanted, id, inputs, outputs: all }, answered };
}

interface Kept {
  readonly resource: StateResource;
  readonly operation: StepOperation;
  readonly span: Span;
  readonly reasons?: readonly string[];
  /** The properties that the model itself gave. */
  readonly answered?: Readonly<Record<string, unknown>>;
}

function keep({ ledger, request }: Job, { resource, operation, span, reasons, answered = {} }: Kept): Registered {
  ledger.step(resource, operation, span, reasons === undefined ? {} : { reasons });
  ledger.olds.delete(resource.urn);
  ledger.news.set(resource.urn, resource);
  ledger.record(resource, recordedOperation(operation), span);
  // What the program has already it takes from itself (the SDK's resolveOutputs). A text that is sent back crosses the
  // wire three times: in the answer, and in the debug lines that the SDK logs about it, one after the other.
  const isKnown = (key: string, value: unknown) =>
    request.opaque.has(key) ? !(key in answered) : typeof value === "string" && value === request.inputs[key];
  const outputs = Object.fromEntries(Object.entries(resource.outputs).filter(([key, value]) => !isKnown(key, value)));
  return { urn: resource.urn, id: resource.id ?? "", outputs };
}

interface Failure {
  readonly inputs: Recorded;
  readonly operation: StepOperation;
  readonly span: Span;
  readonly error: string;
}

function failed({ ledger, wanted }: Job, { inputs, operation, span, error }: Failure): never {
  ledger.step(wanted, operation, span, { error });
  ledger.record({ ...wanted, inputs, outputs: {} }, recordedOperation(operation), span, error);
  throw new OperationFailed(error);
}

function recordedOperation(operation: StepOperation): Operation {
  switch (operation) {
    case "create-replacement":
    case "delete-replaced":
      return "replace";
    default:
      return operation;
  }
}
