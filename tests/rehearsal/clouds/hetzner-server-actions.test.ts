import { expect, test } from "vitest";
import { hetzner, noon, plainServer, publicKey, refusal, withNetwork } from "./support.ts";

const create = (more: object, options: Parameters<typeof hetzner>[0] = {}) => {
  const { model } = hetzner(options);
  return refusal(() => model.servers.create({ ...plainServer, ...more }));
};

test("SSH keys, firewalls, networks, groups and volumes have to exist", () => {
  expect([
    create({ ssh_keys: ["nobody"] }),
    create({ firewalls: [{ firewall: 1 }] }),
    create({ networks: [1] }),
    create({ placement_group: 1 }),
    create({ volumes: [1] }),
    create({ public_net: { ipv4: 1 } }),
  ]).toMatchInlineSnapshot(`
    [
      "SSH key 'nobody' not found (not_found)",
      "firewall with ID '1' not found (not_found)",
      "network with ID '1' not found (not_found)",
      "placement group with ID '1' not found (not_found)",
      "volume with ID '1' not found (not_found)",
      "primary IP with ID '1' not found (not_found)",
    ]
  `);
});

test("a refused server leaves nothing behind", () => {
  const { model } = hetzner({ quotas: { primary_ips: 1 } });
  const network = withNetwork({ model });
  const firewall = model.firewalls.create({ name: "fw" });
  const group = model.placement_groups.create({ name: "spread", type: "spread" });
  const refused = refusal(() =>
    model.servers.create({
      ...plainServer,
      networks: [network],
      firewalls: [{ firewall: firewall.id }],
      placement_group: group.id,
    }),
  );
  expect([
    refused,
    model.servers.list(),
    model.primary_ips.list(),
    model.firewalls.get(firewall.id).applied_to,
    model.placement_groups.get(group.id).servers,
  ]).toMatchInlineSnapshot(`
    [
      "primary IP limit exceeded: the project may have 1 (resource_limit_exceeded)",
      [],
      [],
      [],
      [],
    ]
  `);
});

test("quotas count servers and their vCPUs", () => {
  const { model } = hetzner({ quotas: { servers: 2, cores: 5 } });
  model.servers.create(plainServer);
  const cores = refusal(() => model.servers.create({ ...plainServer, name: "big", server_type: "cpx32" }));
  model.servers.create({ ...plainServer, name: "node-2" });
  expect([cores, refusal(() => model.servers.create({ ...plainServer, name: "node-3" }))]).toMatchInlineSnapshot(`
    [
      "core limit exceeded: 2 of 5 vCPUs are in use, cpx32 needs 4 (resource_limit_exceeded)",
      "server limit exceeded: the project may have 2 (resource_limit_exceeded)",
    ]
  `);
});

test("a spread group has ten servers", () => {
  const { model } = hetzner();
  const group = model.placement_groups.create({ name: "spread", type: "spread" }).id;
  for (let index = 1; index <= 10; index++)
    model.servers.create({ ...plainServer, name: `node-${index}`, placement_group: group });
  expect(
    refusal(() => model.servers.create({ ...plainServer, name: "node-11", placement_group: group })),
  ).toMatchInlineSnapshot(
    `"error during placement: placement group 'spread' already has 10 servers, no room for 'node-11' (placement_error)"`,
  );
});

test("a group's type is spread", () => {
  const { model } = hetzner();
  expect(refusal(() => model.placement_groups.create({ name: "near", type: "cluster" }))).toMatchInlineSnapshot(
    `"invalid input in field 'type': Invalid input: expected "spread" (invalid_input)"`,
  );
});

test("a group with servers stays; a server joins one only when it is off", () => {
  const { model } = hetzner();
  const group = model.placement_groups.create({ name: "spread", type: "spread" }).id;
  const server = model.servers.create(plainServer).id;
  const running = refusal(() => model.servers.actions.add_to_placement_group(server, { placement_group: group }));
  model.servers.actions.poweroff(server);
  model.servers.actions.add_to_placement_group(server, { placement_group: group });
  expect([
    running,
    model.placement_groups.get(group).servers,
    refusal(() => model.placement_groups.delete(group)),
  ]).toMatchInlineSnapshot(`
    [
      "server 'node-1' has to be powered off before it joins a placement group (server_not_stopped)",
      [
        104200201,
      ],
      "placement group 'spread' still has servers 104200201 (resource_in_use)",
    ]
  `);
});

