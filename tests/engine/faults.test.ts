import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "vitest";
import { runMatrix } from "./matrix/run.ts";
import { laterInProd, moreHosts } from "./matrix/victims.ts";

runMatrix({
  name: "prod",
  change: { dns: { records: Object.fromEntries(moreHosts.map((host) => [host, {}])) } },
  later: laterInProd,
  async noOrphans({ world, orders, inState, idsIn }) {
    const { hetzner, cloudflare, tailscale, hosts, kube } = world;
    const ids = (list: readonly { readonly id: number }[]) => list.map(({ id }) => String(id)).toSorted();
    const networks = hetzner.networks.list();
    const balancers = hetzner.load_balancers.list();
    expect({
      servers: ids(hetzner.servers.list()),
      networks: ids(networks),
      subnets: networks.flatMap(({ id, subnets }) => subnets.map(({ ip_range }) => `${id}-${ip_range}`)).toSorted(),
      routes: networks.flatMap(({ id, routes }) => routes.map(({ destination }) => `${id}-${destination}`)).toSorted(),
      loadBalancers: ids(balancers),
      services: balancers
        .flatMap(({ id, services }) => services.map(({ listen_port }) => `${id}__${listen_port}`))
        .toSorted(),
      targets: balancers.flatMap(({ targets }) => targets).length,
      firewalls: ids(hetzner.firewalls.list()),
      placementGroups: ids(hetzner.placement_groups.list()),
      keys: ids(hetzner.ssh_keys.list()),
      volumes: ids(hetzner.volumes.list()),
      records: cloudflare.zones
        .list()
        .flatMap(({ id }) => cloudflare.records.list(id).map((record) => record.id))
        .toSorted(),
    }).toEqual({
      servers: await idsIn("hcloud:index/server:Server"),
      networks: await idsIn("hcloud:index/network:Network"),
      subnets: await idsIn("hcloud:index/networkSubnet:NetworkSubnet"),
      routes: await idsIn("hcloud:index/networkRoute:NetworkRoute"),
      loadBalancers: await idsIn("hcloud:index/loadBalancer:LoadBalancer"),
      services: await idsIn("hcloud:index/loadBalancerService:LoadBalancerService"),
      targets: (await inState("hcloud:index/loadBalancerTarget:LoadBalancerTarget")).length,
      firewalls: await idsIn("hcloud:index/firewall:Firewall"),
      placementGroups: await idsIn("hcloud:index/placementGroup:PlacementGroup"),
      keys: await idsIn("hcloud:index/sshKey:SshKey"),
      volumes: [],
      records: await idsIn("cloudflare:index/dnsRecord:DnsRecord"),
    });
    // The keys in the state have been used; what is left are those whose making was not told of. They last a day.
    const untold = orders.filter(({ provider, fault }) => provider === "tailscale" && fault === "dropped after");
    expect(tailscale.keys.list({ kind: "api-key" }).map(({ description }) => description)).toEqual(
      untold.map(({ victim }) => `groundwork prod-${victim.resource.replace("-tailnet-key", "")}`),
    );
    const workers = ["worker-1", "worker-2", "worker-3", "worker-4"];
    const nodes = ["cp-1", "cp-2", "cp-3", ...workers].map((name) => `prod-${name}`);
    const devices = tailscale.devices.list({ kind: "api-key" }, {});
    expect(devices.map(({ hostname }) => hostname).toSorted()).toEqual([...nodes, "prod-main-gateway"].toSorted());
    expect(hosts.clusters().map((cluster) => ({ nodes: cluster.nodes, members: cluster.members }))).toEqual([
      { nodes, members: nodes.slice(0, 3) },
    ]);
    const records = await kube.config
      .makeApiClient(CoreV1Api)
      .listSecretForAllNamespaces({ labelSelector: "owner=helm,status=deployed" });
    const releases = await inState("kubernetes:helm.sh/v3:Release");
    expect(records.items.map(({ metadata }) => metadata?.labels?.name ?? "").toSorted()).toEqual(
      releases.map(({ outputs }) => outputs?.name ?? "").toSorted(),
    );
  },
});
