import { z } from "zod";
import { readInputs } from "../../inputs.ts";
import { type ProviderModel, type ResourceModel, ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import { createMakers } from "../shared/findings.ts";
import type { HetznerOptions } from "./domain/state.ts";
import { catalogueFunctions } from "./door/catalogue-functions.ts";
import { type Door, type Resources, token } from "./door/door.ts";
import { firewallResources } from "./door/firewalls.ts";
import { loadBalancerParts } from "./door/load-balancer-parts.ts";
import { loadBalancerResources } from "./door/load-balancers.ts";
import { networkResources } from "./door/networks.ts";
import { otherResources } from "./door/others.ts";
import { projectFunctions } from "./door/project-functions.ts";
import { routeFindings } from "./door/route-findings.ts";
import { serverResources } from "./door/servers.ts";
import { volumeResources } from "./door/volumes.ts";
import { createModel, type HetznerModel } from "./model.ts";

export type { HetznerOptions } from "./domain/state.ts";

/** `pulumi:providers:hcloud`: its token is checked before anything is asked of the project. */
function providerResource(model: HetznerModel): ResourceModel {
  const inputs = z.object({ token: z.string().optional() });
  return {
    secretOutputs: ["token"],
    create(given, context) {
      model.authorize(readInputs(inputs, given).token);
      return { id: digest("hcloud", context.urn).slice(0, 16), outputs: {}, seconds: 0 };
    },
    update(given) {
      model.authorize(readInputs(inputs, given).token);
      return { outputs: {}, seconds: 0 };
    },
    delete: () => 0,
  };
}

/** `@pulumi/hcloud` 1.41.0 on a simulated project. */
export function createProvider(model: HetznerModel): ProviderModel {
  const door: Door = { model, makers: createMakers(), privateServers: new Map() };
  const resources: Resources = {
    "pulumi:providers:hcloud": providerResource(model),
    ...networkResources(door),
    ...serverResources(door),
    ...firewallResources(door),
    ...loadBalancerResources(door),
    ...loadBalancerParts(door),
    ...volumeResources(door),
    ...otherResources(door),
  };
  const functions = {
    ...catalogueFunctions(door),
    ...projectFunctions(door, (resource, id) => readOutputs(resources, resource, id)),
  };
  return {
    name: "hcloud",
    resource: (type) => resources[type],
    function: (name) => functions[name],
    finish: () => routeFindings(door),
  };
}

function readOutputs(resources: Resources, resource: string, id: string) {
  const found = resources[token(resource)]?.read?.(id, {}, neverAsked);
  if (found === undefined || found instanceof Promise)
    throw new ServiceError("not_found", `${resource} ${id} cannot be read`);
  return found.outputs;
}

/** Reading a thing of the project needs nothing from the engine. */
const neverAsked = {
  urn: "",
  type: "",
  name: "",
  project: "",
  stack: "",
  now: 0,
  dependencies: new Set<string>(),
  finding(): never {
    throw new Error("a data source reports no findings");
  },
};

/** A project of the Hetzner Cloud, and the Pulumi provider that works on it. */
export function createHetzner(options: HetznerOptions): {
  readonly model: HetznerModel;
  readonly provider: ProviderModel;
} {
  const model = createModel(options);
  return { model, provider: createProvider(model) };
}
