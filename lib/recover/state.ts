import { z } from "zod";

/** A property bag: plain JSON values, secrets in the clear. */
export type Props = Readonly<Record<string, unknown>>;

/** One resource of a stack, as its state or a preview has it. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id?: string;
  /** URN; absent for what is directly in the stack. */
  readonly parent?: string;
  /** URN of its explicit provider. */
  readonly provider?: string;
  readonly inputs: Props;
  /** It was made, but never became what it should be. */
  readonly unfinished?: true;
  /** The old one is gone already, and the new one has still to be made. */
  readonly awaitsReplacement?: true;
  /** Another value of it has the resource replaced. */
  readonly replacementTrigger?: unknown;
}

/** What the engine was doing to a resource when it was interrupted. */
export interface PendingOperation {
  readonly operation: string;
  readonly resource: StackResource;
}

/** What a stack holds. */
export interface StackState {
  readonly resources: readonly StackResource[];
  readonly pending: readonly PendingOperation[];
}

// Source: pulumi/pulumi, sdk/go/common/apitype: ResourceV3, OperationV2, DeploymentV3.
const resource = z.object({
  urn: z.string(),
  custom: z.boolean().optional(),
  type: z.string(),
  id: z.string().optional(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  initErrors: z.array(z.string()).nullish(),
  pendingReplacement: z.boolean().optional(),
  replacementTrigger: z.unknown().optional(),
});
type RawResource = z.output<typeof resource>;

const exported = z.object({
  deployment: z.object({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(z.object({ resource, type: z.string() })).nullish(),
  }),
});

/** @param text of `pulumi stack export --show-secrets` */
export function readState(text: string): StackState {
  const { deployment } = exported.parse(JSON.parse(text));
  return {
    resources: (deployment.resources ?? []).map(fromRaw),
    pending: (deployment.pending_operations ?? []).map(({ type, resource: of }) => ({
      operation: type,
      resource: fromRaw(of),
    })),
  };
}

const previewed = z.object({
  steps: z
    .array(z.object({ op: z.string(), urn: z.string(), provider: z.string().optional(), newState: resource.nullish() }))
    .nullish(),
});

/**
 * What a program would make that the state does not know, or knows only as what an earlier run has deleted to make it
 * anew.
 * @param text of `pulumi preview --json`; what is not known yet is left out of the inputs
 * @param awaiting URNs of what has been deleted; of anything else that is replaced, the old one still stands
 */
export function readCreations(text: string, awaiting: ReadonlySet<string> = new Set()): readonly StackResource[] {
  return (previewed.parse(JSON.parse(text)).steps ?? []).flatMap(({ op, newState }) =>
    newState?.custom === true && (op === "create" || (op === "replace" && awaiting.has(newState.urn)))
      ? [fromRaw(newState)]
      : [],
  );
}

const stackType = "pulumi:pulumi:Stack";

function fromRaw({
  urn,
  type,
  id,
  parent,
  provider,
  inputs,
  initErrors,
  pendingReplacement,
  replacementTrigger,
}: RawResource): StackResource {
  const isNested = parent !== undefined && parent !== "" && parent.split("::")[2] !== stackType;
  const reference = provider?.slice(0, provider.lastIndexOf("::"));
  return {
    ...{ urn, type, name: urn.split("::").slice(3).join("::"), inputs: openSecrets(inputs ?? {}) as Props },
    ...(id === undefined || id === "" ? {} : { id }),
    ...(isNested ? { parent } : {}),
    ...(reference === undefined || reference === "" ? {} : { provider: reference }),
    ...(initErrors === null || initErrors === undefined || initErrors.length === 0
      ? {}
      : { unfinished: true as const }),
    ...(pendingReplacement === true ? { awaitsReplacement: true as const } : {}),
    ...(replacementTrigger === undefined || replacementTrigger === null ? {} : { replacementTrigger }),
  };
}

/** Source: pulumi/pulumi, sdk/go/common/resource: SigKey, SecretSig; and resource/plugin: UnknownStringValue. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Secrets unwrapped, unknowns left out. */
export function openSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openSecrets).filter((each) => each !== undefined);
  if (value === unknown) return undefined;
  if (typeof value !== "object" || value === null) return value;
  const object = value as Props;
  if (object[signature] === secretSignature)
    return typeof object.plaintext === "string" ? openSecrets(JSON.parse(object.plaintext)) : undefined;
  return Object.fromEntries(
    Object.entries(object)
      .map(([key, each]) => [key, openSecrets(each)] as const)
      .filter(([, each]) => each !== undefined),
  );
}
