import type { Server } from "../clouds/hetzner/domain/server-view.ts";
import type { HetznerModel } from "../clouds/hetzner/model.ts";
import type { HostAddress } from "../command/hosts.ts";

/** The name that private networks go by among hosts. */
const privateNetwork = (id: number): string => `hetzner-network-${id}`;

/** The addresses of a server, and what its firewalls let in from outside. */
export function serverAddresses(hetzner: HetznerModel, server: Server): readonly HostAddress[] {
  const ports = openPorts(
    hetzner,
    server.public_net.firewalls.map(({ id }) => id),
  );
  return [
    ...[server.public_net.ipv4?.ip]
      .filter((ip) => ip !== undefined)
      .map((address) => ({ address, network: "public", ...(ports === undefined ? {} : { openPorts: ports }) })),
    ...server.private_net.map(({ ip, network }) => ({ address: ip, network: privateNetwork(network) })),
  ];
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

/** The addresses of a load balancer. */
export function balancerAddresses(hetzner: HetznerModel, id: number): readonly HostAddress[] {
  const { private_net, public_net } = hetzner.load_balancers.get(id);
  return [
    ...private_net.map(({ ip, network }) => ({ address: ip, network: privateNetwork(network) })),
    ...(public_net.enabled ? [{ address: public_net.ipv4.ip, network: "public" }] : []),
  ];
}

/** The servers behind a load balancer now. */
export function balancerTargets(hetzner: HetznerModel, id: number): readonly Server[] {
  return hetzner.load_balancers.get(id).targets.flatMap((target) => {
    switch (target.type) {
      case "label_selector":
        return (target.targets ?? []).map(({ server }) => hetzner.servers.get(server.id));
      case "server":
        return [hetzner.servers.get(target.server.id)];
      default:
        return [];
    }
  });
}
