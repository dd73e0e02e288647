import type { World } from "./world.ts";

/** What still stands in the clouds and would be paid for or in the way, by kind and name: `server prod-cp-1`. */
export function leftBehind({ hetzner, cloudflare, tailscale, machines, k3d }: World): readonly string[] {
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
    device: tailscale.devices.list({ kind: "api-key" }, {}),
    machine: machines.all().map(({ spec }) => spec),
    container: named(k3d?.docker.state.containers),
    "Docker network": named(k3d?.docker.state.networks),
  };
  return Object.entries(kinds).flatMap(([kind, all]) => all.map(({ name }) => `${kind} ${name}`));
}

const named = (things: object = {}): readonly { readonly name: string }[] =>
  Object.keys(things).map((name) => ({ name }));
