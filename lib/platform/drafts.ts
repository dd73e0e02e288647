import { z } from "zod";
import { appObjects } from "./apps/objects.ts";
import type { App } from "./apps/options.ts";
import { builtinNamespaces } from "./builtin.ts";
import { mergeValues } from "./merge.ts";
import { mirrored } from "./mirror.ts";
import { hasPods, objectId, objectNeeds, objectProvides, objectUses } from "./objects.ts";
import {
  type ChartRelease,
  commonOptions,
  hasChart,
  type PlannedManifest,
  type PlatformContext,
  type PodSecurity,
  podSecurityLevels,
  type Release,
} from "./release.ts";
import { type SecretSource, secretManifests } from "./secrets.ts";
import type { Chosen, Draft, ObjectStep, PlatformStep, ReleaseStep } from "./steps.ts";

/** Seconds that Helm waits for a release that says nothing itself. */
const defaultTimeout = 600;

const everyRelease = z.looseObject(commonOptions);

/** Every step of a platform, not yet in order. */
export function draftSteps(args: {
  readonly chosen: readonly Chosen[];
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly apps: Readonly<Record<string, App>>;
  readonly mirror: string | undefined;
  readonly context: PlatformContext;
}): readonly Draft[] {
  const { chosen, secrets, apps, mirror, context } = args;
  const own = Object.entries(secrets).flatMap(([name, source]) =>
    secretManifests(name, source).map((manifest) => draftObject({ manifest }, { path: ["secrets", name] })),
  );
  const brought = chosen.flatMap(({ release, options }) => {
    const planned = release.manifests?.(options, context) ?? [];
    return [
      ...(hasChart(release) ? [draftRelease(release, options, planned, mirror, context)] : []),
      ...planned.filter(({ last }) => last !== true).map((each) => draftOfRelease(each, release)),
    ];
  });
  const rest = brought.map(({ step }) => step.id);
  const last = chosen.flatMap(({ release, options }) =>
    (release.manifests?.(options, context) ?? [])
      .filter((each) => each.last === true)
      .map((each) => draftOfRelease(each, release, rest)),
  );
  const running = Object.entries(apps).flatMap(([name, app]) =>
    appObjects(name, app).map((planned) => draftObject(planned, { path: ["apps", name] })),
  );
  const inside = [...own, ...brought, ...running, ...last];
  return [...draftNamespaces(inside, chosen), ...inside];
}

function draftRelease(
  release: ChartRelease,
  options: unknown,
  planned: readonly PlannedManifest[],
  mirror: string | undefined,
  context: PlatformContext,
): Draft {
  const { name, namespace } = release;
  const id = `release/${name}`;
  const { version, values } = everyRelease.parse(options);
  const step: ReleaseStep = {
    kind: "release",
    id,
    dependsOn: [],
    name,
    chart: mirrored({ ...release.chart, version: version ?? release.chart.version }, mirror),
    namespace,
    values: mergeValues(release.values(options, context), values ?? {}),
    timeout: release.timeout ?? defaultTimeout,
    skipAwait: release.skipAwait ?? false,
    leaves: release.leaves?.(options, context) ?? [],
  };
  return {
    step,
    path: ["platform", name],
    unit: {
      id,
      provides: release.provides?.(options, context) ?? [],
      needs: [`namespace:${namespace}`, ...(release.needs?.(options, context) ?? [])],
      wants: release.beforeNodes === true ? [] : ["nodes"],
      uses: release.uses?.(options, context) ?? [],
      after: planned.filter(({ before }) => before === true).map(({ manifest }) => objectId(manifest)),
    },
  };
}

/** An object of a release: before it, after it, or after everything. */
function draftOfRelease(planned: PlannedManifest, release: Release, rest: readonly string[] = []): Draft {
  const { name } = release;
  const after = planned.before === true || !hasChart(release) ? [] : [`release/${name}`];
  return draftObject(planned, { path: ["platform", name], release: name, after: [...after, ...rest] });
}

function draftObject(
  { manifest, provides = [], needs = [], uses = [] }: PlannedManifest,
  of: { readonly path: readonly string[]; readonly release?: string; readonly after?: readonly string[] },
): Draft {
  const id = objectId(manifest);
  const step: ObjectStep = {
    kind: "object",
    id,
    dependsOn: [],
    manifest,
    ...(of.release === undefined ? {} : { release: of.release }),
  };
  return {
    step,
    path: of.path,
    unit: {
      id,
      provides: [...objectProvides(manifest), ...provides],
      needs: [...objectNeeds(manifest), ...needs],
      wants: hasPods(manifest) ? ["nodes"] : [],
      uses: [...objectUses(manifest), ...uses],
      after: of.after ?? [],
    },
  };
}

/** Namespaces that somebody lives in and that the cluster has not of itself. */
function draftNamespaces(inside: readonly Draft[], chosen: readonly Chosen[]): readonly Draft[] {
  const byNamespace = Map.groupBy(inside, ({ step }) => namespaceOf(step));
  return [...byNamespace].flatMap(([name, drafts]): readonly Draft[] => {
    if (name === undefined || builtinNamespaces.has(name)) return [];
    const id = `namespace/${name}`;
    const labels = { "pod-security.kubernetes.io/enforce": podSecurity(name, chosen) };
    const holds = drafts.map(({ step }) => step.id).sort();
    return [
      {
        step: { kind: "namespace", id, dependsOn: [], name, labels, holds },
        path: [],
        unit: { id, provides: [`namespace:${name}`], needs: [], wants: [], uses: [], after: [] },
      },
    ];
  });
}

function namespaceOf(step: PlatformStep): string | undefined {
  switch (step.kind) {
    case "namespace":
      return undefined;
    case "release":
      return step.namespace;
    case "object":
      return step.manifest.metadata.namespace;
    default: {
      const unknown: never = step;
      throw new Error(`unknown kind of step: ${JSON.stringify(unknown)}`);
    }
  }
}

/** The loosest level that a release in the namespace needs; `baseline` for one that holds no release. */
function podSecurity(namespace: string, chosen: readonly Chosen[]): PodSecurity {
  const levels = chosen
    .filter(({ release }) => release.namespace === namespace)
    .map(({ release }) => podSecurityLevels.indexOf(release.podSecurity ?? "baseline"));
  return podSecurityLevels[Math.max(...levels)] ?? "baseline";
}
