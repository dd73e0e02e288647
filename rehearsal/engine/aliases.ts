import { createUrn, nameOf, typeOf } from "./urn.ts";

/** One former identity, as a program gives it: a whole URN, or what was different. */
export type Alias =
  | { readonly urn: string }
  | {
      readonly name?: string;
      readonly type?: string;
      readonly stack?: string;
      readonly project?: string;
      /** Former parent; absent: the present one. */
      readonly parent?: string;
      readonly noParent?: boolean;
    };

export interface AliasArgs {
  readonly urn: string;
  readonly stack: string;
  readonly project: string;
  readonly parent: string | undefined;
  /** Former URNs of the parent: its children were under them. */
  readonly parentAliases: readonly string[];
  readonly aliases: readonly Alias[];
}

/** Every URN under which the last run may have left this resource. */
export function formerUrns({ urn, stack, project, parent, parentAliases, aliases }: AliasArgs): string[] {
  const type = typeOf(urn);
  const name = nameOf(urn);
  const found = new Set<string>();
  const inherited = (formerName: string, formerType: string): void => {
    for (const former of parentAliases) {
      // A child named after its parent was named after the parent's former name.
      const renamed = parent !== undefined && formerName.startsWith(nameOf(parent));
      const childName = renamed ? nameOf(former) + formerName.slice(nameOf(parent).length) : formerName;
      found.add(createUrn({ stack, project, type: formerType, name: childName, parent: former }));
    }
  };
  inherited(name, type);
  for (const alias of aliases) {
    if ("urn" in alias) {
      found.add(alias.urn);
      continue;
    }
    const formerParent = alias.noParent ? undefined : (alias.parent ?? parent);
    const formerName = alias.name ?? name;
    const formerType = alias.type ?? type;
    const place = { stack: alias.stack ?? stack, project: alias.project ?? project };
    found.add(createUrn({ ...place, type: formerType, name: formerName, parent: formerParent }));
    if (formerParent === parent) inherited(formerName, formerType);
  }
  found.delete(urn);
  return [...found];
}
