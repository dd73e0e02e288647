/** Names of resources: `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`. */

export const stackType = "pulumi:pulumi:Stack";
export const stackReferenceType = "pulumi:pulumi:StackReference";

export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string | undefined;
}

export function createUrn({ stack, project, type, name, parent }: UrnParts): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const prefix = parentType === "" || parentType === stackType ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

/** The type of a URN's resource, with those of its parents before it. */
export function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}

export function typeOf(urn: string): string {
  return qualifiedType(urn).split("$").at(-1) ?? "";
}

/** A logical name may itself hold `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The package of a type or function token: what comes before the first colon. */
export function packageOf(token: string): string {
  return token.slice(0, token.indexOf(":"));
}

export function isProviderType(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/** The URN inside a provider reference `<urn>::<id>`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}
