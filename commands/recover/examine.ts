import { type HelmRecord, type KnownRelease, type ReleaseRemedy, releaseRemedy } from "../../lib/recover/helm.ts";
import { lookupOf } from "../../lib/recover/lookup.ts";
import { type Found, text } from "../../lib/recover/lookups.ts";
import { type Left, type LockHolder, type Plan, planRecovery, type Sight } from "../../lib/recover/plan.ts";
import { type Props, readCreations, readState, type StackResource, type StackState } from "../../lib/recover/state.ts";
import { messageOf } from "../../lib/words.ts";
import type { Cluster } from "./cluster.ts";
import { type Engine, EngineError } from "./engine.ts";
import { lookFor } from "./services.ts";

export interface ExamineArgs {
  readonly stack: string;
  readonly engine: Engine;
  readonly locks: readonly LockHolder[];
  /** Gets a line for each step that takes a while. */
  readonly say: (line: string) => void;
}

/** What has been found, and the cluster of each release by its URN, which is needed again to mend it. */
export interface Examined {
  readonly plan: Plan;
  readonly clusters: ReadonlyMap<string, Cluster>;
}

/** Looks at everything that an interrupted run may have left behind. Changes nothing. */
export async function examine({ stack, engine, locks, say }: ExamineArgs): Promise<Examined> {
  const none = { stack, locks, pending: [], sights: [], releases: [], resources: [] };
  if (locks.some(({ state }) => state !== "gone")) return { plan: planRecovery(none), clusters: new Map() };
  say("reading the state");
  const state = readState(await engine.export({ secrets: true }));
  const clusters = new Clusters(state);
  say("asking the program what it would make");
  const awaiting = new Set(state.resources.filter((each) => each.awaitsReplacement === true).map(({ urn }) => urn));
  const { creations, left } = await creationsOf(engine, stack, awaiting);
  const pending = state.pending.filter(({ operation }) => operation === "creating").map(({ resource }) => resource);
  const isPending = new Set(pending.map(({ urn }) => urn));
  const wanted = [...pending, ...creations.filter(({ urn }) => !isPending.has(urn))];
  say("looking for what exists already");
  const sights = await Promise.all(wanted.map((resource) => look(resource, state, clusters)));
  const { releases, unseen, reached } = await releasesOf({ state, sights, isPending, clusters });
  const { resources } = state;
  const plan = planRecovery({ ...none, pending: state.pending, sights, releases, resources });
  return { plan: { ...plan, left: [...plan.left, ...unseen, ...left] }, clusters: reached };
}

interface Creations {
  readonly creations: readonly StackResource[];
  readonly left: readonly Left[];
}

/** What the next run would make. A program that cannot be previewed may still have told of a part. */
async function creationsOf(engine: Engine, stack: string, awaiting: ReadonlySet<string>): Promise<Creations> {
  try {
    return { creations: readCreations(await engine.preview(), awaiting), left: [] };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return {
      creations: partOf(error.output, awaiting),
      left: [
        {
          about: "the program",
          message: `it cannot be previewed, so what it would make and what is there already was not compared whole: ${error.message}`,
          remedy: `pulumi preview --stack ${stack}; when that passes, recover again`,
        },
      ],
    };
  }
}

function partOf(output: string, awaiting: ReadonlySet<string>): readonly StackResource[] {
  try {
    return readCreations(output, awaiting);
  } catch {
    return [];
  }
}

/** Clusters by the provider that the stack has for them: each is reached once. */
class Clusters {
  readonly #state: StackState;
  readonly #reached = new Map<string, Promise<Cluster>>();

  constructor(state: StackState) {
    this.#state = state;
  }

  /** Undefined when there is no cluster yet. @throws Unreachable */
  of(provider: string | undefined): Promise<Cluster> | undefined {
    const kubeconfig = text(inputsOf(this.#state, provider), "kubeconfig");
    if (provider === undefined || kubeconfig === undefined) return undefined;
    // Only now: the client takes longer to load than all the rest, and many a stack has no cluster yet.
    const reached =
      this.#reached.get(provider) ?? import("./cluster.ts").then(({ Cluster }) => Cluster.reach(kubeconfig));
    this.#reached.set(provider, reached);
    return reached;
  }
}

function inputsOf({ resources }: StackState, provider: string | undefined): Props {
  return resources.find(({ urn }) => urn === provider)?.inputs ?? {};
}

async function look(resource: StackResource, state: StackState, clusters: Clusters): Promise<Sight> {
  const lookup = lookupOf(resource);
  try {
    let found: Found | undefined;
    if (lookup.kind === "ask") found = await lookFor(lookup, inputsOf(state, resource.provider));
    if (lookup.kind === "object") found = await (await clusters.of(resource.provider))?.lookFor(lookup);
    return { resource, lookup, ...(found === undefined ? {} : { found }) };
  } catch (error) {
    return { resource, lookup, failure: messageOf(error) };
  }
}

interface ReleasesArgs {
  readonly state: StackState;
  readonly sights: readonly Sight[];
  /** URNs of what was being made. */
  readonly isPending: ReadonlySet<string>;
  readonly clusters: Clusters;
}

async function releasesOf({ state, sights, isPending, clusters }: ReleasesArgs) {
  const known = new Map<string, StackResource & { readonly isInState: boolean }>();
  for (const { resource } of sights) known.set(resource.urn, { ...resource, isInState: false });
  for (const resource of state.resources) known.set(resource.urn, { ...resource, isInState: true });
  const releases: ReleaseRemedy[] = [];
  const unseen = new Map<string, Left>();
  const reached = new Map<string, Cluster>();
  const records = new Map<string, Promise<readonly HelmRecord[]>>();
  for (const resource of known.values()) {
    const lookup = lookupOf(resource);
    if (lookup.kind !== "release") continue;
    const { namespace, name } = lookup;
    const release: KnownRelease = {
      ...{ urn: resource.urn, namespace, name, wasBeingMade: isPending.has(resource.urn) },
      ...(resource.isInState ? { state: resource.unfinished === true ? "unfinished" : "finished" } : {}),
    };
    try {
      const cluster = await clusters.of(resource.provider);
      if (cluster === undefined) continue;
      reached.set(resource.urn, cluster);
      const listed = records.get(namespace) ?? cluster.records(namespace);
      records.set(namespace, listed);
      const remedy = releaseRemedy(release, await listed);
      if (remedy !== undefined) releases.push(remedy);
    } catch (error) {
      const message = `Helm's records were not read: ${messageOf(error)}`;
      unseen.set(message, { about: "the cluster", message, remedy: "mend the way to it, and recover again" });
    }
  }
  return { releases, unseen: [...unseen.values()], reached };
}
