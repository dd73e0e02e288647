import type { Cluster } from "../command/k3s/cluster.ts";
import { type Context, ServiceError } from "../model.ts";
import { type Api, findKind, objectKey } from "./api.ts";
import { apiVersion, type Kind, plural } from "./kinds.ts";
import { expectDependency } from "./readiness/index.ts";

export interface Target {
  readonly cluster: Cluster;
  readonly api: Api;
  readonly context: Context;
}

export type Scope = "Namespaced" | "Cluster";

/** The scope of a kind that the API server knows now. @throws ServiceError when it does not know it. */
export function servedScope({ api, context }: Target, kind: Kind, namespace: string | undefined): Scope {
  const known = findKind(api, kind);
  const present = known?.bringers.filter(({ from }) => from <= context.now) ?? [];
  if (known === undefined || (known.bringers.length > 0 && present.length === 0)) {
    const later = known?.bringers[0];
    const hint =
      later === undefined
        ? `nothing in this cluster brings the kind: add the release whose chart does, and make ${context.name} depend on it`
        : `${later.resource} brings it, and is not that far yet: make ${context.name} depend on it`;
    throw new ServiceError(
      "NoKindMatch",
      `creation of resource ${context.name} failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: no matches for kind "${kind.kind}" in version "${apiVersion(kind)}". In the rehearsal: ${hint}`,
    );
  }
  const waitedFor = present.some(({ urn }) => urn === undefined || context.dependencies.has(urn));
  const [first] = present;
  if (!waitedFor && first !== undefined) {
    expectDependency({ ...first, gives: `the kind ${kind.group}/${kind.kind}` }, context.name, context);
  }
  // Of an unknown chart's kind only the object tells: with a namespace it is a namespaced one.
  return known.scope ?? (namespace === undefined ? "Cluster" : "Namespaced");
}

/** @throws ServiceError `NotFound` when the namespace does not exist; finds when it is there by luck. */
export function expectNamespace({ api, context }: Target, namespace: string, subject: string): void {
  const found = api.objects.get(objectKey({ group: "", kind: "Namespace" }, undefined, namespace));
  if (found === undefined || found.from > context.now)
    throw refused(subject, `namespaces "${namespace}" not found`, "NotFound");
  expectDependency(
    { urn: found.urn, resource: nameIn(found.urn), gives: `the namespace ${namespace}` },
    context.name,
    context,
  );
}

/** A webhook with failurePolicy Fail stands before its objects from its installation on, and answers when it is ready. */
export function expectWebhooks({ api, context }: Target, kind: Kind, subject: string): void {
  for (const release of api.releases.values()) {
    if (release.installedAt > context.now || release.readyAt <= context.now) continue;
    const guard = release.facts?.webhooks.find(
      (webhook) =>
        webhook.failurePolicy === "Fail" &&
        webhook.group === kind.group &&
        (webhook.kinds?.includes(kind.kind) ?? true),
    );
    if (guard === undefined) continue;
    throw refused(
      subject,
      `Internal error occurred: failed calling webhook "${guard.service}": failed to call webhook: Post "https://${guard.service}.${release.namespace}.svc:443/": no endpoints available for service "${guard.service}". In the rehearsal: ${release.resource} is ready ${Math.ceil(release.readyAt - context.now)} s from now: make ${context.name} depend on it, and do not set skipAwait on it`,
      "InternalError",
    );
  }
}

export function alreadyExists(kind: Kind, subject: string, name: string, owner: string | undefined): ServiceError {
  const group = kind.group === "" ? "" : `.${kind.group}`;
  const whose =
    owner === undefined
      ? "it comes with the cluster: use its Patch resource"
      : `${nameIn(owner)} made it: give one of them another name`;
  return refused(
    subject,
    `${plural(kind.kind)}${group} "${name}" already exists. In the rehearsal: ${whose}`,
    "AlreadyExists",
  );
}

/** The provider's words around whatever the API server says. */
export function refused(subject: string, reason: string, code: string): ServiceError {
  return new ServiceError(
    code,
    `resource ${subject} was not successfully created by the Kubernetes API server: ${reason}`,
  );
}

/** The resource's name in a URN. */
export function nameIn(urn: string | undefined): string {
  return urn?.slice(urn.lastIndexOf("::") + 2) ?? "the cluster";
}
