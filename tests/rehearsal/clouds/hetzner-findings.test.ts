import { expect, test } from "vitest";
import type { Props } from "../../../rehearsal/model.ts";
import { hidden, network, server, start } from "./hetzner-program.ts";
import { refusal } from "./support.ts";

test("a server that does not wait for its subnet is found out, whichever comes first", () => {
  const world = start();
  const net = world.create("Network", "net", { name: "net", ipRange: "10.0.0.0/16" });
  const networks = [{ networkId: Number(net.id), ip: "10.0.1.10" }];
  const early = refusal(() => world.create("Server", "node", { ...server, networks }, ["net"]));
  world.create(
    "NetworkSubnet",
    "subnet",
    { networkId: Number(net.id), type: "cloud", networkZone: "eu-central", ipRange: "10.0.1.0/24" },
    ["net"],
  );
  world.create("Server", "node", { ...server, networks }, ["net"]);
  world.create(
    "Server",
    "patient",
    { ...server, name: "patient", networks: [{ networkId: Number(net.id), ip: "10.0.1.11" }] },
    ["net", "subnet"],
  );
  expect([early, world.engine.findings]).toMatchInlineSnapshot(`
    [
      "IP 10.0.1.10 is not available in network 'net': the network has no subnet yet (ip_not_available)",
      [
        {
          "message": "server 'node-1' gets 10.0.1.10 of subnet 10.0.1.0/24 in network 'net' but does not wait for the subnet: made first, it is refused (ip_not_available or no_subnet_available)",
          "remedy": "add urn:pulumi:test::groundwork::hcloud:index/networkSubnet:NetworkSubnet::subnet to dependsOn, or use subnetId instead of networkId",
          "rule": "missing-dependency",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/server:Server::node",
        },
      ],
    ]
  `);
});

test("what is made in a network waits for it", () => {
  const world = start();
  const { id } = world.create("Network", "net", { name: "net", ipRange: "10.0.0.0/16" });
  world.create("NetworkSubnet", "subnet", {
    networkId: Number(id),
    type: "cloud",
    networkZone: "eu-central",
    ipRange: "10.0.1.0/24",
  });
  expect(world.engine.findings).toMatchInlineSnapshot(`
    [
      {
        "message": "it is made in network 'net' but does not wait for it",
        "remedy": "take networkId from the network's id output, or add urn:pulumi:test::groundwork::hcloud:index/network:Network::net to dependsOn",
        "rule": "missing-dependency",
        "urn": "urn:pulumi:test::groundwork::hcloud:index/networkSubnet:NetworkSubnet::subnet",
      },
    ]
  `);
});

