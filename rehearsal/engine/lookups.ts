/** What a program asks for without registering it: data sources, and resources that exist already. */
import type { Recorded, RecordedOptions } from "../recording.ts";
import { Refused } from "./deployment.ts";
import type { Ledger } from "./ledger.ts";
import { messageOf, performRead, RequestError } from "./perform.ts";
import { OperationFailed } from "./settle.ts";
import { requirements, type StateResource } from "./state.ts";
import { createUrn, stackReferenceType } from "./urn.ts";
import { containsSecret, plain, wrapProperties } from "./values.ts";

export interface InvokeRequest {
  readonly token: string;
  readonly args: Recorded;
  readonly provider?: string;
  readonly dependencies: readonly string[];
}

/** Answers a data source. Throws when no model knows it, or when the service refuses. */
export async function invoke(
  ledger: Ledger,
  { token, args, provider, dependencies }: InvokeRequest,
): Promise<Recorded> {
  if (token === "pulumi:pulumi:getResource") return getResource(ledger, plain(args));
  const model = ledger.world.function(token);
  if (model === undefined) {
    throw new RequestError(`no model answers the function ${token}: give the model of its package a "function" for it`);
  }
  const { project, stack } = ledger;
  const subject: Omit<StateResource, "inputs" | "outputs"> = {
    urn: createUrn({ stack, project, type: token, name: token, parent: undefined }),
    type: token,
    name: token,
    custom: true,
    dependencies,
    propertyDependencies: {},
    replaceWith: [],
    options: provider === undefined ? {} : { provider },
  };
  const start = ledger.clock.startOf(requirements(subject), undefined);
  try {
    return await model(plain(args), ledger.context(subject, start.at));
  } catch (error) {
    throw new RequestError(`${token}: ${messageOf(error)}`);
  }
}

function getResource({ news }: Ledger, { urn }: Recorded): Recorded {
  const resource = news.get(String(urn));
  if (resource === undefined) throw new RequestError(`there is no resource ${String(urn)} in this run`);
  return { urn: resource.urn, id: resource.id ?? "", state: resource.outputs };
}

export interface ReadRequest {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly parent?: string;
  readonly inputs: Recorded;
  readonly dependencies: readonly string[];
  readonly options: RecordedOptions;
}

export interface ReadReply {
  readonly urn: string;
  readonly outputs: Recorded;
}

/** Finds a resource that the program does not own (`Resource.get`), or this stack's own outputs of the last run. */
export async function read(ledger: Ledger, request: ReadRequest, stackOutputs: Recorded): Promise<ReadReply> {
  const { type, name, id, parent, inputs, dependencies, options } = request;
  const { project, stack } = ledger;
  const sought: Omit<StateResource, "outputs"> = {
    urn: createUrn({ stack, project, type, name, parent }),
    type,
    name,
    ...(parent === undefined ? {} : { parent }),
    custom: true,
    id,
    inputs,
    dependencies,
    propertyDependencies: {},
    replaceWith: [],
    options,
    external: true,
  };
  const start = ledger.clock.startOf(requirements(sought), parent);
  if (ledger.isStopped(start.at)) throw new Refused(`${sought.urn} was not read: another resource has failed`);
  ledger.announce(sought);
  const found =
    type === stackReferenceType ? readStack(ledger, id, stackOutputs) : await readModel(ledger, sought, start.at);
  const span = ledger.clock.record(sought.urn, start, 0);
  if ("error" in found) {
    ledger.step(sought, "read", span, { error: found.error });
    ledger.record({ ...sought, outputs: {} }, "read", span, found.error);
    throw new OperationFailed(found.error);
  }
  const resource = { ...sought, id: found.id, outputs: found.outputs };
  ledger.step(sought, "read", span);
  ledger.olds.delete(sought.urn);
  ledger.news.set(sought.urn, resource);
  ledger.record(resource, "read", span);
  return { urn: sought.urn, outputs: found.outputs };
}

type Found = { readonly id: string; readonly outputs: Recorded } | { readonly error: string };

async function readModel(ledger: Ledger, sought: Omit<StateResource, "outputs">, now: number): Promise<Found> {
  const { model } = ledger.world.resource(sought.type);
  const performed = await performRead({ model, context: ledger.context(sought, now) }, sought.id ?? "", sought.inputs);
  if (!performed.ok) return { error: performed.error };
  const { id, outputs } = performed.result;
  return {
    id,
    outputs: wrapProperties(outputs, [
      ...(model.secretOutputs ?? []),
      ...(sought.options.additionalSecretOutputs ?? []),
    ]),
  };
}

/** A rehearsal knows one stack: its own. */
function readStack({ project, stack }: Ledger, name: string, outputs: Recorded): Found {
  const own = `${organization}/${project}/${stack}`;
  if (name !== own) {
    return { error: `stack "${name}" is not there: a rehearsal knows only its own stack, "${own}"` };
  }
  const secretOutputNames = Object.keys(outputs)
    .filter((key) => containsSecret(outputs[key]))
    .sort();
  return { id: name, outputs: { name, outputs, secretOutputNames } };
}

/** The organization of a stack on a self-managed backend. */
export const organization = "organization";
