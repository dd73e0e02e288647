import { type Context, ServiceError } from "../../model.ts";
import type { Host, Hosts } from "../hosts.ts";
import type { Clusters } from "../k3s/clusters.ts";

/** What a step may do to the tailnet. */
export interface Tailnet {
  /**
   * Removes the devices with the host name and all of the tags, and says how many that were.
   * @throws ServiceError when the OAuth client is not allowed to
   */
  remove(
    client: { readonly id: string; readonly secret: string },
    device: { readonly hostname: string; readonly tags: readonly string[] },
  ): number;
  /**
   * Gives the devices with the host name and all of the tags more of them, and says how many had not all.
   * @throws ServiceError when the OAuth client is not allowed to
   */
  tag(
    client: { readonly id: string; readonly secret: string },
    device: { readonly hostname: string; readonly tags: readonly string[]; readonly add: readonly string[] },
  ): number;
}

/** What stands around every step. */
export interface Surroundings {
  readonly hosts: Hosts;
  readonly clusters: Clusters;
  readonly tailnet?: Tailnet;
}

export interface LocalRequest extends Surroundings {
  readonly verb: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** The whole script. */
  readonly text: string;
  /** Virtual time at which the script starts. */
  readonly at: number;
  readonly context: Context;
}

export interface StepRequest extends LocalRequest {
  readonly host: Host;
}

export interface StepResult {
  readonly stdout: string;
  readonly stderr?: string;
  /** Virtual time at which the script ends. */
  readonly until: number;
}

export type Step = (request: StepRequest) => StepResult | Promise<StepResult>;
export type LocalStep = (request: LocalRequest) => StepResult | Promise<StepResult>;

/** The failure of a script that printed `message` and exited, in the provider's words. */
export function exited(request: LocalRequest, message: string): ServiceError {
  const subject = Object.entries(request.parameters).map(([key, value]) => `${key}=${value}`);
  return new ServiceError(
    "ExitStatus1",
    `Process exited with status 1: running step ${[request.verb, ...subject].join(" ")}:\ngroundwork: ${message}`,
  );
}

export function parameter(request: LocalRequest, name: string): string {
  const value = request.parameters[name];
  if (value === undefined) throw exited(request, `${name}: parameter not set`);
  return value;
}

/** Virtual time at which the step's own `timeout` (seconds) ends it. */
export function deadline(request: LocalRequest): number {
  const seconds = Number(request.parameters.timeout ?? "600");
  return request.at + (Number.isFinite(seconds) ? seconds : 600);
}

/** Virtual time at which first boot has ended; fails when that is too late for the step. */
export function bootEnd(request: StepRequest): number {
  const end = Math.max(request.at, request.host.initialisedAt);
  if (end > deadline(request)) {
    throw exited(
      request,
      `this machine is not set up. cloud-init says: status: running. In the rehearsal: ${request.host.name} is set up ${Math.ceil(end - request.at)} s from now`,
    );
  }
  return end;
}
