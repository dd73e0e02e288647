import { createUrn } from "../../../rehearsal/engine/urn.ts";
import type { Knowledge } from "../../../rehearsal/findings/rule.ts";
import type { RecordedResource, Recording } from "../../../rehearsal/recording.ts";

export const project = "toys";
export const stack = "test";

export function urn(type: string, name: string): string {
  return createUrn({ project, stack, type, name, parent: undefined });
}

/** A recorded resource, of which a test names only what it is about. */
export function resource(type: string, name: string, more: Partial<RecordedResource> = {}): RecordedResource {
  return {
    urn: urn(type, name),
    type,
    name,
    custom: true,
    id: name,
    dependencies: [],
    propertyDependencies: {},
    options: {},
    inputs: {},
    outputs: {},
    operation: "create",
    start: 0,
    end: 1,
    ...more,
  };
}

export function recording(resources: readonly RecordedResource[], more: Partial<Recording> = {}): Recording {
  return { project, stack, resources, outputs: {}, findings: [], log: [], ...more };
}

export const knowledge: Knowledge = {
  kindsOf: (chart) => (chart === "cert-manager" ? ["cert-manager.io/ClusterIssuer"] : []),
  isKnown: () => true,
  canaries: new Map(),
};

/** Rule, name of the resource, message: what a reader sees of a finding. */
export function brief(findings: readonly { readonly rule: string; readonly urn: string; readonly message: string }[]) {
  return findings.map(({ rule, urn: at, message }) => `${rule} ${at.split("::").at(-1) ?? ""}: ${message}`);
}
