import type { ProxmoxMachine, ProxmoxModel } from "../clouds/proxmox/model.ts";
import { type TalosBoot, talosImage } from "../talos/machines.ts";
import type { Machines } from "./machines.ts";
import { observed } from "./observed.ts";

export interface ProxmoxHostsArgs {
  readonly model: ProxmoxModel;
  readonly machines: Machines;
  /** Where virtual machines go that boot Talos; absent: none does. */
  readonly talos?: TalosRack;
  /** The network among machines that an address is in, and what leads out of it. */
  readonly networkOf: (address: string) => { readonly network: string; readonly gateway?: string };
}

/** Machines that run Talos. They are their configuration, which stays whatever their power does. */
export interface TalosRack {
  start(boot: Omit<TalosBoot, "answersAt">): void;
  /** The machine at an address is gone. */
  vanish(address: string): void;
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

/** What became of a virtual machine: how its power is followed, and how it goes. */
interface Known {
  readonly status: ProxmoxMachine["status"];
  readonly starts: number;
  readonly power: (how: "off" | "on" | "again") => void;
  readonly vanish: () => void;
}

/** Brings the machines to what the cluster is now. By its state alone: which request led there does not matter. */
function follower(args: ProxmoxHostsArgs): () => void {
  const { model } = args;
  const known = new Map<string, Known>();
  return () => {
    const now = new Map(model.machines().map((machine) => [`${machine.node}/${machine.vmid}`, machine]));
    for (const [id, { vanish }] of known) {
      if (now.has(id)) continue;
      known.delete(id);
      vanish();
    }
    for (const [id, machine] of now) {
      const before = known.get(id);
      const { status, starts } = machine;
      const address = machine.boot?.address?.split("/")[0];
      if (before === undefined && (status !== "running" || address === undefined)) continue;
      const made = before ?? begin(args, machine, address ?? "");
      known.set(id, { ...made, status, starts });
      // Only a change counts: a machine may have died of something that the cluster does not know of.
      if (status === before?.status && starts === before.starts) continue;
      made.power(status === "stopped" ? "off" : before?.status === "running" ? "again" : "on");
    }
  };
}

/** A virtual machine that is started for the first time. */
function begin(
  { machines, talos, networkOf }: ProxmoxHostsArgs,
  { name, boot, disks }: ProxmoxMachine,
  address: string,
): Pick<Known, "power" | "vanish"> {
  const { network, gateway } = networkOf(address);
  const image = talosImage(boot?.image);
  if (image !== undefined) {
    if (talos === undefined) throw new Error(`${name} boots Talos, and nobody in this world knows how to configure it`);
    talos.start({ name, address, network, image, disks });
    return { power: () => undefined, vanish: () => talos.vanish(address) };
  }
  const machine = machines.create({
    name,
    addresses: [{ address, network }],
    sshKeys: boot?.sshKeys ?? [],
    ...(gateway === undefined ? {} : { gateway }),
    ...(boot?.userData === undefined ? {} : { userData: boot.userData }),
  });
  return {
    vanish: () => machines.remove(name),
    power(how) {
      if (how === "off") machine.powerOff();
      else if (how === "again") machine.reboot();
      else machine.powerOn();
    },
  };
}
