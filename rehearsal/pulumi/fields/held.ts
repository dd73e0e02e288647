import type { Run } from "../../engine/events.ts";
import { isObject } from "../../engine/values.ts";
import { type Recorded, type RecordedOptions, Secret } from "../../recording.ts";

/** A resource with all that is known of it, in one form for the rehearsal and for the real engine's state. */
export interface Held {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id?: string;
  readonly inputs: Recorded;
  readonly outputs: Recorded;
  /** As they have been given, without what is empty. */
  readonly options: Recorded;
}

export function heldOffline({ resources }: Run): readonly Held[] {
  return resources.map(({ urn, type, name, id, inputs, outputs, options, propertyDependencies }) => ({
    ...{ urn, type, name, inputs, outputs },
    ...(id === undefined ? {} : { id }),
    options: optionsOf({ ...options, propertyDependencies, customTimeouts: inSeconds(options.customTimeouts) }),
  }));
}

/** As `pulumi stack export --show-secrets` prints it. Source: `apitype.ResourceV3` of github.com/pulumi/pulumi */
interface Exported {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  /** `<urn>::<id>` */
  readonly provider?: string;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
}

/** @param exported secrets and all */
export function heldByEngine(exported: string): readonly Held[] {
  const { deployment } = JSON.parse(exported) as { readonly deployment: { readonly resources: readonly Exported[] } };
  return deployment.resources.map(({ urn, type, id, inputs, outputs, provider, ...rest }) => ({
    ...{ urn, type, name: urn.slice(urn.lastIndexOf("::") + 2) },
    ...(id === undefined || id === "" ? {} : { id }),
    inputs: decoded(inputs ?? {}) as Recorded,
    outputs: decoded(outputs ?? {}) as Recorded,
    options: optionsOf({
      ...rest,
      // What the engine chooses by itself is nothing that the program has given.
      ...(provider === undefined || provider.includes("::default") ? {} : { provider: withoutId(provider) }),
    }),
  }));
}

const withoutId = (provider: string): string => provider.slice(0, provider.lastIndexOf("::"));

const secretMark = "4dabf18193072939515e22adb298388d";

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  if (!isObject(value)) return value;
  if (secretMark in value) return new Secret(open(JSON.parse(String(value.plaintext))));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, decoded(field)]));
}

/** A secret inside a secret is one secret. */
function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (!isObject(value)) return value;
  if (secretMark in value) return open(JSON.parse(String(value.plaintext)));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, open(field)]));
}

/** Sets; what the state does not keep (aliases, deleteBeforeReplace) cannot be compared. */
const lists = ["additionalSecretOutputs", "ignoreChanges", "replaceOnChanges"] as const;
const values = [
  "provider",
  "deletedWith",
  "protect",
  "retainOnDelete",
  "replacementTrigger",
  "customTimeouts",
] as const;

function optionsOf(given: Readonly<Record<string, unknown>>): Recorded {
  const origins = isObject(given.propertyDependencies) ? given.propertyDependencies : {};
  const sorted = (list: unknown): unknown => (Array.isArray(list) ? list.map(String).toSorted() : []);
  const all = {
    ...Object.fromEntries(lists.map((name) => [name, sorted(given[name])])),
    ...Object.fromEntries(values.map((name) => [name, given[name]])),
    ...Object.fromEntries(Object.entries(origins).map(([name, urns]) => [`origins of ${name}`, sorted(urns)])),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === false || (Array.isArray(value) && value.length === 0);

/** `720s`, which is the form that the program gives: the state counts in seconds. */
function inSeconds(timeouts: RecordedOptions["customTimeouts"]): Readonly<Record<string, number>> | undefined {
  if (timeouts === undefined) return undefined;
  const unit = { s: 1, m: 60, h: 3600 } as const;
  return Object.fromEntries(
    Object.entries(timeouts).map(([operation, text]: [string, string]) => {
      const [, number, name] = /^(\d+)([smh])$/.exec(text) ?? [];
      if (number === undefined) throw new Error(`customTimeouts.${operation}: ${text} is no whole number of s, m or h`);
      return [operation, Number(number) * unit[name as keyof typeof unit]];
    }),
  );
}
