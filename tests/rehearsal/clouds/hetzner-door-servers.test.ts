import { expect, test } from "vitest";
import { hidden, network, server, start } from "./hetzner-program.ts";
import { codeOf, refusal } from "./support.ts";

test("the provider's token is one of the project's", () => {
  const { engine } = start();
  const provider = "pulumi:providers:hcloud";
  expect([
    engine.create(provider, "good", { token: "token" }).seconds,
    refusal(() => engine.create(provider, "none", {})),
    refusal(() => engine.create(provider, "empty", { token: "" })),
    refusal(() => engine.create(provider, "wrong", { token: "other" })),
  ]).toMatchInlineSnapshot(`
    [
      0,
      "unable to authenticate: the token is missing, or is none of this project's (unauthorized)",
      "unable to authenticate: the token is missing, or is none of this project's (unauthorized)",
      "unable to authenticate: the token is missing, or is none of this project's (unauthorized)",
    ]
  `);
});

test("a server: its outputs, its id, its time", () => {
  const world = start();
  const { networkId } = network(world);
  const made = world.create(
    "Server",
    "node",
    {
      ...server,
      userData: "#cloud-config\n",
      networks: [{ networkId, ip: "10.0.1.10", aliasIps: ["10.0.1.20"] }],
      labels: { role: "x" },
    },
    ["net", "subnet"],
  );
  expect(made).toMatchInlineSnapshot(`
    {
      "id": "104200201",
      "inputs": {
        "image": "debian-13",
        "labels": {
          "role": "x",
        },
        "location": "fsn1",
        "name": "node-1",
        "networks": [
          {
            "aliasIps": [
              "10.0.1.20",
            ],
            "ip": "10.0.1.10",
            "networkId": 10400101,
          },
        ],
        "serverType": "cpx22",
        "userData": "#cloud-config
    ",
      },
      "outputs": {
        "backupWindow": "",
        "backups": false,
        "deleteProtection": false,
        "firewallIds": [],
        "ignoreRemoteFirewallIds": false,
        "image": "debian-13",
        "ipv4Address": "198.51.100.89",
        "ipv6Address": "2001:db8:e835:19a::1",
        "ipv6Network": "2001:db8:e835:19a::/64",
        "labels": {
          "role": "x",
        },
        "location": "fsn1",
        "name": "node-1",
        "networks": [
          {
            "aliasIps": [
              "10.0.1.20",
            ],
            "ip": "10.0.1.10",
            "macAddress": "86:00:00:42:0a:7b",
            "networkId": 10400101,
            "subnetId": "",
          },
        ],
        "placementGroupId": 0,
        "primaryDiskSize": 80,
        "rebuildProtection": false,
        "serverType": "cpx22",
        "status": "running",
        "userData": "wK9leoEi2xH7hUH5D+q3hxwsPXE=",
      },
      "seconds": 29,
    }
  `);
});

test("a private server is started when it has its interface", () => {
  const world = start();
  const { networkId } = network(world);
  const made = world.create(
    "Server",
    "node",
    { ...server, publicNets: hidden, networks: [{ networkId, ip: "10.0.1.10" }] },
    ["net", "subnet"],
  );
  const { status, ipv4Address, ipv6Address, ipv6Network } = made.outputs;
  expect({ status, ipv4Address, ipv6Address, ipv6Network, seconds: made.seconds }).toEqual({
    status: "running",
    ipv4Address: "",
    ipv6Address: "",
    ipv6Network: "<nil>",
    seconds: 35,
  });
});

test("a server whose interface is refused is not there: the next try finds its name free", () => {
  const world = start();
  const { networkId } = network(world);
  const attempt = () => world.create("Server", "node", { ...server, networks: [{ networkId, ip: "10.0.9.9" }] });
  expect([codeOf(refusal(attempt)), codeOf(refusal(attempt)), world.model.servers.list()]).toEqual([
    "ip_not_available",
    "ip_not_available",
    [],
  ]);
});

test("a server is updated in place, one request for each thing that changed", () => {
  const world = start();
  const { networkId } = network(world);
  const firewall = Number(world.create("Firewall", "fw", { name: "fw" }).id);
  const old = world.create("Server", "node", { ...server, networks: [{ networkId, ip: "10.0.1.10" }] }, [
    "net",
    "subnet",
  ]);
  const wanted = {
    ...server,
    name: "renamed",
    serverType: "cpx32",
    keepDisk: true,
    labels: { role: "x" },
    backups: true,
    deleteProtection: true,
    rebuildProtection: true,
    firewallIds: [firewall],
    networks: [{ networkId, ip: "10.0.1.11", aliasIps: ["10.0.1.12"] }],
    publicNets: [{ ipv4Enabled: true, ipv6Enabled: false }],
  };
  const { outputs, seconds } = world.update("Server", "node", wanted, old);
  const {
    name,
    serverType,
    primaryDiskSize,
    labels,
    backups,
    deleteProtection,
    firewallIds,
    networks,
    ipv4Address,
    ipv6Address,
    status,
  } = outputs;
  expect({
    name,
    serverType,
    primaryDiskSize,
    labels,
    backups,
    deleteProtection,
    firewallIds,
    networks,
    sameAddress: ipv4Address === old.outputs.ipv4Address,
    ipv6Address,
    status,
    seconds,
  }).toMatchInlineSnapshot(`
    {
      "backups": true,
      "deleteProtection": true,
      "firewallIds": [
        2300301,
      ],
      "ipv6Address": "",
      "labels": {
        "role": "x",
      },
      "name": "renamed",
      "networks": [
        {
          "aliasIps": [
            "10.0.1.12",
          ],
          "ip": "10.0.1.11",
          "macAddress": "86:00:00:42:0a:7b",
          "networkId": 10400101,
          "subnetId": "",
        },
      ],
      "primaryDiskSize": 80,
      "sameAddress": true,
      "seconds": 87,
      "serverType": "cpx32",
      "status": "running",
    }
  `);
});

test("half a protection, a running server out of its group, an unknown data centre: the provider or the API says no", () => {
  const world = start();
  const group = Number(world.create("PlacementGroup", "group", { name: "group", type: "spread" }).id);
  const node = world.create("Server", "node", { ...server, placementGroupId: group });
  expect([
    refusal(() => world.update("Server", "node", { ...server, placementGroupId: group, deleteProtection: true }, node)),
    refusal(() => world.update("Server", "node", server, node)),
    refusal(() => world.create("Server", "other", { ...server, name: "other", datacenter: "fsn1-dc14" })),
    refusal(() => world.create("Server", "other", { ...server, name: "other", networks: [{ ip: "10.0.1.1" }] })),
    refusal(() => world.create("Server", "other", { name: "other", image: "debian-13" })),
  ]).toMatchInlineSnapshot(`
    [
      "invalid input in field 'rebuild': delete and rebuild protection have to be the same, not true and false (invalid_input)",
      "removing running server 'node-1' from placement group 'group' is not supported by the provider: shut it down first (server_not_stopped)",
      "datacenter: removed on 1 July 2026, use location (InvalidInput)",
      "networks: must specify either networkId or subnetId (InvalidInput)",
      "serverType: Invalid input: expected string, received undefined (InvalidInput)",
    ]
  `);
});
