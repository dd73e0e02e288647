import { type Context, type Existing, type Props, type ResourceModel, ServiceError } from "../model.ts";
import type { Recorded } from "../recording.ts";
import { type Attempt, type FaultPlan, slowFactor } from "./faults.ts";
import { plain, plainValue } from "./values.ts";

/** What came of asking a model. A failed attempt takes its time too. */
export type Performed<T> =
  | { readonly ok: true; readonly result: T; readonly seconds: number }
  /** `lost`: the service did it all the same. */
  | { readonly ok: false; readonly error: string; readonly seconds: number; readonly lost?: T };

export interface Made {
  readonly id: string;
  readonly outputs: Props;
}

export interface PerformArgs {
  readonly model: ResourceModel;
  readonly context: Context;
  readonly faults: FaultPlan | undefined;
}

export function performCreate(args: PerformArgs, inputs: Recorded): Promise<Performed<Made>> {
  return attempt(args, "create", async () => {
    const { id, outputs, seconds } = await args.model.create(plain(inputs), args.context);
    return { result: { id, outputs }, seconds };
  });
}

export function performUpdate(args: PerformArgs, inputs: Recorded, old: Existing): Promise<Performed<Made>> {
  return attempt(args, "update", async () => {
    const wanted = plain(inputs);
    const { outputs, seconds } = (await args.model.update?.(wanted, old, args.context)) ?? {
      outputs: { ...old.outputs, ...wanted },
      seconds: 1,
    };
    return { result: { id: old.id, outputs }, seconds };
  });
}

export function performDelete(args: PerformArgs, old: Existing): Promise<Performed<undefined>> {
  return attempt(args, "delete", async () => {
    const seconds = args.model.delete === undefined ? 1 : await args.model.delete(old, args.context);
    return { result: undefined, seconds };
  });
}

/** Reads are not struck by faults: they change nothing that could be half done. */
export async function performRead(
  args: Omit<PerformArgs, "faults">,
  id: string,
  inputs: Recorded,
): Promise<Performed<Existing>> {
  const { model, context } = args;
  if (model.read === undefined) {
    return { ok: false, error: `the model of ${context.type} cannot look anything up: it has no "read"`, seconds: 0 };
  }
  try {
    const { id: found, inputs: read, outputs } = await model.read(id, plain(inputs), context);
    return { ok: true, result: { id: found, inputs: read, outputs }, seconds: 0 };
  } catch (error) {
    return { ok: false, error: messageOf(error), seconds: 0 };
  }
}

async function attempt<T>(
  { context, faults }: PerformArgs,
  operation: Attempt["operation"],
  act: () => Promise<{ readonly result: T; readonly seconds: number }>,
): Promise<Performed<T>> {
  const fault = faults?.({ urn: context.urn, type: context.type, operation });
  if (fault === "fail-before") {
    return {
      ok: false,
      error: "the service refuses: temporarily unavailable (injected fault: fail-before)",
      seconds: 1,
    };
  }
  try {
    const { result, seconds } = await act();
    if (fault === "lost-reply") {
      const error = "no answer: the connection broke after the request was sent (injected fault: lost-reply)";
      return { ok: false, error, seconds, lost: result };
    }
    return { ok: true, result, seconds: fault === "slow" ? seconds * slowFactor : seconds };
  } catch (error) {
    return { ok: false, error: messageOf(error), seconds: 1 };
  }
}

/** Something that this rehearsal was asked for and does not do; its message says what. */
export class RequestError extends Error {}

/** A refusal is its message; anything else is a fault in the model, and its stack says where. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isRefusal = error instanceof ServiceError || error instanceof RequestError;
  return isRefusal ? error.message : (error.stack ?? error.message);
}

export function existing(resource: {
  readonly id?: string;
  readonly inputs: Recorded;
  readonly outputs: Recorded;
}): Existing {
  return {
    id: resource.id ?? "",
    inputs: plain(resource.inputs),
    outputs: plainValue(resource.outputs) as Props,
  };
}
