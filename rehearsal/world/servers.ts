import type { HetznerModel } from "../clouds/hetzner/model.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { HostAddress, Hosts } from "../command/hosts.ts";
import { bootedMachine, tailnetRequest } from "../command/user-data.ts";
import type { Context, Created, Existing, Props } from "../model.ts";
import type { Witness } from "./observe.ts";

export interface ServersArgs {
  readonly hetzner: HetznerModel;
  readonly tailscale: TailscaleModel;
  readonly hosts: Hosts;
}

/** The name that private networks go by among hosts. */
const privateNetwork = (id: number): string => `hetzner-network-${id}`;

/** A Hetzner server that is made boots, with its user data, into a host; one that is deleted is gone. */
export function serverWitness({ hetzner, tailscale, hosts }: ServersArgs): Witness {
  const names = new Map<string, string>();
  return {
    created(inputs: Props, made: Created, context: Context) {
      const server = hetzner.servers.get(Number(made.id));
      const userData = typeof inputs["userData"] === "string" ? inputs["userData"] : undefined;
      const ports = openPorts(
        hetzner,
        server.public_net.firewalls.map(({ id }) => id),
      );
      const addresses: HostAddress[] = [
        ...[server.public_net.ipv4?.ip]
          .filter((ip) => ip !== undefined)
          .map((address) => ({ address, network: "public", ...(ports === undefined ? {} : { openPorts: ports }) })),
        ...server.private_net.map(({ ip, network }) => ({ address: ip, network: privateNetwork(network) })),
      ];
      const given = Array.isArray(inputs["sshKeys"]) ? inputs["sshKeys"].map(String) : [];
      const keys = hetzner.ssh_keys
        .list()
        .filter(({ id, name }) => given.includes(String(id)) || given.includes(name))
        .map(({ public_key }) => public_key);
      const spec = bootedMachine({
        name: server.name,
        urn: context.urn,
        addresses,
        userData,
        sshKeys: keys,
        createdAt: context.now + made.seconds,
      });
      const host = hosts.register(spec);
      names.set(made.id, server.name);
      const request = tailnetRequest(host.files);
      if (request === undefined) return;
      const device = tailscale.devices.join({
        hostname: request.hostname,
        key: request.key,
        routes: request.routes,
        machine: made.id,
      });
      for (const address of device.addresses) hosts.attach(server.name, { address, network: "tailnet" });
      hosts.attach(server.name, { address: device.name, network: "tailnet" });
      for (const cidr of device.enabledRoutes) hosts.route({ via: server.name, cidr });
      const refused = request.routes.filter((route) => !device.enabledRoutes.includes(route));
      if (refused.length > 0) {
        context.finding({
          rule: "route-not-approved",
          message: `${server.name} offers ${refused.join(", ")} to the tailnet, whose policy does not approve it: nothing behind it is reached`,
          remedy: `add to the policy's autoApprovers: "routes": { "${String(refused[0])}": ["${device.tags[0] ?? "tag:k8s-node"}"] }`,
        });
      }
    },
    deleted(old: Existing) {
      const name = names.get(old.id);
      names.delete(old.id);
      if (name !== undefined) hosts.remove(name);
    },
  };
}

/** TCP ports that a server's firewalls let in from outside; undefined when it has none, which lets everything in. */
function openPorts(hetzner: HetznerModel, firewalls: readonly number[]): readonly number[] | undefined {
  if (firewalls.length === 0) return undefined;
  return firewalls.flatMap((id) =>
    hetzner.firewalls.get(id).rules.flatMap((rule) => {
      if (rule.direction !== "in" || rule.protocol !== "tcp" || !rule.port) return [];
      const [from, to] = rule.port === "any" ? [1, 65535] : rule.port.split("-").map(Number);
      return from === undefined ? [] : Array.from({ length: (to ?? from) - from + 1 }, (_, index) => from + index);
    }),
  );
}

/** A load balancer's address answers for the servers behind it, as long as it is attached and serves the port. */
export function balancerWitness({ hetzner, hosts }: Pick<ServersArgs, "hetzner" | "hosts">): Witness {
  return {
    created(inputs) {
      const id = Number(inputs["loadBalancerId"]);
      const balancer = hetzner.load_balancers.get(id);
      const targets = (): readonly string[] =>
        hetzner.load_balancers.get(id).targets.flatMap((target) => {
          switch (target.type) {
            case "label_selector":
              return (target.targets ?? []).map(({ server }) => hetzner.servers.get(server.id).name);
            case "server":
              return [hetzner.servers.get(target.server.id).name];
            default:
              return [];
          }
        });
      for (const { listen_port: port } of balancer.services) {
        for (const net of balancer.private_net)
          hosts.forward({ address: net.ip, network: privateNetwork(net.network), port, targets });
        if (balancer.public_net.enabled)
          hosts.forward({ address: balancer.public_net.ipv4.ip, network: "public", port, targets });
      }
    },
  };
}
