import { expect, test } from "vitest";
import { hetzner, plainServer, refusal, withNetwork } from "./support.ts";

const create = (more: object, options: Parameters<typeof hetzner>[0] = {}) => {
  const { model } = hetzner(options);
  return refusal(() => model.servers.create({ ...plainServer, ...more }));
};

test("a server is returned as the API returns it", () => {
  const { model } = hetzner();
  const network = withNetwork({ model });
  const { server_type, location, image, ...server } = model.servers.create({
    ...plainServer,
    labels: { role: "x" },
    networks: [network],
  });
  expect({
    ...server,
    server_type: server_type.name,
    location: location.name,
    image: image?.name,
  }).toMatchInlineSnapshot(`
    {
      "backup_window": null,
      "created": "2026-11-21T12:00:00+00:00",
      "id": 104200201,
      "image": "debian-13",
      "included_traffic": 21990232555520,
      "ingoing_traffic": null,
      "iso": null,
      "labels": {
        "role": "x",
      },
      "load_balancers": [],
      "location": "fsn1",
      "locked": false,
      "name": "node-1",
      "outgoing_traffic": null,
      "placement_group": null,
      "primary_disk_size": 80,
      "private_net": [
        {
          "alias_ips": [],
          "ip": "10.0.1.1",
          "mac_address": "86:00:00:42:0a:7b",
          "network": 10400101,
        },
      ],
      "protection": {
        "delete": false,
        "rebuild": false,
      },
      "public_net": {
        "firewalls": [],
        "floating_ips": [],
        "ipv4": {
          "blocked": false,
          "dns_ptr": "static.198.51.100.89.example.com",
          "id": 85000601,
          "ip": "198.51.100.89",
        },
        "ipv6": {
          "blocked": false,
          "dns_ptr": [],
          "id": 85000602,
          "ip": "2001:db8:e835:19a::/64",
        },
      },
      "rescue_enabled": false,
      "server_type": "cpx22",
      "status": "running",
      "volumes": [],
    }
  `);
});

test("what is returned is the caller's: changing it changes nothing in the cloud", () => {
  const { model } = hetzner();
  const network = withNetwork({ model });
  const server = model.servers.create({ ...plainServer, networks: [network] });
  server.private_net.length = 0;
  expect(model.servers.get(server.id).private_net.map((net) => net.ip)).toEqual(["10.0.1.1"]);
});

test.each(["-node", "node_1", "a..b", "n".repeat(64), ""])(
  "a server's name is a hostname as per RFC 1123, not '%s'",
  (name) => {
    expect(create({ name })).toEqual(
      `invalid input in field 'name': '${name}' is no valid hostname as per RFC 1123: letters, digits, dashes and periods only (invalid_input)`,
    );
  },
);

test("two servers have two names, also after one is renamed", () => {
  const { model } = hetzner();
  model.servers.create(plainServer);
  const other = model.servers.create({ ...plainServer, name: "node-2" });
  expect([
    refusal(() => model.servers.create(plainServer)),
    refusal(() => model.servers.update(other.id, { name: "node-1" })),
  ]).toMatchInlineSnapshot(`
    [
      "name is already used: server 104200201 is called 'node-1' (uniqueness_error)",
      "name is already used: server 104200201 is called 'node-1' (uniqueness_error)",
    ]
  `);
});

test("a server type has to exist", () => {
  expect(create({ server_type: "cx22" })).toMatchInlineSnapshot(
    `"invalid input in field 'server_type': 'cx22' is no server type, or no longer one (invalid_input)"`,
  );
});

test("a server type is offered in some locations only", () => {
  expect(create({ location: "ash" })).toMatchInlineSnapshot(
    `"invalid input in field 'location': unsupported location for server type: cpx22 is offered in fsn1, nbg1, hel1, sin, not in ash (invalid_input)"`,
  );
});

test("the cpx11 generation is gone outside the US", () => {
  expect(create({ server_type: "cpx31" })).toMatchInlineSnapshot(
    `"invalid input in field 'server_type': server type cpx31 is deprecated in fsn1 since 2025-10-16T06:00:00+00:00 (invalid_input)"`,
  );
});

test("cost-optimized types are out of stock", () => {
  expect([create({ server_type: "cx23" }), create({ server_type: "cax11" })]).toMatchInlineSnapshot(`
    [
      "error during placement: server type cx23 is not available in fsn1 at present (resource_unavailable)",
      "error during placement: server type cax11 is not available in fsn1 at present (resource_unavailable)",
    ]
  `);
});

