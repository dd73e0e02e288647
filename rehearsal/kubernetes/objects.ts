import { createHash } from "node:crypto";
import { isRecord, textOf } from "../../lib/record.ts";
import { durations } from "../durations.ts";
import { type Context, type Created, type Existing, type Props, type ResourceModel, ServiceError } from "../model.ts";
import { objectKey } from "./api.ts";
import { contentFault, secretData } from "./content.ts";
import { apiVersion, type Kind, replaceOn } from "./kinds.ts";
import { annotationFaults, labelFaults, nameFault } from "./names.ts";
import { objectNeeds } from "./needs.ts";
import { combined, readiness } from "./readiness/index.ts";
import { ingress } from "./readiness/ingress.ts";
import { alreadyExists, expectNamespace, expectWebhooks, refused, servedScope, type Target } from "./refusals.ts";
import { settled, uid } from "./status.ts";

/** Finds the API server that a request goes to. @throws ServiceError when it does not answer. */
export type Connect = (context: Context) => Target;

/** Virtual seconds that Pulumi waits for an object of these kinds (pulumi-kubernetes, provider/pkg/await). */
const patience = 600;
const autonamed = "pulumi.com/autonamed";

const isSecret = ({ group, kind }: Kind): boolean => group === "" && kind === "Secret";

/**
 * A Secret with everything in `data`, which is what the provider's check makes of one and what the API server returns.
 * Source: pulumi-kubernetes, provider/pkg/clients/unstructured.go (normalizeSecret).
 */
function withData({ stringData, ...inputs }: Props): Props {
  return stringData === undefined ? inputs : { ...inputs, data: secretData({ ...inputs, stringData }) };
}

/** Source: kubernetes.io/docs/reference/labels-annotations-taints, kubernetes.io/metadata.name */
function addedLabels({ group, kind }: Kind, { name, metadata }: Named): Props {
  if (group !== "" || kind !== "Namespace") return {};
  return { labels: { ...texts(metadata.labels), "kubernetes.io/metadata.name": name } };
}

/** Kinds without a desired state of their own have no generation. Source: the strategies in kubernetes/pkg/registry */
function countsGenerations({ group, kind }: Kind): boolean {
  return group === "" ? kind === "Pod" : !["rbac.authorization.k8s.io", "storage.k8s.io"].includes(group);
}

