import type { Run } from "../engine/events.ts";
import { nameOf } from "../engine/urn.ts";
import type { Finding } from "../model.ts";

/** A resource as the engine's state has it; more is there. Source: `apitype.ResourceV3` of github.com/pulumi/pulumi */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
}

/** The resources of an exported stack, in the order in which the engine has them. */
export function resourcesOf(exported: string): readonly StateResource[] {
  const { deployment } = JSON.parse(exported) as {
    readonly deployment: { readonly resources?: readonly StateResource[] };
  };
  return deployment.resources ?? [];
}

/**
 * Where the offline rehearsal's resources are not those that the real engine made: which there are, what each is part
 * of, and what it waits for.
 */
export function differences(offline: Run, engine: readonly StateResource[]): readonly Finding[] {
  const made = new Map(engine.filter(({ urn }) => !isDefaultProvider(urn)).map((resource) => [resource.urn, resource]));
  const rehearsed = new Map(offline.resources.map((resource) => [resource.urn, resource]));
  const both = [...rehearsed.values()].flatMap((expected) => {
    const real = made.get(expected.urn);
    return real === undefined ? [] : [{ expected, real }];
  });
  return [
    ...[...made.keys()]
      .filter((urn) => !rehearsed.has(urn))
      .map((urn) => finding(urn, "the real engine makes it, the offline rehearsal does not")),
    ...[...rehearsed.keys()]
      .filter((urn) => !made.has(urn))
      .map((urn) => finding(urn, "the offline rehearsal makes it, the real engine does not")),
    ...both.flatMap(({ expected, real }) =>
      listed("is part of", expected.urn, [expected.parent ?? ""], [real.parent ?? ""]),
    ),
    ...both.flatMap(({ expected, real }) =>
      listed("waits for", expected.urn, expected.dependencies, real.dependencies ?? []),
    ),
  ];
}

/** Providers that the program does not name are the engine's own affair. */
const isDefaultProvider = (urn: string): boolean => /::pulumi:providers:[^:]+::default(_|$)/.test(urn);

function listed(verb: string, urn: string, offline: readonly string[], real: readonly string[]): readonly Finding[] {
  const only = (some: readonly string[], others: readonly string[]): string =>
    some
      .filter((other) => !others.includes(other))
      .map(nameOf)
      .toSorted()
      .join(", ") || "nothing else";
  const [offlineOnly, realOnly] = [only(offline, real), only(real, offline)];
  return offlineOnly === realOnly
    ? []
    : [finding(urn, `it ${verb} ${realOnly} on the real engine, and ${offlineOnly} in the offline rehearsal`)];
}

const finding = (urn: string, message: string): Finding => ({
  rule: "engine-differs",
  urn,
  message,
  remedy: "one of the two is wrong: hold the offline rehearsal's model against the provider's documentation",
});
