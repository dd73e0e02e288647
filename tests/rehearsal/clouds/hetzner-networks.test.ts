import fc from "fast-check";
import { expect, test } from "vitest";
import { hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const network = { name: "net", ip_range: "10.0.0.0/16" };
const subnet = (ip_range: string, more: object = {}) => ({
  type: "cloud",
  network_zone: "eu-central",
  ip_range,
  ...more,
});

test("a network is returned as the API returns it, its subnets behind the network's own gateway", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  model.networks.addRoute(id, { destination: "0.0.0.0/0", gateway: "10.0.1.2" });
  expect(model.networks.get(id)).toMatchInlineSnapshot(`
    {
      "created": "2026-11-21T12:00:00+00:00",
      "expose_routes_to_vswitch": false,
      "id": 10400101,
      "ip_range": "10.0.0.0/16",
      "labels": {},
      "load_balancers": [],
      "name": "net",
      "protection": {
        "delete": false,
      },
      "routes": [
        {
          "destination": "0.0.0.0/0",
          "gateway": "10.0.1.2",
        },
      ],
      "servers": [],
      "subnets": [
        {
          "gateway": "10.0.0.1",
          "ip_range": "10.0.1.0/24",
          "network_zone": "eu-central",
          "type": "cloud",
          "vswitch_id": null,
        },
      ],
    }
  `);
});

test.each([["10.0.0.1/16"], ["10.0.0.0"], ["11.0.0.0/16"], ["10.0.0.0/25"], ["172.0.0.0/11"]])(
  "a network's range is a private one of at least a /24, not %s",
  (ip_range) => {
    const { model } = hetzner();
    expect(refusal(() => model.networks.create({ ...network, ip_range }))).toMatchSnapshot();
  },
);

test("two networks have two names", () => {
  const { model } = hetzner();
  model.networks.create(network);
  expect(refusal(() => model.networks.create(network))).toMatchInlineSnapshot(
    `"name is already used: network 10400101 is called 'net' (uniqueness_error)"`,
  );
});

test("a project has as many networks as its quota", () => {
  const { model } = hetzner({ quotas: { networks: 1 } });
  model.networks.create(network);
  expect(refusal(() => model.networks.create({ ...network, name: "other" }))).toMatchInlineSnapshot(
    `"network limit exceeded: the project may have 1 (resource_limit_exceeded)"`,
  );
});

test("a subnet lies within its network", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect(refusal(() => model.networks.addSubnet(id, subnet("10.1.0.0/24")))).toMatchInlineSnapshot(
    `"invalid input in field 'ip_range': subnet 10.1.0.0/24 is not within the network's range 10.0.0.0/16 (invalid_input)"`,
  );
});

test("subnets do not overlap", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect(refusal(() => model.networks.addSubnet(id, subnet("10.0.0.0/20")))).toMatchInlineSnapshot(
    `"invalid input in field 'ip_range': subnet 10.0.0.0/20 overlaps subnet 10.0.1.0/24 (invalid_input)"`,
  );
});

test("a subnet does not overlap a route", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  model.networks.addRoute(id, { destination: "10.0.9.0/24", gateway: "10.0.1.2" });
  expect(refusal(() => model.networks.addSubnet(id, subnet("10.0.9.0/24")))).toMatchInlineSnapshot(
    `"invalid input in field 'ip_range': subnet 10.0.9.0/24 overlaps the route to 10.0.9.0/24 (invalid_input)"`,
  );
});

test("a subnet has four addresses at least", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect(refusal(() => model.networks.addSubnet(id, subnet("10.0.2.0/31")))).toMatchInlineSnapshot(
    `"invalid input in field 'ip_range': subnet 10.0.2.0/31 is smaller than a /30 (invalid_input)"`,
  );
});

test("a subnet is in a network zone that there is", () => {
  const { model } = hetzner();
  const { id } = model.networks.create(network);
  expect(
    refusal(() => model.networks.addSubnet(id, subnet("10.0.2.0/24", { network_zone: "eu-west" }))),
  ).toMatchInlineSnapshot(
    `"invalid input in field 'network_zone': 'eu-west' is none; there are eu-central, us-east, us-west, ap-southeast (invalid_input)"`,
  );
});