test("delete and rebuild protection go together, and protect", () => {
  const { model } = hetzner();
  const { id } = model.servers.create(plainServer);
  const half = refusal(() => model.servers.actions.change_protection(id, { delete: true }));
  model.servers.actions.change_protection(id, { delete: true, rebuild: true });
  expect([
    half,
    refusal(() => model.servers.delete(id)),
    refusal(() => model.servers.actions.rebuild(id, { image: "debian-12" })),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'rebuild': delete and rebuild protection have to be the same, not true and false (invalid_input)",
      "server 'node-1' (104200201) is delete protected (protected)",
      "server 'node-1' (104200201) is rebuild protected (protected)",
    ]
  `);
});

test("a server changes its type only when it is off, within its architecture, and with a disk that does not shrink", () => {
  const { model } = hetzner();
  const { id } = model.servers.create(plainServer);
  const to = (server_type: string, upgrade_disk = true) =>
    model.servers.actions.change_type(id, { server_type, upgrade_disk });
  const running = refusal(() => to("cpx32"));
  model.servers.actions.poweroff(id);
  const refusals = [running, ...["cpx12", "cax21", "cpx22", "cx33", "cpx31"].map((type) => refusal(() => to(type)))];
  const kept = to("cpx32", false);
  model.servers.actions.poweroff(id);
  const back = to("cpx22");
  const facts = [kept, back].map((server) => [server.server_type.name, server.primary_disk_size, server.status]);
  expect([refusals, facts]).toMatchInlineSnapshot(`
    [
      [
        "server 'node-1' has to be powered off before its type is changed (server_not_stopped)",
        "server 'node-1' (cpx22) cannot become cpx12: its disk has 80 GB, the type's 40; disks never shrink (invalid_server_type)",
        "server 'node-1' (cpx22) cannot become cax21: the architecture would change from x86 to arm (invalid_server_type)",
        "server 'node-1' (cpx22) cannot become cpx22: it is one already (invalid_server_type)",
        "error during placement: server type cx33 is not available in fsn1 at present (resource_unavailable)",
        "invalid input in field 'server_type': server type cpx31 is deprecated in fsn1 since 2025-10-16T06:00:00+00:00 (invalid_input)",
      ],
      [
        [
          "cpx32",
          80,
          "running",
        ],
        [
          "cpx22",
          80,
          "running",
        ],
      ],
    ]
  `);
});

test("what a server had is free again when it is deleted", () => {
  const { model } = hetzner();
  const network = withNetwork({ model });
  const kept = model.primary_ips.create({ name: "kept", type: "ipv4", location: "fsn1" });
  const volume = model.volumes.create({ name: "data", size: 10, location: "fsn1" });
  const firewall = model.firewalls.create({ name: "fw" });
  const server = model.servers.create({
    ...plainServer,
    networks: [network],
    volumes: [volume.id],
    firewalls: [{ firewall: firewall.id }],
    public_net: { ipv4: kept.id },
  });
  const balancer = model.load_balancers.create({
    name: "lb",
    load_balancer_type: "lb11",
    location: "fsn1",
    targets: [{ type: "server", server: { id: server.id } }],
  });
  model.servers.delete(server.id);
  expect({
    ips: model.primary_ips.list().map((ip) => [ip.name, ip.assignee_id]),
    volume: model.volumes.get(volume.id).server,
    firewall: model.firewalls.get(firewall.id).applied_to,
    targets: model.load_balancers.get(balancer.id).targets,
    network: model.networks.get(network).servers,
  }).toEqual({ ips: [["kept", null]], volume: null, firewall: [], targets: [], network: [] });
});

test("addresses are public documentation addresses, all different, and the same in every run", () => {
  const addresses = () => {
    const { model } = hetzner();
    return Array.from(
      { length: 40 },
      (_, index) => model.servers.create({ ...plainServer, name: `node-${index}` }).public_net,
    ).map(({ ipv4, ipv6 }) => [ipv4?.ip, ipv6?.ip]);
  };
  const first = addresses();
  expect(addresses()).toEqual(first);
  expect(new Set(first.flat()).size).toBe(80);
  expect(
    first.every(
      ([ipv4, ipv6]) =>
        /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/.test(ipv4 ?? "") && /^2001:db8:.*::\/64$/.test(ipv6 ?? ""),
    ),
  ).toBe(true);
});

test("a machine knows what its server was created with", () => {
  const { model } = hetzner();
  const key = publicKey();
  const { id } = model.ssh_keys.create({ name: "admin", public_key: key });
  const server = model.servers.create({ ...plainServer, user_data: "#cloud-config\n", ssh_keys: [id] });
  const { user_data, public_keys } = model.servers.machine(server.id);
  expect({ user_data, public_keys }).toEqual({ user_data: "#cloud-config\n", public_keys: [key] });
});

test("things are created at the clock's time", () => {
  const { model } = hetzner({ now: () => new Date(noon.getTime() + 1500) });
  expect(model.servers.create(plainServer).created).toBe("2026-11-21T12:00:01+00:00");
});

test("a token is needed, one of the project's", () => {
  const { model } = hetzner();
  model.authorize("token");
  expect([refusal(() => model.authorize(undefined)), refusal(() => model.authorize("other"))]).toMatchInlineSnapshot(`
    [
      "unable to authenticate: the token is missing, or is none of this project's (unauthorized)",
      "unable to authenticate: the token is missing, or is none of this project's (unauthorized)",
    ]
  `);
});
