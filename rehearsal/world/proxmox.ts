import { z } from "zod";
import type { ProxmoxModel } from "../clouds/proxmox/model.ts";
import type { Hosts } from "../command/hosts.ts";
import { bootedMachine } from "../command/user-data.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import type { StackValues } from "./accounts.ts";
import type { Witness } from "./observe.ts";

/** The name that the network behind the bridges goes by among hosts. */
const lan = "lan";

/** Where whoever runs the program is: at home in the nodes' own network when the stack says so. */
export function runnerNetworks({ config }: StackValues): readonly string[] {
  const { via } = read(config["groundwork:access"], z.looseObject({ via: z.string().optional() })) ?? {};
  return ["public", "tailnet", ...(via === "direct" ? [lan] : [])];
}

function read<T>(text: string | undefined, shape: z.ZodType<T>): T | undefined {
  const parsed = shape.safeParse(text === undefined ? undefined : JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

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

const cluster = z.looseObject({ endpoint: z.looseObject({ kind: z.literal("address"), host: z.string() }) });

/** The address that the stack's owner keeps pointed at healthy control planes: here at every machine that there is. */
export function ownEndpoint({ config }: StackValues, hosts: Hosts): void {
  const host = read(config["groundwork:cluster"], cluster)?.endpoint.host;
  if (host === undefined) return;
  const targets = (): readonly string[] => hosts.all().map(({ name }) => name);
  hosts.forward({ address: host, network: lan, port: 6443, targets });
}
