import type { ProxmoxMachine, ProxmoxModel } from "../clouds/proxmox/model.ts";
import type { Machines } from "./machines.ts";
import { observed } from "./observed.ts";

export interface ProxmoxHostsArgs {
  readonly model: ProxmoxModel;
  readonly machines: Machines;
  /** The network among machines that an address is in, and what leads out of it. */
  readonly networkOf: (address: string) => { readonly network: string; readonly gateway?: string };
}

/**
 * The same cluster, with machines: whoever works with the model that is returned has a virtual machine boot when it is
 * first started, lose its power when it is stopped, and vanish when it is deleted.
 */
export function withVirtualMachines(args: ProxmoxHostsArgs): ProxmoxModel {
  const { model } = args;
  const follow = follower(args);
  return { ...model, vms: { ...observed(model.vms, follow), power: observed(model.vms.power, follow) } };
}

/** Brings the machines to what the cluster is now. By its state alone: which request led there does not matter. */
function follower({ model, machines, networkOf }: ProxmoxHostsArgs): () => void {
  const known = new Map<string, Pick<ProxmoxMachine, "name" | "status" | "starts">>();
  return () => {
    const now = new Map(model.machines().map((machine) => [`${machine.node}/${machine.vmid}`, machine]));
    for (const [id, { name }] of known) {
      if (now.has(id)) continue;
      known.delete(id);
      machines.remove(name);
    }
    for (const [id, machine] of now) {
      const before = known.get(id);
      const { status, starts, boot } = machine;
      const address = boot?.address?.split("/")[0];
      if (before === undefined && (status !== "running" || address === undefined)) continue;
      const name = before?.name ?? machine.name;
      if (before === undefined) {
        const { network, gateway } = networkOf(address ?? "");
        machines.create({
          name,
          addresses: [{ address: address ?? "", network }],
          sshKeys: boot?.sshKeys ?? [],
          ...(gateway === undefined ? {} : { gateway }),
          ...(boot?.userData === undefined ? {} : { userData: boot.userData }),
        });
      }
      known.set(id, { name, status, starts });
      // Only a change counts: a machine may have died of something that the cluster does not know of.
      if (status === before?.status && starts === before.starts) continue;
      if (status === "stopped") machines.get(name).powerOff();
      else if (before?.status === "running") machines.get(name).reboot();
      else machines.get(name).powerOn();
    }
  };
}