interface Named {
  readonly name: string;
  readonly namespace: string | undefined;
  /** `<namespace>/<name>`, or the name alone. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Any kind of object, Kubernetes' own or custom, as a Pulumi resource. */
export function objectModel(kind: Kind, connect: Connect, startedAt: Date): ResourceModel {
  let creations = 0;
  let version = 1000;

  const check = (inputs: Props, target: Target): Named => {
    const given = isRecord(inputs.metadata) ? inputs.metadata : {};
    const scope = servedScope(target, kind, textOf(given.namespace));
    const named = nameOf({ given, scope, context: target.context, creation: creations });
    const faults = [
      ...[nameFault(kind, named.name)].flatMap((fault) =>
        fault === undefined ? [] : [`metadata.name: Invalid value: "${named.name}": ${fault}`],
      ),
      ...labelFaults(texts(given.labels)),
      ...annotationFaults(texts(given.annotations)),
    ];
    if (faults.length > 0) {
      const group = kind.group === "" ? "" : `.${kind.group}`;
      throw refused(named.id, `${kind.kind}${group} "${named.name}" is invalid: ${faults.join(", ")}`, "Invalid");
    }
    if (named.namespace !== undefined) expectNamespace(target, named.namespace, named.id);
    const content = contentFault(kind, named.name, inputs);
    if (content !== undefined) throw refused(named.id, content, "Invalid");
    expectWebhooks(target, kind, named.id);
    return named;
  };

  const store = ({ api, context }: Target, { namespace, name }: Named, inputs: Props): void =>
    void api.objects.set(objectKey(kind, namespace, name), {
      ...{ urn: context.urn, kind, namespace, name, inputs, from: context.now },
    });

  const outputs = (inputs: Props, named: Named, created: { readonly at: number; readonly seed: string }): Props => ({
    apiVersion: apiVersion(kind),
    kind: kind.kind,
    ...(isSecret(kind) ? { type: "Opaque", ...withData(inputs) } : inputs),
    ...(kind.group === "" || kind.group === "apps" || kind.group === "batch" || kind.group === "networking.k8s.io"
      ? settled(kind.kind, inputs, created.seed)
      : {}),
    metadata: {
      ...named.metadata,
      ...addedLabels(kind, named),
      name: named.name,
      ...(named.namespace === undefined ? {} : { namespace: named.namespace }),
      uid: uid(created.seed),
      resourceVersion: String(version++),
      creationTimestamp: new Date(startedAt.getTime() + Math.max(0, created.at) * 1000)
        .toISOString()
        .replace(/\.\d+/, ""),
      ...(countsGenerations(kind) ? { generation: 1 } : {}),
    },
  });

  return {
    replaceOn: replaceOn(kind),
    ...(isSecret(kind)
      ? { secretInputs: ["data", "stringData"], secretOutputs: ["data", "stringData"], check: withData }
      : {}),
    // An autonamed object's successor has another name.
    deleteBeforeReplace: (inputs) => isRecord(inputs.metadata) && textOf(inputs.metadata.name) !== undefined,
    create(inputs, context): Created {
      const target = connect(context);
      const named = check(inputs, target);
      const owner = target.api.objects.get(objectKey(kind, named.namespace, named.name));
      if (owner !== undefined && !upserts(context)) throw alreadyExists(kind, named.id, named.name, owner.urn);
      creations++;
      const ready = awaited(kind, inputs, named, target);
      store(target, named, inputs);
      const seed = `${context.urn}#${creations}`;
      return {
        id: named.id,
        outputs: outputs(inputs, named, { at: context.now, seed }),
        seconds: ready - context.now + durations.kubernetes.object,
      };
    },
    update(inputs, old, context) {
      const target = connect(context);
      const before = isRecord(old.outputs.metadata) ? old.outputs.metadata : {};
      const given = isRecord(inputs.metadata) ? inputs.metadata : {};
      // What was named by the provider keeps its name.
      const kept = { ...inputs, metadata: { ...given, name: textOf(given.name) ?? textOf(before.name) } };
      const named = check(kept, target);
      const ready = awaited(kind, inputs, named, target);
      store(target, named, inputs);
      const made = outputs(kept, named, { at: 0, seed: old.id });
      const metadata = isRecord(made.metadata) ? made.metadata : {};
      const { uid: id, creationTimestamp } = before;
      return {
        outputs: { ...made, metadata: { ...metadata, uid: id, creationTimestamp } },
        seconds: ready - context.now + durations.kubernetes.object,
      };
    },
    delete(old, context) {
      const target = reachable(connect, context);
      if (target === undefined) return 0;
      const [namespace, name] = place(old.id);
      target.api.objects.delete(objectKey(kind, namespace, name));
      if (kind.group !== "" || kind.kind !== "Namespace") return durations.kubernetes.object;
      removeContents(target, name);
      return durations.kubernetes.namespaceDelete;
    },
    read(id, _inputs, context): Existing {
      const target = connect(context);
      const [namespace, name] = place(id);
      const found = target.api.objects.get(objectKey(kind, namespace, name));
      if (found === undefined) throw new ServiceError("NotFound", `resource ${id} of kind ${kind.kind} does not exist`);
      const named = {
        name,
        namespace,
        id,
        metadata: isRecord(found.inputs.metadata) ? found.inputs.metadata : {},
      };
      return { id, inputs: found.inputs, outputs: outputs(found.inputs, named, { at: 0, seed: id }) };
    },
  };
}

/** `Patch` resources: they change what somebody else has made, and leave it where it is when they are deleted. */
export function patchModel(kind: Kind, connect: Connect): ResourceModel {
  const apply = (inputs: Props, context: Context) => {
    const target = connect(context);
    const given = isRecord(inputs.metadata) ? inputs.metadata : {};
    const name = textOf(given.name);
    if (name === undefined)
      throw new ServiceError(
        "Invalid",
        `${context.name}: a Patch resource needs metadata.name: it names what is changed`,
      );
    const scope = servedScope(target, kind, textOf(given.namespace));
    const namespace = scope === "Namespaced" ? (textOf(given.namespace) ?? "default") : undefined;
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    if (namespace !== undefined) expectNamespace(target, namespace, id);
    const metadata = { ...given, ...(namespace === undefined ? {} : { namespace }) };
    return {
      id,
      outputs: { apiVersion: apiVersion(kind), kind: kind.kind, ...inputs, metadata },
      seconds: durations.kubernetes.object,
    };
  };
  return {
    replaceOn: ["metadata.name", "metadata.namespace"],
    create: apply,
    update: (inputs, _old, context) => apply(inputs, context),
    delete: () => durations.kubernetes.object,
  };
}

function nameOf(args: {
  readonly given: Readonly<Record<string, unknown>>;
  readonly scope: "Namespaced" | "Cluster";
  readonly context: Context;
  readonly creation: number;
}): Named {
  const { given, context } = args;
  const fixed = textOf(given.name);
  const suffix = createHash("sha256").update(`${context.urn}#${args.creation}`).digest("hex").slice(0, 8);
  const name = fixed ?? `${textOf(given.generateName) ?? `${context.name}-`}${suffix}`;
  const provided = textOf(context.provider?.inputs.namespace);
  const namespace = args.scope === "Cluster" ? undefined : (textOf(given.namespace) ?? provided ?? "default");
  const annotations = { ...texts(given.annotations), [autonamed]: "true" };
  return {
    name,
    namespace,
    id: namespace === undefined ? name : `${namespace}/${name}`,
    metadata: fixed === undefined ? { ...given, annotations } : given,
  };
}

/** Virtual time at which Pulumi stops waiting for the object. @throws ServiceError when it never becomes ready. */
function awaited(kind: Kind, inputs: Props, named: Named, target: Target): number {
  const { context } = target;
  if (texts(named.metadata.annotations)["pulumi.com/skipAwait"] === "true") return context.now;
  const subject = context.name;
  const deadline = context.now + patience;
  const ready = ((): ReturnType<typeof combined> | undefined => {
    if (kind.group === "networking.k8s.io" && kind.kind === "Ingress") {
      const verdict = ingress({ ...target, inputs, now: context.now, subject });
      return combined([verdict], { now: context.now, deadline, subject }, context);
    }
    const needs = ["", "apps", "batch"].includes(kind.group) ? objectNeeds(kind.kind, inputs) : undefined;
    return needs === undefined
      ? undefined
      : readiness({ ...target, needs, now: context.now, deadline, subject }, context);
  })();
  if (ready === undefined) return context.now;
  if (ready.kind === "never") {
    throw new ServiceError(
      "Timeout",
      `the Kubernetes API server reported that "${named.id}" failed to fully initialize or become live: '${named.name}' timed out waiting to be Ready. In the rehearsal: ${ready.reason}: ${ready.remedy}`,
    );
  }
  const addressed = kind.kind === "Ingress" || kind.kind === "Service";
  return ready.time + (addressed ? durations.kubernetes.address : durations.kubernetes.workload);
}

/** With `deleteUnreachable` a cluster that does not answer counts as one where nothing is left. */
export function reachable(connect: Connect, context: Context): Target | undefined {
  try {
    return connect(context);
  } catch (error) {
    const flag = context.provider?.inputs.deleteUnreachable;
    if (flag === true || flag === "true") return undefined;
    throw error;
  }
}

function removeContents({ api }: Target, namespace: string): void {
  for (const [key, object] of api.objects) if (object.namespace === namespace) api.objects.delete(key);
  for (const [key, release] of api.releases) if (release.namespace === namespace) api.releases.delete(key);
}

function upserts(context: Context): boolean {
  const flag = context.provider?.inputs.upsertExistingObjects;
  return flag === true || flag === "true";
}

function place(id: string): [namespace: string | undefined, name: string] {
  const slash = id.indexOf("/");
  return slash < 0 ? [undefined, id] : [id.slice(0, slash), id.slice(slash + 1)];
}

function texts(value: unknown): Readonly<Record<string, string>> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])) : {};
}
