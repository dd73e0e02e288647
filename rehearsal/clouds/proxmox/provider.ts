import type { FunctionModel, ProviderModel } from "../../model.ts";
import type { ProxmoxOptions } from "./domain/state.ts";
import { fileResources } from "./door/files.ts";
import { callerOf, type Door, providerResource, type Resources } from "./door/session.ts";
import { vmResources } from "./door/vms.ts";
import { createModel, type ProxmoxModel } from "./model.ts";

/** `@muhlba91/pulumi-proxmoxve` 8.6.0 on a simulated cluster. `Vm`, marked not for use, is none of its types here. */
export function createProvider(model: ProxmoxModel): ProviderModel {
  const door: Door = { model, hasAgent: (userData) => userData?.includes("qemu-guest-agent") ?? false };
  const resources: Resources = {
    "pulumi:providers:proxmoxve": providerResource(model),
    ...fileResources(door),
    ...vmResources(door),
  };
  const functions: Readonly<Record<string, FunctionModel>> = {
    "proxmoxve:index/getVersion:getVersion": (_, context) => {
      callerOf(door, context);
      const { version, release, repoid } = model.version();
      return { id: "version", version, release, repositoryId: repoid };
    },
  };
  return { name: "proxmoxve", resource: (type) => resources[type], function: (token) => functions[token] };
}

/** A Proxmox VE cluster, and the Pulumi provider that works on it. */
export function createProxmox(options: ProxmoxOptions): {
  readonly model: ProxmoxModel;
  readonly provider: ProviderModel;
} {
  const model = createModel(options);
  return { model, provider: createProvider(model) };
}
