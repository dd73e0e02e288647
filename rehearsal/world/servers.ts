import type { HetznerModel } from "../clouds/hetzner/model.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Hosts } from "../command/hosts.ts";
import { bootedMachine } from "../command/user-data.ts";
import { durations } from "../durations.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import type { TalosImage, TalosMachines } from "../talos/machines.ts";
import { balancerAddresses, balancerTargets, serverAddresses } from "./addresses.ts";
import type { Witness } from "./observe.ts";
import { joinTailnet } from "./tailnet.ts";

export interface ServersArgs {
  readonly hetzner: HetznerModel;
  readonly tailscale: TailscaleModel;
  readonly hosts: Hosts;
  readonly talos: TalosMachines;
}

/** A Hetzner server that is made boots, with its user data, into a host; one that is deleted is gone. */
export function serverWitness({ hetzner, tailscale, hosts, talos }: ServersArgs): Witness {
  /** Id of a server -> how its host goes. */
  const gone = new Map<string, () => void>();
  return {
    created(inputs: Props, made: Created, context: Context) {
      const server = hetzner.servers.get(Number(made.id));
      const userData = typeof inputs.userData === "string" ? inputs.userData : undefined;
      const given = Array.isArray(inputs.sshKeys) ? inputs.sshKeys.map(String) : [];
      const keys = hetzner.ssh_keys
        .list()
        .filter(({ id, name }) => given.includes(String(id)) || given.includes(name))
        .map(({ public_key }) => public_key);
      const addresses = serverAddresses(hetzner, server);
      const createdAt = context.now + made.seconds;
      const [first] = addresses;
      const image = talosSnapshot(server.image?.description);
      if (image !== undefined && first !== undefined) {
        const answersAt = createdAt + durations.host.talosBoots;
        talos.start({ name: server.name, ...first, urn: context.urn, image, answersAt, disks: ["/dev/sda"] });
        gone.set(made.id, () => talos.stop(first.address));
        return;
      }
      const spec = bootedMachine({
        name: server.name,
        urn: context.urn,
        addresses,
        userData,
        sshKeys: keys,
        createdAt,
      });
      const host = hosts.register(spec);
      gone.set(made.id, () => hosts.remove(server.name));
      joinTailnet({ tailscale, hosts, host, machine: made.id, context });
    },
    deleted(old: Existing) {
      gone.get(old.id)?.();
      gone.delete(old.id);
    },
  };
}

/** A snapshot that was uploaded from Image Factory, by what it is called. */
function talosSnapshot(description: string | undefined): TalosImage | undefined {
  const [, version, schematic] = /^Talos (v\S+) ([0-9a-f]{64})$/.exec(description ?? "") ?? [];
  return version === undefined || schematic === undefined ? undefined : { platform: "hcloud", schematic, version };
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