test("all subnets of a network are in one zone", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect(
    refusal(() => model.networks.addSubnet(id, subnet("10.0.2.0/24", { network_zone: "us-east" }))),
  ).toMatchInlineSnapshot(
    `"invalid input in field 'network_zone': all subnets of a network are in one zone: 'net' is in eu-central, not us-east (invalid_input)"`,
  );
});

test("a vSwitch is coupled in eu-central only", () => {
  const { model } = hetzner();
  const { id } = model.networks.create(network);
  expect(
    refusal(() =>
      model.networks.addSubnet(id, subnet("10.0.2.0/24", { type: "vswitch", vswitch_id: 1, network_zone: "us-east" })),
    ),
  ).toMatchInlineSnapshot(
    `"invalid input in field 'type': a vSwitch can be coupled in zone eu-central only (invalid_input)"`,
  );
});

test("a vSwitch subnet names its vSwitch, any other none", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect([
    refusal(() => model.networks.addSubnet(id, subnet("10.0.2.0/24", { type: "vswitch" }))),
    refusal(() => model.networks.addSubnet(id, subnet("10.0.2.0/24", { vswitch_id: 1 }))),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'vswitch_id': a subnet of type vswitch needs one (invalid_input)",
      "invalid input in field 'vswitch_id': only a subnet of type vswitch has one (invalid_input)",
    ]
  `);
});

test("a network has 50 subnets at most", () => {
  const { model } = hetzner();
  const { id } = model.networks.create(network);
  for (let index = 0; index < 50; index++) model.networks.addSubnet(id, subnet(`10.0.${index}.0/24`));
  expect(refusal(() => model.networks.addSubnet(id, subnet("10.0.50.0/24")))).toMatchInlineSnapshot(
    `"network 'net' already has 50 subnets (resource_limit_exceeded)"`,
  );
});

test("a subnet without a range gets the first free /24", () => {
  const { model } = hetzner();
  const { id } = model.networks.create({ ...network, subnets: [subnet("10.0.0.0/24"), subnet("10.0.2.0/23")] });
  model.networks.addSubnet(id, { type: "cloud", network_zone: "eu-central" });
  expect(
    model.networks.addSubnet(id, { type: "cloud", network_zone: "eu-central" }).subnets.map((row) => row.ip_range),
  ).toEqual(["10.0.0.0/24", "10.0.2.0/23", "10.0.1.0/24", "10.0.4.0/24"]);
});

test("a subnet stays while something has an address of it, an alias included", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  const server = model.servers.create({ ...plainServer, networks: [id] });
  const inUse = refusal(() => model.networks.deleteSubnet(id, { ip_range: "10.0.1.0/24" }));
  model.servers.actions.detach_from_network(server.id, { network: id });
  expect([inUse, model.networks.deleteSubnet(id, { ip_range: "10.0.1.0/24" }).subnets]).toMatchInlineSnapshot(`
    [
      "cannot remove subnet 10.0.1.0/24 because servers are attached to it: server 'node-1' (service_error)",
      [],
    ]
  `);
});

test.each([
  ["8.8.8.0/24", "a private network, or everything"],
  ["172.31.0.0/16", "around the public interfaces' gateway"],
  ["10.0.1.128/25", "over a subnet"],
  ["10.0.8.0/22", "over another route"],
  ["10.0.9.9/24", "with host bits"],
])("a route does not lead to %s: %s", (destination) => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  model.networks.addRoute(id, { destination: "10.0.9.0/24", gateway: "10.0.1.2" });
  expect(refusal(() => model.networks.addRoute(id, { destination, gateway: "10.0.1.2" }))).toMatchSnapshot();
});

test.each([
  ["10.0.0.1", "the network's own"],
  ["10.1.0.2", "outside the network"],
  ["172.31.1.1", "that of the public interfaces"],
  ["10.0.40.5", "behind a vSwitch"],
])("a route's gateway is not %s: %s", (gateway) => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  model.networks.addSubnet(id, subnet("10.0.40.0/24", { type: "vswitch", vswitch_id: 7 }));
  expect(refusal(() => model.networks.addRoute(id, { destination: "10.20.0.0/16", gateway }))).toMatchSnapshot();
});

test("a second default route is refused, a default route beside others is not", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  model.networks.addRoute(id, { destination: "10.20.0.0/16", gateway: "10.0.1.2" });
  model.networks.addRoute(id, { destination: "0.0.0.0/0", gateway: "10.0.1.2" });
  expect(
    refusal(() => model.networks.addRoute(id, { destination: "0.0.0.0/0", gateway: "10.0.1.3" })),
  ).toMatchInlineSnapshot(
    `"invalid input in field 'destination': 0.0.0.0/0 overlaps the route to 0.0.0.0/0 (invalid_input)"`,
  );
});

test("a network has 100 routes at most", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  for (let index = 0; index < 100; index++)
    model.networks.addRoute(id, { destination: `10.${index + 1}.0.0/16`, gateway: "10.0.1.2" });
  expect(
    refusal(() => model.networks.addRoute(id, { destination: "10.200.0.0/16", gateway: "10.0.1.2" })),
  ).toMatchInlineSnapshot(`"network 'net' already has 100 routes (resource_limit_exceeded)"`);
});

test("a network's range only grows, at its end", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  expect([
    refusal(() => model.networks.changeIpRange(id, { ip_range: "10.0.0.0/17" })),
    refusal(() => model.networks.changeIpRange(id, { ip_range: "10.2.0.0/15" })),
    model.networks.changeIpRange(id, { ip_range: "10.0.0.0/15" }).ip_range,
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'ip_range': 10.0.0.0/16 can only be extended at its end, not changed to 10.0.0.0/17 (invalid_input)",
      "invalid input in field 'ip_range': 10.0.0.0/16 can only be extended at its end, not changed to 10.2.0.0/15 (invalid_input)",
      "10.0.0.0/15",
    ]
  `);
});

