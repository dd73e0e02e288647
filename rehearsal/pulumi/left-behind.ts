import type { World } from "./world.ts";

/** What still stands in the clouds and would be paid for or in the way, by kind and name: `server prod-cp-1`. */
export function leftBehind({
  hetzner,
  proxmox,
  cloudflare,
  tailscale,
  machines,
  k3d,
  talos,
}: World): readonly string[] {
  const standing = machines.all().filter(({ spec }) => spec.stands === true);
  const hosts = new Set(standing.map(({ spec }) => spec.name));
  const kinds = {
    server: hetzner.servers.list(),
    network: hetzner.networks.list(),
    "load balancer": hetzner.load_balancers.list(),
    firewall: hetzner.firewalls.list(),
    "placement group": hetzner.placement_groups.list(),
    "SSH key": hetzner.ssh_keys.list(),
    "primary IP": hetzner.primary_ips.list(),
    volume: [...hetzner.volumes.list(), ...named(proxmox.volumes())],
    "virtual machine": proxmox.machines(),
    record: cloudflare.zones.list().flatMap(({ id }) => cloudflare.records.list(id)),
    // A host that goes on existing goes on being in the tailnet: it may be the way to it.
    device: tailscale.devices.list({ kind: "api-key" }, {}).filter(({ hostname }) => !hosts.has(hostname)),
    machine: machines.all().flatMap(({ spec }) => (spec.stands === true ? [] : [spec])),
    "k3s on": standing.filter(({ host }) => host.read("/usr/local/bin/k3s") !== undefined).map(({ spec }) => spec),
    "Talos configured as": named(
      (talos?.machines.all() ?? []).flatMap(({ configuration }) => configuration?.hostname ?? []),
    ),
    container: named(Object.keys(k3d?.docker.state.containers ?? {})),
    "Docker network": named(Object.keys(k3d?.docker.state.networks ?? {})),
  };
  return Object.entries(kinds).flatMap(([kind, all]) => all.map(({ name }) => `${kind} ${name}`));
}

const named = (names: readonly string[]): readonly { readonly name: string }[] => names.map((name) => ({ name }));
