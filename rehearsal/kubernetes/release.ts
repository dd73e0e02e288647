import { createHash } from "node:crypto";
import { z } from "zod";
import { isRecord } from "../../lib/record.ts";
import { durations } from "../durations.ts";
import { readInputs } from "../inputs.ts";
import { type Context, type Existing, type Props, type ResourceModel, ServiceError } from "../model.ts";
import { findKind, type InstalledRelease, objectKey } from "./api.ts";
import { type ChartFacts, type Charts, chartName, neededKinds } from "./charts.ts";
import { plural } from "./kinds.ts";
import { networkCharts, releaseNeeds } from "./needs.ts";
import type { Connect } from "./objects.ts";
import { expectDependency, readiness } from "./readiness/index.ts";
import { expectNamespace, nameIn, type Target } from "./refusals.ts";

// Source: pulumi-kubernetes, provider/pkg/provider/helm_release.go.
const releaseInputs = z.looseObject({
  chart: z.string(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  version: z.string().optional(),
  repositoryOpts: z.looseObject({ repo: z.string().optional() }).optional(),
  values: z.record(z.string(), z.unknown()).default({}),
  skipAwait: z.boolean().default(false),
  createNamespace: z.boolean().default(false),
  atomic: z.boolean().default(false),
  skipCrds: z.boolean().default(false),
  /** Seconds; 0 is the default too. */
  timeout: z.number().int().default(0),
});
type Inputs = z.output<typeof releaseInputs>;

const defaultTimeout = 300;

const switches =
  "allowNullValues atomic cleanupOnFail createNamespace dependencyUpdate devel disableCRDHooks disableOpenapiValidation disableWebhooks forceUpdate lint recreatePods renderSubchartNotes replace resetValues reuseValues skipAwait skipCrds verify waitForJobs";
const fields = (names: string, value: unknown): Props =>
  Object.fromEntries(names.split(" ").map((name) => [name, value]));
const repositoryDefaults = fields("caFile certFile keyFile password username", "");

/** The provider's check reads inputs into a structure whose fields all have a value, and writes that back. */
function withDefaults({ compat: _, repositoryOpts, ...given }: Props): Props {
  return {
    ...fields(switches, false),
    ...fields("description keyring postrender", ""),
    ...(given.skipAwait === true ? {} : { timeout: defaultTimeout }),
    ...given,
    ...(isRecord(repositoryOpts) ? { repositoryOpts: { ...repositoryDefaults, ...repositoryOpts } } : {}),
  };
}
/** Virtual seconds from the start of an installation until its custom kinds are served. [estimate] */
const kindsAfter = 3;

/** `kubernetes:helm.sh/v3:Release`: a real Helm installation, awaited unless told otherwise. */
export function releaseModel(connect: Connect, charts: Charts): ResourceModel {
  return {
    replaceOn: ["name", "namespace"],
    check: withDefaults,
    create(given, context) {
      const inputs = readInputs(releaseInputs, given);
      const target = connect(context);
      const { name, namespace } = placeOf(inputs, context);
      const key = `${namespace}/${name}`;
      expectReleaseName(name);
      expectHome(target, inputs, namespace, name);
      const taken = target.api.releases.get(key);
      if (taken !== undefined) {
        throw new ServiceError(
          "NameInUse",
          `cannot re-use a name that is still in use. In the rehearsal: the release ${key} was made by ${nameIn(taken.urn)}`,
        );
      }
      const installed = install({
        inputs,
        target,
        name,
        namespace,
        facts: charts(inputs.chart, inputs.repositoryOpts?.repo),
        revision: 1,
      });
      target.api.releases.set(key, installed.release);
      return { id: key, outputs: outputsOf(given, inputs, installed.release), seconds: installed.seconds };
    },
    update(given, old, context) {
      const inputs = readInputs(releaseInputs, given);
      const target = connect(context);
      const [namespace = "", name = ""] = old.id.split("/");
      const before = target.api.releases.get(old.id);
      const facts = charts(inputs.chart, inputs.repositoryOpts?.repo);
      const installed = install({ inputs, target, name, namespace, facts, revision: (before?.revision ?? 0) + 1 });
      // Pods of the old revision answer until the new ones do.
      const kept =
        before === undefined
          ? {}
          : { installedAt: before.installedAt, readyAt: Math.min(before.readyAt, installed.release.readyAt) };
      target.api.releases.set(old.id, { ...installed.release, ...kept });
      return { outputs: outputsOf(given, inputs, installed.release), seconds: installed.seconds };
    },
    delete(old, context) {
      // deleteUnreachable is not heeded here (pulumi/pulumi-kubernetes#2675).
      const { api, cluster } = connect(context);
      const gone = api.releases.get(old.id);
      api.releases.delete(old.id);
      const networks = [...api.releases.values()].some(({ chart }) => networkCharts.has(chartName(chart)));
      if (
        gone !== undefined &&
        networkCharts.has(chartName(gone.chart)) &&
        !networks &&
        !cluster.settings.bundledNetwork
      ) {
        cluster.networkAt = Number.POSITIVE_INFINITY;
      }
      return durations.kubernetes.uninstall;
    },
    read(id, _inputs, context): Existing {
      const found = connect(context).api.releases.get(id);
      if (found === undefined) throw new ServiceError("NotFound", `release: not found: ${id}`);
      const { chart, name, namespace, values } = found;
      const inputs = { chart, name, namespace, values };
      return { id, inputs, outputs: outputsOf(inputs, readInputs(releaseInputs, inputs), found) };
    },
  };
}

interface Installation {
  readonly inputs: Inputs;
  readonly target: Target;
  readonly name: string;
  readonly namespace: string;
  readonly facts: ChartFacts | undefined;
  readonly revision: number;
}

function install({ inputs, target, name, namespace, facts, revision }: Installation): {
  readonly release: InstalledRelease;
  readonly seconds: number;
} {
  const { context, cluster, api } = target;
  for (const kind of neededKinds(inputs.chart, facts, inputs.values)) expectKind(target, kind, facts);
  const timeout = inputs.timeout === 0 ? defaultTimeout : inputs.timeout;
  const { charts: known, release: usual } = durations.kubernetes;
  const takes = facts?.seconds ?? (facts?.pods === false ? kindsAfter : (known[chartName(inputs.chart)] ?? usual));
  const situation = {
    cluster,
    api,
    needs: releaseNeeds(inputs.chart, inputs.values, facts),
    now: context.now,
    subject: context.name,
  };
  const base = {
    ...{ urn: context.urn, resource: context.name, name, namespace, chart: inputs.chart, values: inputs.values },
    ...{ facts, revision, installedAt: context.now + kindsAfter },
  };
  if (inputs.skipAwait) {
    // Its pods come when they can; nobody is told.
    return { release: { ...base, readyAt: context.now + takes }, seconds: kindsAfter };
  }
  const ready = readiness({ ...situation, deadline: context.now + timeout }, context);
  const late = ready.kind === "from" && ready.time + takes > context.now + timeout;
  if (ready.kind === "never" || late) {
    const reason =
      ready.kind === "never"
        ? `${ready.reason}: ${ready.remedy}`
        : `it is ready about ${Math.ceil(ready.time + takes - context.now)} s from now: raise its timeout`;
    throw new ServiceError(
      "Timeout",
      `Helm release "${namespace}/${name}" was created, but failed to initialize completely. Use Helm CLI to investigate: failed to become available within allocated timeout. Error: Helm Release ${namespace}/${name}: context deadline exceeded (${timeout}s). In the rehearsal: ${reason}`,
    );
  }
  const readyAt = ready.time + takes;
  if (networkCharts.has(chartName(inputs.chart))) cluster.networkAt = Math.min(cluster.networkAt, readyAt);
  return { release: { ...base, readyAt }, seconds: readyAt - context.now };
}

/** Helm looks up every object's kind before it makes the first. */
function expectKind({ api, context }: Target, needed: string, own: ChartFacts | undefined): void {
  const [group = "", version = "", kind = ""] = needed.split("/");
  if (own?.kinds.some((each) => each.group === group && each.kind === kind)) return;
  const known = findKind(api, { group, version, kind, patch: false });
  const present = known?.bringers.filter(({ from }) => from <= context.now) ?? [];
  const [first] = present;
  if (first === undefined) {
    throw new ServiceError(
      "NoKindMatch",
      `unable to build kubernetes objects from release manifest: resource mapping not found for name: "${context.name}" namespace: "" from "": no matches for kind "${kind}" in version "${group}/${version}"\nensure CRDs are installed first. In the rehearsal: ${context.name} has to wait for the release that brings them, such as prometheus-operator-crds`,
    );
  }
  if (present.some(({ urn }) => urn === undefined || context.dependencies.has(urn))) return;
  expectDependency({ ...first, gives: `the kind ${group}/${kind}` }, context.name, context);
}

function expectHome(target: Target, inputs: Inputs, namespace: string, name: string): void {
  const { api, context } = target;
  const kind = { group: "", kind: "Namespace" };
  const key = objectKey(kind, undefined, namespace);
  if (!inputs.createNamespace) {
    expectNamespace(target, namespace, `${namespace}/${name}`);
  } else if (!api.objects.has(key)) {
    api.objects.set(key, {
      ...{ urn: context.urn, kind, namespace: undefined, name: namespace, inputs: {} },
      from: context.now,
    });
  }
}

function expectReleaseName(name: string): void {
  if (name.length <= 53 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) return;
  throw new ServiceError(
    "Invalid",
    `invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53: "${name}"`,
  );
}

function placeOf(inputs: Inputs, context: Context): { readonly name: string; readonly namespace: string } {
  const provided = context.provider?.inputs.namespace;
  const suffix = createHash("sha256").update(context.urn).digest("hex").slice(0, 8);
  return {
    name: inputs.name ?? `${context.name}-${suffix}`,
    namespace: inputs.namespace ?? (typeof provided === "string" && provided !== "" ? provided : "default"),
  };
}

function outputsOf(given: Props, inputs: Inputs, release: InstalledRelease): Props {
  const { name, namespace, revision, facts } = release;
  const version = inputs.version ?? "";
  const services = (facts?.services ?? [])
    .map((service) => `${service.namespace ?? namespace}/${service.name}`)
    .toSorted();
  const definitions = (facts?.kinds ?? []).map(({ group, kind }) => `${plural(kind)}.${group}`).toSorted();
  return {
    ...given,
    name,
    namespace,
    resourceNames: {
      ...(definitions.length === 0
        ? {}
        : { "CustomResourceDefinition.apiextensions.k8s.io/apiextensions.k8s.io/v1": definitions }),
      ...(services.length === 0 ? {} : { "Service/v1": services }),
    },
    status: {
      ...{ appVersion: version.replace(/^v/, ""), chart: chartName(release.chart) },
      ...{ name, namespace, revision, status: "deployed", version },
    },
  };
}
