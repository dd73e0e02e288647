/** The monitor's requests, taken off the wire once and for all. */
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { RecordedOptions } from "../recording.ts";
import type { Alias } from "./aliases.ts";
import type { Registration } from "./decide.ts";
import { isProviderType, providerUrn } from "./urn.ts";
import { decode } from "./values.ts";

export interface RegisterRequest extends Registration {
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly opaque: ReadonlySet<string>;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly aliases: readonly Alias[];
}

export function readRegistration(request: RegisterResourceRequest): RegisterRequest {
  const decoded = decode(request.getObject()?.toJavaScript() ?? {});
  const parent = request.getParent();
  const dependencies = new Set([...request.getDependenciesList(), ...decoded.dependencies]);
  const aliases = readAliases(request);
  return {
    type: request.getType(),
    name: request.getName(),
    ...(parent === "" ? {} : { parent }),
    custom: request.getCustom(),
    inputs: { ...decoded.values, ...versionOf(request) },
    opaque: decoded.opaque,
    dependencies: [...dependencies],
    propertyDependencies: readPropertyDependencies(request),
    replaceWith: request.getReplaceWithList(),
    aliases,
    options: readOptions(request, aliases),
  };
}

/** The engine writes a provider's version among its inputs, so that another one is a change. */
function versionOf(request: RegisterResourceRequest): { readonly version?: string } {
  const version = request.getVersion();
  return isProviderType(request.getType()) && version !== "" ? { version } : {};
}

function readPropertyDependencies(request: RegisterResourceRequest): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, property) => {
    const urns = dependencies.getUrnsList();
    if (urns.length > 0) found[property] = urns;
  });
  return found;
}

function readOptions(request: RegisterResourceRequest, aliases: readonly Alias[]): RecordedOptions {
  const provider = request.getProvider();
  const trigger = request.getReplacementTrigger();
  const given = request.getCustomtimeouts();
  const timeouts = present({
    create: given?.getCreate(),
    update: given?.getUpdate(),
    delete: given?.getDelete(),
  });
  const options = {
    protect: request.hasProtect() ? request.getProtect() : undefined,
    provider: provider === "" ? undefined : providerUrn(provider),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    deletedWith: request.getDeletedwith(),
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: Object.keys(timeouts).length === 0 ? undefined : timeouts,
    replacementTrigger: trigger === undefined ? undefined : decode({ trigger: trigger.toJavaScript() }).values.trigger,
    aliases: aliases.map((alias) => ("urn" in alias ? alias.urn : JSON.stringify(alias))),
  };
  return present(options);
}

/** Without what was left at its default: undefined, an empty text, an empty list. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const isSet = (value: unknown) =>
    value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value))) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readAliases(request: RegisterResourceRequest): Alias[] {
  const urns = request.getAliasurnsList().map((urn) => ({ urn }));
  const structured = request.getAliasesList().map((alias): Alias => {
    const spec = alias.getSpec();
    if (spec === undefined) return { urn: alias.getUrn() };
    return present({
      name: spec.getName(),
      type: spec.getType(),
      stack: spec.getStack(),
      project: spec.getProject(),
      parent: spec.getParenturn(),
      noParent: spec.getNoparent() ? true : undefined,
    });
  });
  return [...urns, ...structured];
}
