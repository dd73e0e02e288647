import { expect, test } from "vitest";
import { hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const rule = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0", "::/0"] };

test.each([
  ["no port for tcp", { ...rule, port: undefined }],
  ["a port for icmp", { ...rule, protocol: "icmp" }],
  ["port 0", { ...rule, port: "0" }],
  ["a range that runs backwards", { ...rule, port: "90-80" }],
  ["a protocol that there is not", { ...rule, protocol: "sctp" }],
  ["destinations of what comes in", { ...rule, destination_ips: ["10.0.0.0/8"] }],
  ["no source", { ...rule, source_ips: [] }],
  ["an address that is no network", { ...rule, source_ips: ["10.0.0.1"] }],
  ["host bits", { ...rule, source_ips: ["10.0.0.1/8"] }],
  ["101 sources", { ...rule, source_ips: Array.from({ length: 101 }, (_, index) => `10.0.${index}.0/24`) }],
  ["a description of 256 characters", { ...rule, description: "x".repeat(256) }],
])("a firewall rule is refused: %s", (_, wrong) => {
  const { model } = hetzner();
  expect(refusal(() => model.firewalls.create({ name: "fw", rules: [wrong] }))).toMatchSnapshot();
});

test("a firewall has 50 rules and 500 effective ones", () => {
  const { model } = hetzner();
  const wide = { ...rule, source_ips: Array.from({ length: 100 }, (_, index) => `10.0.${index}.0/24`) };
  expect([
    refusal(() => model.firewalls.create({ name: "fw", rules: Array.from({ length: 51 }, () => rule) })),
    refusal(() => model.firewalls.create({ name: "fw", rules: [wide, wide, wide, wide, wide, rule] })),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'rules': 51 rules, a firewall has at most 50 (invalid_input)",
      "invalid input in field 'rules': 502 effective rules (one for each CIDR block), a firewall has at most 500 (invalid_input)",
    ]
  `);
});

test("a firewall's name is its own, of 128 characters at most", () => {
  const { model } = hetzner();
  model.firewalls.create({ name: "fw" });
  expect([
    refusal(() => model.firewalls.create({ name: "fw" })),
    refusal(() => model.firewalls.create({ name: "f".repeat(129) })),
  ]).toMatchInlineSnapshot(`
    [
      "name is already used: firewall 2300301 is called 'fw' (uniqueness_error)",
      "invalid input in field 'name': Too big: expected string to have <=128 characters (invalid_input)",
    ]
  `);
});

test("a server has five firewalls, those that a selector gives it included", () => {
  const { model } = hetzner();
  const firewalls = Array.from({ length: 5 }, (_, index) => ({
    firewall: model.firewalls.create({ name: `fw-${index}` }).id,
  }));
  const server = model.servers.create({ ...plainServer, labels: { role: "x" }, firewalls });
  const sixth = model.firewalls.create({ name: "sixth" }).id;
  const apply_to = [{ type: "server", server: { id: server.id } }];
  expect([
    refusal(() => model.firewalls.applyToResources(sixth, { apply_to })),
    refusal(() =>
      model.firewalls.applyToResources(sixth, {
        apply_to: [{ type: "label_selector", label_selector: { selector: "role=x" } }],
      }),
    ),
    refusal(() =>
      model.servers.create({ ...plainServer, name: "node-2", firewalls: [...firewalls, { firewall: sixth }] }),
    ),
  ]).toMatchInlineSnapshot(`
    [
      "server 'node-1' already has 5 firewalls: 'fw-0', 'fw-1', 'fw-2', 'fw-3', 'fw-4' (resource_limit_exceeded)",
      "server 'node-1' already has 5 firewalls: 'fw-0', 'fw-1', 'fw-2', 'fw-3', 'fw-4' (resource_limit_exceeded)",
      "server 'node-2' would have 6 firewalls, at most 5 are allowed (resource_limit_exceeded)",
    ]
  `);
});

test("a firewall is applied once, to what there is and what it can filter", () => {
  const { model } = hetzner();
  const network = withNetwork({ model });
  const server = model.servers.create(plainServer);
  const hidden = model.servers.create({
    ...plainServer,
    name: "hidden",
    networks: [network],
    public_net: { enable_ipv4: false, enable_ipv6: false },
  });
  const { id } = model.firewalls.create({ name: "fw", apply_to: [{ type: "server", server: { id: server.id } }] });
  const to = (server: number) => ({ apply_to: [{ type: "server", server: { id: server } }] });
  expect([
    refusal(() => model.firewalls.applyToResources(id, to(server.id))),
    refusal(() => model.firewalls.applyToResources(id, to(hidden.id))),
    refusal(() => model.firewalls.applyToResources(id, to(1))),
    refusal(() =>
      model.firewalls.applyToResources(id, {
        apply_to: [{ type: "label_selector", label_selector: { selector: "a in b" } }],
      }),
    ),
    refusal(() =>
      model.firewalls.create({ name: "twice", apply_to: [...to(server.id).apply_to, ...to(server.id).apply_to] }),
    ),
    refusal(() => model.firewalls.delete(id)),
    refusal(() => model.firewalls.removeFromResources(id, { remove_from: to(hidden.id).apply_to })),
  ]).toMatchInlineSnapshot(`
    [
      "firewall 'fw' is already applied to {"type":"server","server":{"id":104200201}} (firewall_already_applied)",
      "server 'hidden' has no public interface for firewall 'fw' to filter (private_net_only_server)",
      "server with ID '1' not found (firewall_resource_not_found)",
      "invalid input in field 'label_selector.selector': 'a in b' is no label selector (invalid_input)",
      "server 104200201 is named more than once (server_already_added)",
      "firewall 'fw' is still applied to [{"type":"server","server":{"id":104200201}}] (resource_in_use)",
      "firewall 'fw' is not applied to {"type":"server","server":{"id":104200202}} (firewall_resource_not_found)",
    ]
  `);
});

test("what a selector gives is taken away by the selector only", () => {
  const { model } = hetzner();
  const server = model.servers.create({ ...plainServer, labels: { role: "x" } });
  const selector = { type: "label_selector", label_selector: { selector: "role=x" } };
  const firewall = model.firewalls.create({ name: "fw", apply_to: [selector] });
  const refused = refusal(() =>
    model.firewalls.removeFromResources(firewall.id, { remove_from: [{ type: "server", server: { id: server.id } }] }),
  );
  const applied = [firewall.applied_to, model.servers.get(server.id).public_net.firewalls];
  model.firewalls.removeFromResources(firewall.id, { remove_from: [selector] });
  expect([refused, applied, model.servers.get(server.id).public_net.firewalls]).toMatchInlineSnapshot(`
    [
      "firewall 'fw' is applied to server 'node-1' by a label selector (firewall_managed_by_label_selector)",
      [
        [
          {
            "applied_to_resources": [
              {
                "server": {
                  "id": 104200201,
                },
                "type": "server",
              },
            ],
            "label_selector": {
              "selector": "role=x",
            },
            "type": "label_selector",
          },
        ],
        [
          {
            "id": 2300301,
            "status": "applied",
          },
        ],
      ],
      [],
    ]
  `);
});