test("a type can be sold out for a while", () => {
  expect(create({}, { soldOut: [{ serverType: "cpx22", location: "fsn1" }] })).toMatchInlineSnapshot(
    `"error during placement: server type cpx22 is not available in fsn1 at present (resource_unavailable)"`,
  );
});

test("a location has to exist", () => {
  expect(create({ location: "ber1" })).toMatchInlineSnapshot(
    `"invalid input in field 'location': 'ber1' is no location; there are fsn1, nbg1, hel1, ash, hil, sin (invalid_input)"`,
  );
});

test("an image has to exist, for the type's architecture, and be in use", () => {
  const snapshots = [{ id: 4711, description: "Talos arm64", architecture: "arm" as const, diskSize: 10 }];
  expect([
    create({ image: "talos" }),
    create({ image: 4711 }, { snapshots }),
    create({ image: "ubuntu-20.04" }),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'image': image 'talos' not found (invalid_input)",
      "invalid input in field 'image': image '4711' is for arm, the server type is x86 (invalid_input)",
      "invalid input in field 'image': image 'ubuntu-20.04' is deprecated since 2025-05-13T00:00:00+00:00 (invalid_input)",
    ]
  `);
});

test("an image fits on the type's disk", () => {
  expect(
    create({ image: 4711 }, { snapshots: [{ id: 4711, description: "large", architecture: "x86", diskSize: 81 }] }),
  ).toMatchInlineSnapshot(
    `"invalid input in field 'image': image needs a disk of 81 GB, cpx22 has 80 (invalid_input)"`,
  );
});

test("user data has 32 KiB at most, in bytes", () => {
  const { model } = hetzner();
  const fits = model.servers.create({ ...plainServer, user_data: "x".repeat(32_768) });
  expect([
    model.servers.machine(fits.id).user_data.length,
    create({ user_data: `${"x".repeat(32_767)}é` }),
  ]).toMatchInlineSnapshot(`
    [
      32768,
      "invalid input in field 'user_data': 32769 bytes, at most 32768 are allowed (invalid_input)",
    ]
  `);
});

test("a server without public addresses needs a network, or stays off", () => {
  const public_net = { enable_ipv4: false, enable_ipv6: false };
  const { model } = hetzner();
  const off = model.servers.create({ ...plainServer, public_net, start_after_create: false });
  expect([
    create({ public_net }),
    off.status,
    refusal(() => model.servers.actions.poweron(off.id)),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'public_net': server 'node-1' has neither a public address nor a network: give it one, or create it without starting it (invalid_input)",
      "off",
      "invalid input in field 'server': server 'node-1' has neither a public address nor a network (invalid_input)",
    ]
  `);
});

test("labels follow the rules of labels", () => {
  const labels = [
    { "-a": "b" },
    { a: "b " },
    { "hetzner.cloud/x": "y" },
    { "Bad_Prefix/x": "y" },
    { a: "b".repeat(64) },
  ];
  expect(labels.map((wrong) => create({ labels: wrong }))).toMatchInlineSnapshot(`
    [
      "invalid input in field 'labels': label key '-a' must be 1 to 63 of [a-zA-Z0-9._-], with a letter or digit at both ends (invalid_input)",
      "invalid input in field 'labels': label value 'b ' of key 'a' must be at most 63 of [a-zA-Z0-9._-], with a letter or digit at both ends (invalid_input)",
      "invalid input in field 'labels': label key 'hetzner.cloud/x' uses the reserved prefix hetzner.cloud/ (invalid_input)",
      "invalid input in field 'labels': label key 'Bad_Prefix/x' has a prefix that is no DNS subdomain (invalid_input)",
      "invalid input in field 'labels': label value 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' of key 'a' must be at most 63 of [a-zA-Z0-9._-], with a letter or digit at both ends (invalid_input)",
    ]
  `);
});

test("every wrong field is named at once", () => {
  expect(create({ name: 1, ssh_keys: "one", networks: ["x"] })).toMatchInlineSnapshot(
    `"invalid input in field 'name': Invalid input: expected string, received number; invalid input in field 'ssh_keys': Invalid input: expected array, received string; invalid input in field 'networks.0': Invalid input: expected number, received string (invalid_input)"`,
  );
});

test("an id of another kind is not found", () => {
  const { model } = hetzner();
  const server = model.servers.create(plainServer);
  expect(refusal(() => model.networks.get(server.id))).toEqual(`network with ID '${server.id}' not found (not_found)`);
});
