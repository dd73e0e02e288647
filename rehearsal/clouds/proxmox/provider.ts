import type { ProviderModel } from "../../model.ts";
import type { ProxmoxOptions } from "./domain/state.ts";
import { fileResources } from "./door/files.ts";
import { type Door, providerResource, type Resources } from "./door/session.ts";
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
  return { name: "proxmoxve", resource: (type) => resources[type] };
}

/** A Proxmox VE cluster, and the Pulumi provider that works on it. */
export function createProxmox(options: ProxmoxOptions): {
  readonly model: ProxmoxModel;
  readonly provider: ProviderModel;
} {
  const model = createModel(options);
  return { model, provider: createProvider(model) };
}
