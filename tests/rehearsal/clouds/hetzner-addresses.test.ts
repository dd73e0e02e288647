import { expect, test } from "vitest";
import { hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const network = { name: "net", ip_range: "10.0.0.0/16" };
const subnet = (ip_range: string, more: object = {}) => ({
  type: "cloud",
  network_zone: "eu-central",
  ip_range,
  ...more,
});

test.each([
  ["10.0.0.1", "outside the subnets"],
  ["10.0.1.0", "network address"],
  ["10.0.1.255", "broadcast address"],
  ["10.0.9.9", "no subnet"],
  ["10.0.1.300", "no address"],
])("a server does not get %s: %s", (ip) => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  const server = model.servers.create(plainServer);
  expect(refusal(() => model.servers.actions.attach_to_network(server.id, { network: id, ip }))).toMatchSnapshot();
});

test("the network's gateway is reserved in the first subnet as well", () => {
  const { model } = hetzner();
  const { id } = model.networks.create({ ...network, subnets: [subnet("10.0.0.0/24")] });
  const server = model.servers.create(plainServer);
  expect(
    refusal(() => model.servers.actions.attach_to_network(server.id, { network: id, ip: "10.0.0.1" })),
  ).toMatchInlineSnapshot(
    `"IP 10.0.0.1 is not available in network 'net': it is the network's gateway (ip_not_available)"`,
  );
});

test("172.31.1.1 is nobody's", () => {
  const { model } = hetzner();
  const { id } = model.networks.create({ name: "net", ip_range: "172.31.0.0/16", subnets: [subnet("172.31.1.0/24")] });
  const server = model.servers.create(plainServer);
  expect(
    refusal(() => model.servers.actions.attach_to_network(server.id, { network: id, ip: "172.31.1.1" })),
  ).toMatchInlineSnapshot(
    `"IP 172.31.1.1 is not available in network 'net': it is the gateway of the public interfaces (ip_not_available)"`,
  );
});

test("an address in use is refused, whoever has it, as address or alias", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  const [first, second] = ["a", "b"].map((name) => model.servers.create({ ...plainServer, name }).id) as [
    number,
    number,
  ];
  model.servers.actions.attach_to_network(first, { network: id, ip: "10.0.1.10", alias_ips: ["10.0.1.20"] });
  const balancer = model.load_balancers.create({ name: "lb", load_balancer_type: "lb11", location: "fsn1" });
  model.load_balancers.actions.attach_to_network(balancer.id, { network: id, ip: "10.0.1.30" });
  expect(
    ["10.0.1.10", "10.0.1.20", "10.0.1.30"].map((ip) =>
      refusal(() => model.servers.actions.attach_to_network(second, { network: id, ip })),
    ),
  ).toMatchInlineSnapshot(`
    [
      "IP 10.0.1.10 is not available in network 'net': server 'a' has it (ip_not_available)",
      "IP 10.0.1.20 is not available in network 'net': server 'a' has it (ip_not_available)",
      "IP 10.0.1.30 is not available in network 'net': load balancer 'lb' has it (ip_not_available)",
    ]
  `);
});

test("without a subnet in the server's zone there is nothing to attach to", () => {
  const { model } = hetzner();
  const { id: empty } = model.networks.create({ ...network, name: "empty" });
  const id = withNetwork({ model });
  const american = model.servers.create({ ...plainServer, server_type: "cpx21", location: "ash" });
  expect([
    refusal(() => model.servers.actions.attach_to_network(american.id, { network: empty })),
    refusal(() => model.servers.actions.attach_to_network(american.id, { network: id })),
    refusal(() => model.servers.actions.attach_to_network(american.id, { network: id, ip: "10.0.1.5" })),
  ]).toMatchInlineSnapshot(`
    [
      "network 'empty' has no subnet in zone us-east (no_subnet_available)",
      "network 'net' has no subnet in zone us-east (no_subnet_available)",
      "IP 10.0.1.5 is not available in network 'net': subnet 10.0.1.0/24 is in zone eu-central, the resource in us-east (ip_not_available)",
    ]
  `);
});

test("a full subnet is full", () => {
  const { model } = hetzner();
  const { id } = model.networks.create({ ...network, subnets: [subnet("10.0.1.0/30")] });
  const attached = ["a", "b"].map(
    (name) => model.servers.create({ ...plainServer, name, networks: [id] }).private_net[0]?.ip,
  );
  expect([attached, refusal(() => model.servers.create({ ...plainServer, networks: [id] }))]).toMatchInlineSnapshot(`
    [
      [
        "10.0.1.1",
        "10.0.1.2",
      ],
      "subnet 10.0.1.0/30 of network 'net' is full (no_subnet_available)",
    ]
  `);
});

test("a network holds 100 resources", () => {
  const { model } = hetzner({ quotas: { servers: 200, cores: 1000, primary_ips: 500 } });
  const id = withNetwork({ model });
  for (let index = 0; index < 100; index++)
    model.servers.create({ ...plainServer, name: `node-${index}`, networks: [id] });
  expect(refusal(() => model.servers.create({ ...plainServer, name: "late", networks: [id] }))).toMatchInlineSnapshot(
    `"network 'net' already has 100 attached resources (resource_limit_exceeded)"`,
  );
});

test("a server is in a network once, in three networks at most, and in none that overlap", () => {
  const { model } = hetzner();
  const ids = ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.0.0.0/20"].map((ip_range, index) => {
    const range = ip_range.replace(/\/\d+$/, "/24");
    return model.networks.create({ name: `net-${index}`, ip_range, subnets: [subnet(range)] }).id;
  });
  const server = model.servers.create({ ...plainServer, networks: ids.slice(0, 1) });
  const attach = (network: number | undefined) => model.servers.actions.attach_to_network(server.id, { network });
  const again = refusal(() => attach(ids[0]));
  const overlapping = refusal(() => attach(ids[4]));
  attach(ids[1]);
  attach(ids[2]);
  expect([again, overlapping, refusal(() => attach(ids[3]))]).toMatchInlineSnapshot(`
    [
      "server 'node-1' is already attached to network 'net-0' (server_already_attached)",
      "network 'net-4' (10.0.0.0/20) overlaps 'net-0' (10.0.0.0/16), to which the server is attached (networks_overlap)",
      "server 'node-1' is already attached to 3 networks (resource_limit_exceeded)",
    ]
  `);
});

test("aliases are replaced as a whole, and a refused list changes nothing", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  const server = model.servers.create(plainServer);
  model.servers.actions.attach_to_network(server.id, {
    network: id,
    ip: "10.0.1.5",
    alias_ips: ["10.0.1.6", "10.0.1.7"],
  });
  const change = (alias_ips: string[]) =>
    model.servers.actions.change_alias_ips(server.id, { network: id, alias_ips }).private_net[0]?.alias_ips;
  const kept = change(["10.0.1.7", "10.0.1.8"]);
  const refused = refusal(() => change(["10.0.1.9", "10.0.1.5"]));
  const many = refusal(() => change(["10.0.1.11", "10.0.1.12", "10.0.1.13", "10.0.1.14", "10.0.1.15", "10.0.1.16"]));
  expect([kept, refused, many, model.servers.get(server.id).private_net[0]?.alias_ips]).toMatchInlineSnapshot(`
    [
      [
        "10.0.1.7",
        "10.0.1.8",
      ],
      "IP 10.0.1.5 is not available in network 'net': server 'node-1' has it (ip_not_available)",
      "invalid input in field 'alias_ips': a server has at most 5 alias IPs in a network (invalid_input)",
      [
        "10.0.1.7",
        "10.0.1.8",
      ],
    ]
  `);
});
