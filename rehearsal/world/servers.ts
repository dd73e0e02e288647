import type { HetznerModel } from "../clouds/hetzner/model.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Hosts } from "../command/hosts.ts";
import { bootedMachine } from "../command/user-data.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import { balancerAddresses, balancerTargets, serverAddresses } from "./addresses.ts";
import type { Witness } from "./observe.ts";
import { joinTailnet } from "./tailnet.ts";

export interface ServersArgs {
  readonly hetzner: HetznerModel;
  readonly tailscale: TailscaleModel;
  readonly hosts: Hosts;
}

/** A Hetzner server that is made boots, with its user data, into a host; one that is deleted is gone. */
export function serverWitness({ hetzner, tailscale, hosts }: ServersArgs): Witness {
  const names = new Map<string, string>();
  return {
    created(inputs: Props, made: Created, context: Context) {
      const server = hetzner.servers.get(Number(made.id));
      const userData = typeof inputs.userData === "string" ? inputs.userData : undefined;
      const given = Array.isArray(inputs.sshKeys) ? inputs.sshKeys.map(String) : [];
      const keys = hetzner.ssh_keys
        .list()
        .filter(({ id, name }) => given.includes(String(id)) || given.includes(name))
        .map(({ public_key }) => public_key);
      const spec = bootedMachine({
        name: server.name,
        urn: context.urn,
        addresses: serverAddresses(hetzner, server),
        userData,
        sshKeys: keys,
        createdAt: context.now + made.seconds,
      });
      const host = hosts.register(spec);
      names.set(made.id, server.name);
      joinTailnet({ tailscale, hosts, host, machine: made.id, context });
    },
    deleted(old: Existing) {
      const name = names.get(old.id);
      names.delete(old.id);
      if (name !== undefined) hosts.remove(name);
    },
  };
}

/** A load balancer's address answers for the servers behind it, as long as it is attached and serves the port. */
export function balancerWitness({ hetzner, hosts }: Pick<ServersArgs, "hetzner" | "hosts">): Witness {
  return {
    created(inputs) {
      const id = Number(inputs.loadBalancerId);
      const balancer = hetzner.load_balancers.get(id);
      const targets = (): readonly string[] => balancerTargets(hetzner, id).map(({ name }) => name);
      for (const { listen_port: port } of balancer.services) {
        for (const { address, network } of balancerAddresses(hetzner, id)) {
          hosts.forward({ address, network, port, targets });
        }
      }
    },
  };
}
