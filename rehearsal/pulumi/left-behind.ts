import type { World } from "./world.ts";

/** What still stands in the clouds and would be paid for or in the way, by kind and name: `server prod-cp-1`. */
export function leftBehind({ hetzner, cloudflare, machines }: World): readonly string[] {
  const kinds = {
    server: hetzner.servers.list(),
    network: hetzner.networks.list(),
    "load balancer": hetzner.load_balancers.list(),
    firewall: hetzner.firewalls.list(),
    "placement group": hetzner.placement_groups.list(),
    "SSH key": hetzner.ssh_keys.list(),
    "primary IP": hetzner.primary_ips.list(),
    volume: hetzner.volumes.list(),
    record: cloudflare.zones.list().flatMap(({ id }) => cloudflare.records.list(id)),
    machine: machines.all().map(({ spec }) => spec),
  };
  return Object.entries(kinds).flatMap(([kind, all]) => all.map(({ name }) => `${kind} ${name}`));
}
