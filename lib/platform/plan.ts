import type { App } from "./apps/options.ts";
import { builtin, builtinNamespaces } from "./builtin.ts";
import { catalogue } from "./catalogue.ts";
import { draftSteps } from "./drafts.ts";
import { orderUnits } from "./graph.ts";
import { exposedHosts } from "./ingress.ts";
import { type PlatformFault, platformFaults } from "./plan-faults.ts";
import type { ExposedHost, PlatformContext } from "./release.ts";
import type { SecretSource } from "./secrets.ts";
import type { Chosen, PlatformStep } from "./steps.ts";

export type { NamespaceStep, PlatformStep, ReleaseStep } from "./steps.ts";

export interface PlatformArgs {
  /** Options of the releases by name, as their schemas gave them back; undefined: off. */
  readonly releases: Readonly<Record<string, unknown>>;
  /** `groundwork:secrets` */
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** `groundwork:apps` */
  readonly apps: Readonly<Record<string, App>>;
  readonly charts: { readonly mirror?: string | undefined };
  readonly context: PlatformContext;
}

export interface PlatformPlan {
  /** Each after all that it depends on. Without faults, everything that the stage asks for. */
  readonly steps: readonly PlatformStep[];
  readonly hosts: readonly ExposedHost[];
  readonly faults: readonly PlatformFault[];
}

/** Everything that stands on the cluster, in an order that works. Finds faults instead of throwing. */
export function planPlatform({ releases, secrets, apps, charts, context }: PlatformArgs): PlatformPlan {
  const chosen = catalogue
    .filter(({ name }) => releases[name] !== undefined)
    .map((release): Chosen => ({ release, options: releases[release.name] }));
  const drafts = draftSteps({ chosen, secrets, apps, mirror: charts.mirror, context });
  const given = builtin(context.cluster);
  const order = orderUnits(
    drafts.map(({ unit }) => unit),
    new Set([...given, ...[...builtinNamespaces].map((name) => `namespace:${name}`)]),
  );
  const steps = new Map(drafts.map(({ step }) => [step.id, step]));
  return {
    steps: order.ordered.flatMap(({ id, dependsOn }) => {
      const step = steps.get(id);
      return step === undefined ? [] : [{ ...step, dependsOn }];
    }),
    hosts: [
      ...chosen.flatMap(({ release, options }) =>
        (release.hosts?.(options, context) ?? []).map((host) => ({ host, path: ["platform", release.name] })),
      ),
      ...Object.entries(apps).flatMap(([name, { exposed, alsoAt }]) =>
        [...exposedHosts(exposed), ...alsoAt].map((host) => ({ host, path: ["apps", name] })),
      ),
    ],
    faults: platformFaults({ chosen, drafts, given, order, context }),
  };
}
