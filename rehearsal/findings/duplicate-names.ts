import { nameOf } from "../engine/urn.ts";
import type { Finding } from "../model.ts";
import { type KubernetesObject, kubernetesObject } from "./kubernetes.ts";
import { present, type Rule } from "./rule.ts";

/** Two resources of one kind with one name in one namespace of one cluster: the second fails, or takes over the first. */
export const duplicateNames: Rule = (recording) => {
  const owners = new Map<string, KubernetesObject>();
  return present(recording).flatMap((resource): Finding[] => {
    const object = kubernetesObject(resource);
    // A patch is meant for an object that somebody else has made.
    if (object?.name === undefined || object.kind.endsWith("Patch")) return [];
    const { group, kind, name, namespace } = object;
    const place = JSON.stringify([resource.options.provider, group, kind, namespace ?? "", name]);
    const owner = owners.get(place);
    owners.set(place, owner ?? object);
    if (owner === undefined) return [];
    const where = namespace === undefined ? "" : ` in the namespace ${namespace}`;
    return [
      {
        rule: "duplicate-name",
        urn: resource.urn,
        message: `it and ${nameOf(owner.resource.urn)} are both the ${kind} "${name}"${where}`,
        remedy: "give one of them another name, or leave one out",
      },
    ];
  });
};
