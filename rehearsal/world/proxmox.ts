import type { ProxmoxModel } from "../clouds/proxmox/model.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Hosts } from "../command/hosts.ts";
import { bootedMachine } from "../command/user-data.ts";
import { durations } from "../durations.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import { type TalosMachines, talosImage } from "../talos/machines.ts";
import type { StackValues } from "./accounts.ts";
import { lanOf } from "./lan.ts";
import type { Witness } from "./observe.ts";
import { joinTailnet } from "./tailnet.ts";

/** A virtual machine that is made boots, with its user data and at its address, into a host; one that is deleted is gone. */
export function virtualMachineWitness({
  stack,
  proxmox,
  tailscale,
  hosts,
  talos,
}: {
  readonly stack: StackValues;
  readonly tailscale: TailscaleModel;
  readonly proxmox: ProxmoxModel;
  readonly hosts: Hosts;
  readonly talos: TalosMachines;
}): Witness {
  /** Id of a virtual machine -> how its host goes. */
  const gone = new Map<string, () => void>();
  let serial = 0;
  return {
    created(inputs: Props, made: Created, context: Context) {
      const machine = proxmox.machine(String(inputs.nodeName), Number(made.id));
      const address = machine.boot?.address?.split("/")[0];
      if (machine.status !== "running" || address === undefined) return;
      const image = talosImage(machine.boot?.image);
      const createdAt = context.now + made.seconds;
      const network = lanOf(stack, address);
      if (image !== undefined) {
        talos.start({
          ...{ name: machine.name, address, network, urn: context.urn, image },
          answersAt: createdAt + durations.host.talosBoots,
          disks: machine.disks,
        });
        gone.set(made.id, () => talos.stop(address));
        return;
      }
      // Made by a run that never heard of it: Proxmox VE takes a second one of the name, and both have the address.
      if (hosts.get(machine.name) !== undefined) hosts.remove(machine.name);
      const host = hosts.register(
        bootedMachine({
          name: machine.name,
          urn: context.urn,
          addresses: [{ address, network }],
          userData: machine.boot?.userData,
          sshKeys: machine.boot?.sshKeys ?? [],
          createdAt,
        }),
      );
      gone.set(made.id, () => hosts.remove(machine.name));
      joinTailnet({ tailscale, hosts, host, machine: `vm ${serial++}`, context });
    },
    deleted(old: Existing) {
      gone.get(old.id)?.();
      gone.delete(old.id);
    },
  };
}