test("a protected network is not deleted, an unprotected one lets go of what is attached", () => {
  const { model } = hetzner();
  const id = withNetwork({ model });
  const server = model.servers.create({ ...plainServer, networks: [id] });
  model.networks.changeProtection(id, { delete: true });
  const kept = refusal(() => model.networks.delete(id));
  model.networks.changeProtection(id, { delete: false });
  model.networks.delete(id);
  expect([
    kept,
    model.servers.get(server.id).private_net,
    refusal(() => model.networks.get(id)),
  ]).toMatchInlineSnapshot(`
    [
      "network 'net' (10400101) is delete protected (protected)",
      [],
      "network with ID '10400101' not found (not_found)",
    ]
  `);
});

test("whatever subnets are asked for, those accepted lie in the network and apart from each other", () => {
  const range = fc.record({ third: fc.integer({ min: 0, max: 255 }), prefix: fc.integer({ min: 20, max: 30 }) });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
      const { model } = hetzner();
      const { id } = model.networks.create({ ...network, ip_range: "10.0.0.0/17" });
      for (const { third, prefix } of ranges) {
        try {
          model.networks.addSubnet(id, subnet(`10.0.${third}.0/${prefix}`));
        } catch {
          // Refused: not of interest here.
        }
      }
      const spans = model.networks.get(id).subnets.map(({ ip_range }) => {
        const [, third = 0, prefix = 0] = (/^10\.0\.(\d+)\.0\/(\d+)$/.exec(ip_range) ?? []).map(Number);
        return { first: third * 256, end: third * 256 + 2 ** (32 - prefix) };
      });
      spans.sort((a, b) => a.first - b.first);
      for (const [index, span] of spans.entries()) {
        expect(span.end).toBeLessThanOrEqual(Math.min(spans[index + 1]?.first ?? 32_768, 32_768));
      }
    }),
  );
});
