import { expect, test } from "vitest";
import { hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const balancer = { name: "lb", load_balancer_type: "lb11", location: "fsn1" };
const tcp = { protocol: "tcp", listen_port: 6443, destination_port: 6443 };
const check = { protocol: "http", port: 30080, interval: 5, timeout: 3, retries: 2, http: { path: "/readyz" } };

function withBalancer(options: Parameters<typeof hetzner>[0] = {}) {
  const { model } = hetzner(options);
  const network = withNetwork({ model });
  const { id } = model.load_balancers.create(balancer);
  return { model, network, id, actions: model.load_balancers.actions };
}

test("a load balancer is returned as the API returns it, with the API's defaults", () => {
  const { model, id, network, actions } = withBalancer();
  const server = model.servers.create({ ...plainServer, labels: { role: "worker" }, networks: [network] });
  actions.attach_to_network(id, { network, ip: "10.0.1.250" });
  actions.add_service(id, { protocol: "http", destination_port: 30080, health_check: check });
  actions.add_service(id, tcp);
  actions.add_target(id, { type: "server", server: { id: server.id }, use_private_ip: true });
  actions.add_target(id, { type: "label_selector", label_selector: { selector: "role=worker" }, use_private_ip: true });
  const { load_balancer_type, location, ...rest } = model.load_balancers.get(id);
  expect({ ...rest, load_balancer_type: load_balancer_type.name, location: location.name }).toMatchInlineSnapshot(`
    {
      "algorithm": {
        "type": "round_robin",
      },
      "created": "2026-11-21T12:00:00+00:00",
      "id": 3100401,
      "included_traffic": 21990232555520,
      "ingoing_traffic": null,
      "labels": {},
      "load_balancer_type": "lb11",
      "location": "fsn1",
      "name": "lb",
      "outgoing_traffic": null,
      "private_net": [
        {
          "ip": "10.0.1.250",
          "network": 10400101,
        },
      ],
      "protection": {
        "delete": false,
      },
      "public_net": {
        "enabled": true,
        "ipv4": {
          "dns_ptr": "static.198.51.100.94.example.com",
          "ip": "198.51.100.94",
        },
        "ipv6": {
          "dns_ptr": "",
          "ip": "2001:db8:1988:4ef1::1",
        },
      },
      "services": [
        {
          "destination_port": 30080,
          "health_check": {
            "http": {
              "domain": null,
              "path": "/readyz",
              "response": "",
              "status_codes": [
                "2??",
                "3??",
              ],
              "tls": false,
            },
            "interval": 5,
            "port": 30080,
            "protocol": "http",
            "retries": 2,
            "timeout": 3,
          },
          "http": {
            "certificates": [],
            "cookie_lifetime": 300,
            "cookie_name": "HCLBSTICKY",
            "redirect_http": false,
            "sticky_sessions": false,
            "timeout_idle": 60,
          },
          "listen_port": 80,
          "protocol": "http",
          "proxyprotocol": false,
        },
        {
          "destination_port": 6443,
          "health_check": {
            "http": null,
            "interval": 15,
            "port": 6443,
            "protocol": "tcp",
            "retries": 3,
            "timeout": 10,
          },
          "http": null,
          "listen_port": 6443,
          "protocol": "tcp",
          "proxyprotocol": false,
        },
      ],
      "targets": [
        {
          "health_status": [
            {
              "listen_port": 80,
              "status": "unknown",
            },
            {
              "listen_port": 6443,
              "status": "unknown",
            },
          ],
          "server": {
            "id": 104200201,
          },
          "type": "server",
          "use_private_ip": true,
        },
        {
          "label_selector": {
            "selector": "role=worker",
          },
          "targets": [
            {
              "health_status": [
                {
                  "listen_port": 80,
                  "status": "unknown",
                },
                {
                  "listen_port": 6443,
                  "status": "unknown",
                },
              ],
              "server": {
                "id": 104200201,
              },
              "type": "server",
              "use_private_ip": true,
            },
          ],
          "type": "label_selector",
          "use_private_ip": true,
        },
      ],
    }
  `);
});

test("a type has to exist", () => {
  const { model } = hetzner();
  expect(refusal(() => model.load_balancers.create({ ...balancer, load_balancer_type: "lb12" }))).toMatchInlineSnapshot(
    `"invalid input in field 'load_balancer_type': 'lb12' is none; there are lb11, lb21, lb31 (invalid_input)"`,
  );
});

test("a load balancer has a location or a network zone", () => {
  const { model } = hetzner();
  expect([
    refusal(() => model.load_balancers.create({ ...balancer, location: undefined })),
    refusal(() => model.load_balancers.create({ ...balancer, network_zone: "eu-central" })),
    refusal(() => model.load_balancers.create({ ...balancer, location: undefined, network_zone: "eu-west" })),
    model.load_balancers.create({ ...balancer, location: undefined, network_zone: "us-west" }).location.name,
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'location': either location or network_zone has to be given, not both (invalid_input)",
      "invalid input in field 'location': either location or network_zone has to be given, not both (invalid_input)",
      "invalid input in field 'network_zone': 'eu-west' is none; there are eu-central, us-east, us-west, ap-southeast (invalid_input)",
      "hil",
    ]
  `);
});

test("two load balancers have two names, and a project as many as its quota", () => {
  const { model } = withBalancer({ quotas: { load_balancers: 1 } });
  expect([
    refusal(() => model.load_balancers.create(balancer)),
    refusal(() => model.load_balancers.create({ ...balancer, name: "second" })),
  ]).toMatchInlineSnapshot(`
    [
      "name is already used: load balancer 3100401 is called 'lb' (uniqueness_error)",
      "load balancer limit exceeded: the project may have 1 (resource_limit_exceeded)",
    ]
  `);
});

test.each([
  ["an unknown protocol", { ...tcp, protocol: "udp" }],
  ["tcp without its own port", { protocol: "tcp", destination_port: 80 }],
  ["tcp without a port to go to", { protocol: "tcp", listen_port: 80 }],
  ["port 70000", { ...tcp, listen_port: 70_000 }],
  ["tcp with http settings", { ...tcp, http: { sticky_sessions: true } }],
  ["https without a certificate", { protocol: "https" }],
  ["https with a certificate that there is not", { protocol: "https", http: { certificates: [1] } }],
  ["http that redirects to itself", { protocol: "http", http: { redirect_http: true } }],
  ["a health check by https", { ...tcp, health_check: { ...check, protocol: "https" } }],
  ["a health check every second", { ...tcp, health_check: { ...check, interval: 1, timeout: 1 } }],
  ["a health check that outlives its interval", { ...tcp, health_check: { ...check, timeout: 6 } }],
  ["a tcp health check with a path", { ...tcp, health_check: { ...check, protocol: "tcp" } }],
  ["a path with a space", { ...tcp, health_check: { ...check, http: { path: "/a b" } } }],
  ["a status code of four digits", { ...tcp, health_check: { ...check, http: { status_codes: ["2000"] } } }],
])("a service is refused: %s", (_, service) => {
  const { id, actions } = withBalancer();
  expect(refusal(() => actions.add_service(id, service))).toMatchSnapshot();
});

test("a port is listened on once, by a redirect as well", () => {
  const { model, id, actions } = withBalancer();
  const certificate = model.certificates.create({ name: "www", type: "managed", domain_names: ["www.example.com"] }).id;
  actions.add_service(id, tcp);
  actions.add_service(id, { protocol: "http" });
  expect([
    refusal(() => actions.add_service(id, tcp)),
    refusal(() =>
      actions.add_service(id, { protocol: "https", http: { certificates: [certificate], redirect_http: true } }),
    ),
  ]).toMatchInlineSnapshot(`
    [
      "port 6443 of load balancer 'lb' is already used by its tcp service on 6443 (source_port_already_used)",
      "port 80 of load balancer 'lb' is already used by its http service on 80 (source_port_already_used)",
    ]
  `);
});

test("a load balancer shrinks only to a type that can carry what it has", () => {
  const { model, id, actions } = withBalancer();
  actions.change_type(id, { load_balancer_type: "lb21" });
  for (let port = 1; port <= 6; port++) actions.add_service(id, { ...tcp, listen_port: port });
  expect([
    refusal(() => actions.change_type(id, { load_balancer_type: "lb11" })),
    model.load_balancers.get(id).load_balancer_type.name,
  ]).toMatchInlineSnapshot(`
    [
      "load balancer 'lb' cannot become an lb11: it has 6 services, at most 5 are possible (invalid_load_balancer_type)",
      "lb21",
    ]
  `);
});

test("an update of a service keeps what it does not name", () => {
  const { id, actions } = withBalancer();
  actions.add_service(id, { protocol: "http", destination_port: 30080, health_check: check });
  const [before] = actions.add_service(id, tcp).services;
  const [after] = actions.update_service(id, {
    listen_port: 80,
    health_check: { protocol: "http", interval: 10 },
  }).services;
  expect([after, refusal(() => actions.update_service(id, { listen_port: 81 }))]).toEqual([
    { ...before, health_check: { ...before?.health_check, interval: 10 } },
    "load balancer 'lb' has no service on port 81 (not_found)",
  ]);
});

test("a protected load balancer stays", () => {
  const { model, id, actions } = withBalancer();
  actions.change_protection(id, { delete: true });
  expect(refusal(() => model.load_balancers.delete(id))).toMatchInlineSnapshot(
    `"load balancer 'lb' (3100401) is delete protected (protected)"`,
  );
});
