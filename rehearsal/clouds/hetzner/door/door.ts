import { z } from "zod";
import { type Context, type Existing, type Props, type ResourceModel, ServiceError } from "../../../model.ts";
import { digest } from "../../shared/digest.ts";
import type { Makers } from "../../shared/findings.ts";
import type { HetznerModel } from "../model.ts";

/** What every resource of the Pulumi door works with. */
export interface Door {
  readonly model: HetznerModel;
  readonly makers: Makers;
  /** Servers that have no way out but their networks' routes: server id -> the resource that made it. */
  readonly privateServers: Map<
    number,
    { readonly urn: string; readonly name: string; readonly dependencies: ReadonlySet<string> }
  >;
}

/** Type token -> model. */
export type Resources = Readonly<Record<string, ResourceModel>>;

export const token = (name: string): string => `hcloud:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

/** Ids are strings in Pulumi's state and numbers in the provider's schema; its bridge takes either. */
export const id = z.coerce.number().int();

export const labels = z.record(z.string(), z.string()).default({});

/** A name of the engine's making, for a resource that was given none: seven hex digits after its own. */
export function nameOf(given: string | undefined, context: Context): string {
  return given ?? `${context.name}-${digest(context.urn).slice(0, 7)}`;
}

/**
 * A resource with a name of the program's choosing is deleted before it is replaced: Pulumi's Terraform bridge does so
 * for every one that could have been given a name of the engine's making.
 */
export const whenNamed = (inputs: Props): boolean => inputs.name !== undefined;

/** Virtual seconds that the real service usually takes. Observed orders of magnitude, not promises. */
export const seconds = {
  quick: 1,
  network: 2,
  subnet: 3,
  route: 3,
  attach: 4,
  firewall: 2,
  serverCreate: 25,
  serverDelete: 8,
  power: 6,
  rescale: 60,
  loadBalancer: 10,
  loadBalancerChange: 3,
  primaryIp: 2,
  volume: 8,
  certificate: 2,
} as const;

/** The provider takes a thing that is gone for deleted. */
export function unlessGone(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === "not_found")) throw error;
  }
}

/** Runs a request whose goal is reached already when the service refuses it with `code`. */
export function unlessRefused(code: string, request: () => void): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === code)) throw error;
  }
}

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The fields of `wanted` that differ from `present`; undefined when none does. */
export function changed<Fields extends Record<string, unknown>>(
  wanted: Fields,
  present: Readonly<Record<string, unknown>>,
): Partial<Fields> | undefined {
  const entries = Object.entries(wanted).filter(([key, value]) => value !== undefined && !same(value, present[key]));
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<Fields>);
}

/** A `read` that looks a thing up by its number. */
export function readBy(outputs: (id: number) => Props): NonNullable<ResourceModel["read"]> {
  return (text): Existing => {
    const found = outputs(Number(text));
    return { id: text, inputs: found, outputs: found };
  };
}

/** Reads the id of a subnet resource, `<network id>-<ip range>`. */
export function readSubnetId(text: string): { readonly network: number; readonly ip_range: string } {
  const [network = "", ip_range = ""] = [text.slice(0, text.indexOf("-")), text.slice(text.indexOf("-") + 1)];
  if (!/^\d+$/.test(network) || !ip_range.includes("/"))
    throw new ServiceError("InvalidInput", `subnetId: '${text}' is no id of a NetworkSubnet`);
  return { network: Number(network), ip_range };
}
