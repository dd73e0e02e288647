import { expect, test } from "vitest";
import { codeOf, hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const balancer = { name: "lb", load_balancer_type: "lb11", location: "fsn1" };
const tcp = { protocol: "tcp", listen_port: 6443, destination_port: 6443 };

function withBalancer(options: Parameters<typeof hetzner>[0] = {}) {
  const { model } = hetzner(options);
  const network = withNetwork({ model });
  const { id } = model.load_balancers.create(balancer);
  return { model, network, id, actions: model.load_balancers.actions };
}

test("an lb11 has five services and 25 targets, those that a selector finds included", () => {
  const { model, id, actions } = withBalancer({ quotas: { servers: 100, cores: 200, primary_ips: 200 } });
  for (let port = 1; port <= 5; port++) actions.add_service(id, { ...tcp, listen_port: port });
  for (let index = 0; index < 26; index++)
    model.servers.create({ ...plainServer, name: `node-${index}`, server_type: "cpx12", labels: { role: "x" } });
  const servers = model.servers.list();
  for (const server of servers.slice(0, 25)) actions.add_target(id, { type: "server", server: { id: server.id } });
  const other = model.load_balancers.create({ ...balancer, name: "other" }).id;
  expect([
    refusal(() => actions.add_service(id, { ...tcp, listen_port: 6 })),
    refusal(() => actions.add_target(id, { type: "server", server: { id: servers[25]?.id } })),
    refusal(() => actions.add_target(other, { type: "label_selector", label_selector: { selector: "role=x" } })),
  ]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' already has 5 services, all that an lb11 can have (resource_limit_exceeded)",
      "load balancer 'lb' would have 26 targets, an lb11 has at most 25 (resource_limit_exceeded)",
      "load balancer 'other' would have 26 targets, an lb11 has at most 25 (resource_limit_exceeded)",
    ]
  `);
});

test("a private target needs both ends in one network", () => {
  const { model, id, network, actions } = withBalancer();
  const server = model.servers.create(plainServer).id;
  const target = { type: "server", server: { id: server }, use_private_ip: true };
  const unattached = refusal(() => actions.add_target(id, target));
  actions.attach_to_network(id, { network });
  const apart = refusal(() => actions.add_target(id, target));
  expect([unattached, apart]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' is not attached to a network, its target server 104200201 would use a private IP (load_balancer_not_attached_to_network)",
      "server 'node-1' is not attached to network 10400101 of load balancer 'lb' (server_not_attached_to_network)",
    ]
  `);
});

test("a public target needs a public IPv4 address, and the load balancer its public interface", () => {
  const { model, id, network, actions } = withBalancer();
  const hidden = model.servers.create({ ...plainServer, networks: [network], public_net: { enable_ipv4: false } }).id;
  const open = model.servers.create({ ...plainServer, name: "open" }).id;
  const missing = refusal(() => actions.add_target(id, { type: "server", server: { id: hidden } }));
  actions.attach_to_network(id, { network });
  actions.disable_public_interface(id);
  expect([
    missing,
    refusal(() => actions.add_target(id, { type: "server", server: { id: open } })),
  ]).toMatchInlineSnapshot(`
    [
      "server 'node-1' has no public IPv4 address for load balancer 'lb' to use (missing_ipv4)",
      "the public interface of load balancer 'lb' is disabled, its target server 104200202 would use a public IP (load_balancer_public_interface_disabled)",
    ]
  `);
});

test("a target is there, is one, and is added once", () => {
  const { model, id, actions } = withBalancer();
  const server = model.servers.create(plainServer).id;
  actions.add_target(id, { type: "server", server: { id: server } });
  expect([
    refusal(() => actions.add_target(id, { type: "server", server: { id: server } })),
    refusal(() => actions.add_target(id, { type: "server", server: { id: 1 } })),
    refusal(() => actions.add_target(id, { type: "label_selector", label_selector: { selector: "=x" } })),
    refusal(() => actions.remove_target(id, { type: "server", server: { id: 1 } })),
  ]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' already has the target server 104200201 (target_already_defined)",
      "server with ID '1' not found (not_found)",
      "invalid input in field 'label_selector.selector': '=x' is no label selector (invalid_input)",
      "load balancer 'lb' has no target server 1 (load_balancer_target_not_found)",
    ]
  `);
});

test("an IP target is a dedicated server of the same owner", () => {
  const { model, id, actions } = withBalancer({ robotIps: ["203.0.113.250"] });
  const server = model.servers.create(plainServer);
  const add = (ip: string | undefined) => actions.add_target(id, { type: "ip", ip: { ip } });
  expect([
    codeOf(refusal(() => add(server.public_net.ipv4?.ip))),
    refusal(() => add("203.0.113.251")),
    add("203.0.113.250").targets,
  ]).toMatchInlineSnapshot(`
    [
      "cloud_resource_ip_not_allowed",
      "203.0.113.251 is of no dedicated server of the project's owner (ip_not_owned)",
      [
        {
          "health_status": [],
          "ip": {
            "ip": "203.0.113.250",
          },
          "type": "ip",
          "use_private_ip": false,
        },
      ],
    ]
  `);
});

test("a load balancer is in one network, of its zone, and its private targets go when it leaves", () => {
  const { model, id, network, actions } = withBalancer();
  const other = model.networks.create({
    name: "other",
    ip_range: "10.9.0.0/16",
    subnets: [{ type: "cloud", network_zone: "us-east", ip_range: "10.9.0.0/24" }],
  }).id;
  const elsewhere = refusal(() => actions.attach_to_network(id, { network: other }));
  actions.attach_to_network(id, { network });
  const server = model.servers.create({ ...plainServer, networks: [network] }).id;
  actions.add_target(id, { type: "server", server: { id: server }, use_private_ip: true });
  const twice = refusal(() => actions.attach_to_network(id, { network: other }));
  const { targets } = actions.detach_from_network(id, { network });
  expect([
    elsewhere,
    twice,
    targets,
    refusal(() => actions.detach_from_network(id, { network })),
  ]).toMatchInlineSnapshot(`
    [
      "network 'other' has no subnet in zone eu-central (no_subnet_available)",
      "load balancer 'lb' is already attached to network 10400101 (load_balancer_already_attached)",
      [],
      "load balancer 'lb' is not attached to network 10400101 (not_found)",
    ]
  `);
});

test("the public interface goes only where a private one is left, and no target needs it", () => {
  const { model, id, network, actions } = withBalancer();
  const alone = refusal(() => actions.disable_public_interface(id));
  actions.attach_to_network(id, { network });
  actions.add_target(id, { type: "server", server: { id: model.servers.create(plainServer).id } });
  expect([alone, refusal(() => actions.disable_public_interface(id))]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' is not attached to a network: without its public interface nobody could reach it (load_balancer_not_attached_to_network)",
      "load balancer 'lb' has targets that use the public IP (targets_without_use_private_ip)",
    ]
  `);
});
