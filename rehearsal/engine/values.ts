/**
 * Values between the SDK's wire format, the recording and the models.
 *
 * On the wire a special value is an object with a signature under a fixed key (the SDK's runtime/rpc.ts). In a recording
 * secrets are `Secret`s, a resource is its id (a component its URN), an asset its content or place. A model gets plain
 * values.
 */
import { isRecord } from "../../lib/record.ts";
import type { Props, ResourceModel } from "../model.ts";
import { type Recorded, Secret } from "../recording.ts";

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return isRecord(value) && !(value instanceof Secret);
}

/** What a bag of inputs holds once decoded. */
export interface Decoded {
  readonly values: Recorded;
  /** Properties with an asset or a resource in them: the SDK resolves those from its own copy, not from an answer. */
  readonly opaque: ReadonlySet<string>;
  /** URNs that output values named as where they come from. */
  readonly dependencies: ReadonlySet<string>;
}

export function decode(wire: JsonObject): Decoded {
  const opaque = new Set<string>();
  const dependencies = new Set<string>();
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wire)) {
    const decoded = decodeValue(value, { opaque: () => opaque.add(key), dependency: (urn) => dependencies.add(urn) });
    if (decoded !== undefined) values[key] = decoded;
  }
  return { values, opaque, dependencies };
}

interface Seen {
  opaque(): void;
  dependency(urn: string): void;
}

function decodeValue(value: unknown, seen: Seen): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value)) return value.map((element) => decodeValue(element, seen) ?? null);
  if (!isObject(value)) return value;
  const signature = value[signatureKey];
  if (signature === undefined) return decodeFields(value, seen);
  switch (signature) {
    case secretSignature:
      return secret(decodeValue(value.value, seen));
    case outputSignature: {
      for (const urn of Array.isArray(value.dependencies) ? value.dependencies : []) seen.dependency(String(urn));
      const inner = decodeValue(value.value, seen);
      return value.secret === true && inner !== undefined ? secret(inner) : inner;
    }
    case resourceSignature:
      seen.opaque();
      return value.id === undefined || value.id === "" ? value.urn : value.id;
    case assetSignature:
    case archiveSignature: {
      seen.opaque();
      const isMark = (key: string) => key === signatureKey || key.startsWith("__pulumi");
      return decodeFields(Object.fromEntries(Object.entries(value).filter(([key]) => !isMark(key))), seen);
    }
    default:
      throw new Error(`a value has the signature ${String(signature)}, which this rehearsal does not know`);
  }
}

function decodeFields(value: JsonObject, seen: Seen): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const decoded = decodeValue(field, seen);
    if (decoded !== undefined) fields[key] = decoded;
  }
  return fields;
}

/** Wraps a value; what is secret inside it needs no wrapping of its own. */
export function secret(value: unknown): Secret {
  return new Secret(plainValue(value));
}

/** The wire form of recorded values. */
export function encode(values: Recorded): JsonObject {
  return encodeValue(values) as JsonObject;
}

function encodeValue(value: unknown): unknown {
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encodeValue(value.value) ?? null };
  if (Array.isArray(value)) return value.map((element) => encodeValue(element) ?? null);
  if (!isObject(value)) return value;
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) fields[key] = encodeValue(field);
  return fields;
}

/** Recorded values without their secret wrappers: what a model gets. */
export function plain(values: Recorded): Props {
  return plainValue(values) as Props;
}

export function plainValue(value: unknown): unknown {
  if (value instanceof Secret) return plainValue(value.value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) fields[key] = plainValue(field);
  return fields;
}

export function containsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

/**
 * Outputs with everything secret that came from a secret input, as the engine marks them for a provider that does not:
 * object by object, and a whole array where any of its elements is secret (`annotateSecrets` in
 * pulumi/pulumi sdk/go/common/resource/plugin/provider_plugin.go).
 */
export function markSecrets(outputs: JsonObject, inputs: Recorded): JsonObject {
  const marked: Record<string, unknown> = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = marked[key];
    if (output === undefined || output instanceof Secret) continue;
    if (isObject(output) && isObject(input)) marked[key] = markSecrets(output, input);
    else if (containsSecret(input)) marked[key] = secret(output);
  }
  return marked;
}

/** Inputs as a provider's check leaves them: what came from a secret stays one. */
export function checked(model: Pick<ResourceModel, "check" | "secretInputs">, given: Recorded): Recorded {
  const inputs = model.check === undefined ? given : markSecrets(model.check(plain(given)), given);
  return wrapProperties(inputs, model.secretInputs ?? []);
}

/** Wraps the named properties. */
export function wrapProperties(values: Recorded, names: readonly string[]): Recorded {
  const wrapped: Record<string, unknown> = { ...values };
  for (const name of names) {
    if (wrapped[name] !== undefined && !(wrapped[name] instanceof Secret)) wrapped[name] = secret(wrapped[name]);
  }
  return wrapped;
}
