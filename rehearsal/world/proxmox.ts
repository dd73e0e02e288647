import type { ProxmoxModel } from "../clouds/proxmox/model.ts";
import type { Hosts } from "../command/hosts.ts";
import { bootedMachine } from "../command/user-data.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import { lan } from "./lan.ts";
import type { Witness } from "./observe.ts";

/** A virtual machine that is made boots, with its user data and at its address, into a host; one that is deleted is gone. */
export function virtualMachineWitness({
  proxmox,
  hosts,
}: {
  readonly proxmox: ProxmoxModel;
  readonly hosts: Hosts;
}): Witness {
  const names = new Map<string, string>();
  return {
    created(inputs: Props, made: Created, context: Context) {
      const machine = proxmox.machine(String(inputs.nodeName), Number(made.id));
      const address = machine.boot?.address?.split("/")[0];
      if (machine.status !== "running" || address === undefined) return;
      hosts.register(
        bootedMachine({
          name: machine.name,
          urn: context.urn,
          addresses: [{ address, network: lan }],
          userData: machine.boot?.userData,
          sshKeys: machine.boot?.sshKeys ?? [],
          createdAt: context.now + made.seconds,
        }),
      );
      names.set(made.id, machine.name);
    },
    deleted(old: Existing) {
      const name = names.get(old.id);
      names.delete(old.id);
      if (name !== undefined) hosts.remove(name);
    },
  };
}