test("a private target waits for both ends of its network", () => {
  const world = start();
  const { networkId } = network(world);
  const balancer = world.create("LoadBalancer", "lb", { name: "lb", loadBalancerType: "lb11", location: "fsn1" });
  const node = world.create("Server", "node", server);
  const target = { type: "server", loadBalancerId: Number(balancer.id), serverId: Number(node.id), usePrivateIp: true };
  const early = refusal(() => world.create("LoadBalancerTarget", "target", target, ["lb", "node"]));
  world.create("LoadBalancerNetwork", "lb-net", { loadBalancerId: Number(balancer.id), networkId, ip: "10.0.1.250" }, [
    "lb",
    "net",
    "subnet",
  ]);
  world.create("ServerNetwork", "node-net", { serverId: Number(node.id), networkId, ip: "10.0.1.10" }, [
    "node",
    "net",
    "subnet",
  ]);
  const made = world.create("LoadBalancerTarget", "target", target, ["lb", "node"]);
  world.create(
    "LoadBalancerTarget",
    "patient",
    { type: "label_selector", loadBalancerId: Number(balancer.id), labelSelector: "role=x", usePrivateIp: true },
    ["lb", "lb-net"],
  );
  expect([early, made.id, world.engine.findings]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' is not attached to a network, its target server 104200201 would use a private IP (load_balancer_not_attached_to_network)",
      "lb-srv-tgt-104200201-3100401",
      [
        {
          "message": "the target uses a private IP but does not wait until load balancer 'lb' is attached to its network: made first, it is refused (load_balancer_not_attached_to_network)",
          "remedy": "add urn:pulumi:test::groundwork::hcloud:index/loadBalancerNetwork:LoadBalancerNetwork::lb-net to dependsOn",
          "rule": "missing-dependency",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/loadBalancerTarget:LoadBalancerTarget::target",
        },
        {
          "message": "the target uses the private IP of server 104200201 but does not wait until that is attached to the network: made first, it is refused (server_not_attached_to_network)",
          "remedy": "add urn:pulumi:test::groundwork::hcloud:index/serverNetwork:ServerNetwork::node-net to dependsOn",
          "rule": "missing-dependency",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/loadBalancerTarget:LoadBalancerTarget::target",
        },
      ],
    ]
  `);
});

test("a private server without a default route, or one that boots before it, reaches nothing", () => {
  const world = start();
  const { networkId } = network(world);
  const privateServer = (name: string, ip: string, dependsOn: readonly string[]) =>
    world.create("Server", name, { ...server, name, publicNets: hidden, networks: [{ networkId, ip }] }, [
      "net",
      "subnet",
      ...dependsOn,
    ]);
  const early = privateServer("early", "10.0.1.10", []);
  const none = world.engine.finish();
  world.create("NetworkRoute", "route", { networkId, destination: "0.0.0.0/0", gateway: "10.0.1.2" }, ["net"]);
  privateServer("patient", "10.0.1.11", ["route"]);
  const late = world.engine.finish();
  world.delete("Server", "early", early);
  expect([none, late, world.engine.finish()]).toMatchInlineSnapshot(`
    [
      [
        {
          "message": "server 'early' has no public interface and none of its networks has a default route ('net'): it reaches no package, image or tailnet server",
          "remedy": "add a NetworkRoute to 0.0.0.0/0 through a server that translates addresses, or give the server a public interface",
          "rule": "no-default-route",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/server:Server::early",
        },
      ],
      [
        {
          "message": "server 'early' has no public interface and does not wait for the default route of network 'net': booted first, its cloud-init reaches nothing",
          "remedy": "add urn:pulumi:test::groundwork::hcloud:index/networkRoute:NetworkRoute::route to dependsOn",
          "rule": "missing-dependency",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/server:Server::early",
        },
        {
          "message": "the default route of network 'net' leads to 10.0.1.2, which no server of it has: its private servers reach nothing outside",
          "remedy": "attach the server that translates addresses with ip 10.0.1.2, or change the route's gateway",
          "rule": "route-without-gateway",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/networkRoute:NetworkRoute::route",
        },
      ],
      [
        {
          "message": "the default route of network 'net' leads to 10.0.1.2, which no server of it has: its private servers reach nothing outside",
          "remedy": "attach the server that translates addresses with ip 10.0.1.2, or change the route's gateway",
          "rule": "route-without-gateway",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/networkRoute:NetworkRoute::route",
        },
      ],
    ]
  `);
});

test("a default route leads to a server that there is", () => {
  const world = start();
  const { networkId } = network(world);
  world.create("NetworkRoute", "route", { networkId, destination: "0.0.0.0/0", gateway: "10.0.1.2" }, ["net"]);
  const node = (name: string, ip: string, more: Props) =>
    world.create("Server", name, { ...server, name, networks: [{ networkId, ip }], ...more }, [
      "net",
      "subnet",
      "route",
    ]);
  node("node", "10.0.1.10", { publicNets: hidden });
  const dead = world.engine.finish();
  node("gateway", "10.0.1.2", {});
  expect([dead, world.engine.finish()]).toMatchInlineSnapshot(`
    [
      [
        {
          "message": "the default route of network 'net' leads to 10.0.1.2, which no server of it has: its private servers reach nothing outside",
          "remedy": "attach the server that translates addresses with ip 10.0.1.2, or change the route's gateway",
          "rule": "route-without-gateway",
          "urn": "urn:pulumi:test::groundwork::hcloud:index/networkRoute:NetworkRoute::route",
        },
      ],
      [],
    ]
  `);
});

test("a firewall on a private server protects nothing", () => {
  const world = start();
  const { networkId } = network(world);
  const firewall = world.create("Firewall", "fw", { name: "fw" });
  world.create(
    "Server",
    "node",
    { ...server, publicNets: hidden, firewallIds: [Number(firewall.id)], networks: [{ networkId, ip: "10.0.1.10" }] },
    ["net", "subnet", "fw"],
  );
  expect(world.engine.findings).toMatchInlineSnapshot(`
    [
      {
        "message": "server 'node-1' has firewalls but no public interface, and firewalls do not filter private networks: they protect nothing",
        "remedy": "filter on the host itself, and drop firewallIds",
        "rule": "firewall-without-public-interface",
        "urn": "urn:pulumi:test::groundwork::hcloud:index/server:Server::node",
      },
    ]
  `);
});
