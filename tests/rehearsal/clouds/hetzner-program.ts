import type { Existing, Props } from "../../../rehearsal/model.ts";
import { door, hetzner, publicKey } from "./support.ts";

export const type = (name: string): string => `hcloud:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

export function start(options: Parameters<typeof hetzner>[0] = {}) {
  const { model, provider } = hetzner(options);
  const engine = door(provider);
  return {
    model,
    engine,
    create: (kind: string, name: string, inputs: Props, dependsOn?: readonly string[]) =>
      engine.create(type(kind), name, inputs, dependsOn),
    update: (kind: string, name: string, inputs: Props, old: Existing) => engine.update(type(kind), name, inputs, old),
    delete: (kind: string, name: string, old: Existing) => engine.delete(type(kind), name, old),
  };
}

/** A network with a subnet, as the program makes them. */
export function network({ create }: Pick<ReturnType<typeof start>, "create">) {
  const net = create("Network", "net", { name: "net", ipRange: "10.0.0.0/16" });
  const subnet = create(
    "NetworkSubnet",
    "subnet",
    { networkId: Number(net.id), type: "cloud", networkZone: "eu-central", ipRange: "10.0.1.0/24" },
    ["net"],
  );
  return { net, subnet, networkId: Number(net.id) };
}

export const server = { name: "node-1", serverType: "cpx22", image: "debian-13", location: "fsn1" };
export const hidden = [{ ipv4Enabled: false, ipv6Enabled: false }];

/** One of everything, as a program would make it. */
export function everything() {
  const world = start();
  const made: Record<string, Existing> = {};
  const create = (kind: string, inputs: Props) => {
    const resource = world.create(kind, kind, inputs);
    made[kind] = resource;
    return Number(resource.id);
  };
  const net = create("Network", { name: "net", ipRange: "10.0.0.0/16", labels: { a: "b" }, deleteProtection: false });
  create("NetworkSubnet", { networkId: net, type: "cloud", networkZone: "eu-central", ipRange: "10.0.1.0/24" });
  create("NetworkRoute", { networkId: net, destination: "0.0.0.0/0", gateway: "10.0.1.2" });
  const firewall = create("Firewall", {
    name: "fw",
    rules: [{ direction: "in", protocol: "tcp", port: "22", sourceIps: ["0.0.0.0/0"], description: "ssh" }],
  });
  create("SshKey", { name: "admin", publicKey: publicKey() });
  const group = create("PlacementGroup", { name: "group", type: "spread" });
  const ip = create("PrimaryIp", { name: "ip", type: "ipv4", location: "fsn1" });
  const node = create("Server", {
    ...server,
    userData: "x",
    sshKeys: ["admin"],
    placementGroupId: group,
    publicNets: [{ ipv4: ip }],
  });
  create("ServerNetwork", { serverId: node, subnetId: `${net}-10.0.1.0/24`, ip: "10.0.1.10" });
  create("FirewallAttachment", { firewallId: firewall, serverIds: [node] });
  const balancer = create("LoadBalancer", {
    name: "lb",
    loadBalancerType: "lb11",
    networkZone: "eu-central",
    algorithm: { type: "least_connections" },
  });
  create("LoadBalancerNetwork", { loadBalancerId: balancer, subnetId: `${net}-10.0.1.0/24`, ip: "10.0.1.250" });
  const healthCheck = {
    protocol: "http",
    port: 30080,
    interval: 5,
    timeout: 3,
    retries: 2,
    http: { path: "/healthz", statusCodes: ["200"] },
  };
  create("LoadBalancerService", {
    loadBalancerId: String(balancer),
    protocol: "http",
    listenPort: 80,
    destinationPort: 30080,
    healthCheck,
  });
  create("LoadBalancerTarget", { type: "server", loadBalancerId: balancer, serverId: node, usePrivateIp: true });
  create("Volume", { name: "data", size: 10, location: "fsn1", format: "ext4" });
  create("VolumeAttachment", { volumeId: Number(made.Volume?.id), serverId: node });
  create("ManagedCertificate", { name: "www", domainNames: ["www.example.com"] });
  return { ...world, made };
}
