import { appObjects } from "../../lib/platform/apps/objects.ts";
import { catalogue } from "../../lib/platform/catalogue.ts";
import { objectId } from "../../lib/platform/objects.ts";
import type { PlatformStep } from "../../lib/platform/plan.ts";
import { secretManifests } from "../../lib/platform/secrets.ts";
import type { System } from "./system.ts";

/** What a person sees as one thing on the cluster: a release with its objects, an application, the Secrets. */
export interface PlatformUnit {
  readonly name: string;
  readonly description: string;
  readonly namespaces: readonly string[];
  /** Units that have to be there before it is begun, the fewest that imply the rest. */
  readonly waitsFor: readonly string[];
  /** Objects that are made once it is there, by kind, and what else these wait for. */
  readonly after: { readonly kinds: ReadonlyMap<string, number>; readonly waitsFor: readonly string[] };
}

/** All units, each after those that it waits for. */
export function platformUnits(system: Pick<System, "stage" | "plan">): readonly PlatformUnit[] {
  const { steps } = system.plan;
  const byId = new Map(steps.map((step) => [step.id, step]));
  const nameOf = unitNames(system);
  const described = new Map(catalogue.map(({ name, description }) => [name, description]));
  /** The first steps of other units, or of none that is told, that these wait for. */
  const before = (unit: string, from: readonly PlatformStep[]): ReadonlySet<string> => {
    const found = new Set<string>();
    const seen = new Set<string>();
    const follow = ({ dependsOn }: PlatformStep): void => {
      for (const id of dependsOn) {
        const step = byId.get(id);
        if (step === undefined || seen.has(id)) continue;
        seen.add(id);
        const name = nameOf(step);
        if (name === undefined || name === unit) follow(step);
        else found.add(name);
      }
    };
    from.forEach(follow);
    return found;
  };
  const units = [...Map.groupBy(steps, nameOf)].flatMap(([name, own]): readonly PlatformUnit[] => {
    if (name === undefined) return [];
    const release = own.findIndex(({ kind }) => kind === "release");
    const begun = release < 0 ? own : own.slice(release, release + 1);
    const later = release < 0 ? [] : own.slice(release + 1);
    const waitsFor = before(name, begun);
    return [
      {
        name,
        description:
          described.get(name) ?? (name === secretsUnit ? "Kubernetes Secrets of the stack." : "Application."),
        namespaces: [...new Set(own.flatMap(namespaceOf))],
        waitsFor: [...waitsFor],
        after: {
          kinds: counted(later),
          waitsFor: [...before(name, later)].filter((other) => !waitsFor.has(other)),
        },
      },
    ];
  });
  return inOrder(reduced(units));
}

/** As the plan has them, but for what other units come before. */
function inOrder(units: readonly PlatformUnit[]): readonly PlatformUnit[] {
  const left = [...units];
  const done = new Set<string>();
  const ordered: PlatformUnit[] = [];
  while (left.length > 0) {
    // Objects of two units can wait for each other's without a circle; then the plan's order stands.
    const ready = left.findIndex(({ waitsFor }) => waitsFor.every((name) => done.has(name)));
    const [next] = left.splice(Math.max(ready, 0), 1);
    if (next === undefined) break;
    done.add(next.name);
    ordered.push(next);
  }
  return ordered;
}

const secretsUnit = "secrets";

/** The unit that a step belongs to; undefined for a namespace, which is a step on the way to others. */
function unitNames({ stage }: Pick<System, "stage">): (step: PlatformStep) => string | undefined {
  const applications = new Map(
    Object.entries(stage.apps).flatMap(([name, app]) =>
      appObjects(name, app).map(({ manifest }) => [objectId(manifest), name] as const),
    ),
  );
  const secrets = new Set(
    Object.entries(stage.secrets).flatMap(([name, source]) => secretManifests(name, source).map(objectId)),
  );
  return (step) => {
    switch (step.kind) {
      case "namespace":
        return undefined;
      case "release":
        return step.name;
      case "object":
        return step.release ?? applications.get(step.id) ?? (secrets.has(step.id) ? secretsUnit : undefined);
      default: {
        const unknown: never = step;
        throw new Error(`unknown kind of step: ${JSON.stringify(unknown)}`);
      }
    }
  };
}

function namespaceOf(step: PlatformStep): readonly string[] {
  if (step.kind === "release") return [step.namespace];
  return step.kind === "object" ? [step.manifest.metadata.namespace ?? []].flat() : [];
}

function counted(steps: readonly PlatformStep[]): ReadonlyMap<string, number> {
  const kinds = steps.flatMap((step) => (step.kind === "object" ? [step.manifest.kind] : []));
  return new Map([...Map.groupBy(kinds, (kind) => kind)].sort().map(([kind, all]) => [kind, all.length]));
}

/** Leaves out what another one that a unit waits for waits for itself. */
function reduced(units: readonly PlatformUnit[]): readonly PlatformUnit[] {
  const direct = new Map(units.map(({ name, waitsFor }) => [name, waitsFor]));
  const all = (names: readonly string[], seen = new Set<string>()): ReadonlySet<string> => {
    for (const name of names.filter((each) => !seen.has(each))) {
      seen.add(name);
      all(direct.get(name) ?? [], seen);
    }
    return seen;
  };
  const fewest = (names: readonly string[], also: readonly string[] = []): readonly string[] => {
    const implied = new Set([...names, ...also].flatMap((name) => [...all(direct.get(name) ?? [])]));
    return names.filter((name) => !implied.has(name)).sort();
  };
  return units.map((unit) => ({
    ...unit,
    waitsFor: fewest(unit.waitsFor),
    after: { ...unit.after, waitsFor: fewest(unit.after.waitsFor, [unit.name]) },
  }));
}
