import { type Lookup, record, text } from "./lookups.ts";
import type { Props } from "./state.ts";

/** @param type such as `kubernetes:core/v1:Namespace` */
export function kubernetesLookup(type: string, inputs: Props): Lookup {
  if (type === "kubernetes:helm.sh/v3:Release") {
    const [namespace, name] = [text(inputs, "namespace"), text(inputs, "name")];
    return namespace === undefined || name === undefined ? { kind: "absent" } : { kind: "release", namespace, name };
  }
  const metadata = record(inputs.metadata);
  const [apiVersion, object] = [text(inputs, "apiVersion"), text(inputs, "kind")];
  const [name, namespace] = [text(metadata, "name"), text(metadata, "namespace")];
  if (apiVersion === undefined || object === undefined || name === undefined)
    return { kind: "unknown", why: `it does not say its apiVersion, kind and name` };
  return { kind: "object", apiVersion, object, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Whether Pulumi wrote an object: it applies them under a field manager of that name (pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply). */
export function isPulumis(metadata: { readonly managedFields?: readonly { readonly manager?: string }[] }): boolean {
  return (metadata.managedFields ?? []).some(({ manager = "" }) => manager.startsWith("pulumi-"));
}
