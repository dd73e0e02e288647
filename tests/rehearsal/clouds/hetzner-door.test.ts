import { expect, test } from "vitest";
import type { Existing } from "../../../rehearsal/model.ts";
import { everything, network, server, start, type } from "./hetzner-program.ts";
import { unknownOutputs } from "./sdk.ts";
import { codeOf, hetzner, refusal } from "./support.ts";

test("a subnet in use is not deleted, and everything goes in the right order", () => {
  const world = start();
  const { net, subnet, networkId } = network(world);
  const node = world.create("Server", "node", { ...server, networks: [{ networkId, ip: "10.0.1.10" }] }, [
    "net",
    "subnet",
  ]);
  const used = refusal(() => world.delete("NetworkSubnet", "subnet", subnet));
  const seconds = [
    world.delete("Server", "node", node),
    world.delete("NetworkSubnet", "subnet", subnet),
    world.delete("Network", "net", net),
  ];
  expect([codeOf(used), seconds, world.model.networks.list()]).toEqual(["service_error", [8, 3, 2], []]);
});

test("deleting what is gone already is no failure", () => {
  const world = start();
  const node = world.create("Server", "node", server);
  world.model.servers.delete(Number(node.id));
  expect(world.delete("Server", "node", node)).toBe(8);
});

test("a name that is left out is the engine's to make", () => {
  const world = start();
  const { id, outputs } = world.create("PlacementGroup", "group", { type: "spread" });
  expect(outputs.name).toMatch(/^group-[0-9a-f]{7}$/);
  expect(world.model.placement_groups.get(Number(id)).name).toBe(outputs.name);
});

test("what cannot change in place, and what is deleted before it is replaced", () => {
  const { provider } = hetzner();
  const kinds = [
    "Network",
    "NetworkSubnet",
    "NetworkRoute",
    "Server",
    "ServerNetwork",
    "Firewall",
    "FirewallAttachment",
    "PlacementGroup",
    "SshKey",
    "LoadBalancer",
    "LoadBalancerNetwork",
    "LoadBalancerService",
    "LoadBalancerTarget",
    "PrimaryIp",
    "Volume",
    "VolumeAttachment",
    "UploadedCertificate",
    "ManagedCertificate",
  ];
  const rules = kinds.map((kind) => {
    const model = provider.resource(type(kind));
    return [kind, (model?.replaceOn ?? []).join(" "), model?.deleteBeforeReplace?.({ name: "x" }) ?? false];
  });
  expect(rules).toMatchInlineSnapshot(`
    [
      [
        "Network",
        "ipRange",
        true,
      ],
      [
        "NetworkSubnet",
        "networkId type networkZone ipRange vswitchId",
        false,
      ],
      [
        "NetworkRoute",
        "networkId destination gateway",
        false,
      ],
      [
        "Server",
        "image location userData sshKeys",
        true,
      ],
      [
        "ServerNetwork",
        "serverId networkId subnetId ip",
        false,
      ],
      [
        "Firewall",
        "",
        false,
      ],
      [
        "FirewallAttachment",
        "firewallId",
        false,
      ],
      [
        "PlacementGroup",
        "",
        false,
      ],
      [
        "SshKey",
        "publicKey",
        true,
      ],
      [
        "LoadBalancer",
        "location networkZone",
        true,
      ],
      [
        "LoadBalancerNetwork",
        "loadBalancerId networkId subnetId ip",
        false,
      ],
      [
        "LoadBalancerService",
        "loadBalancerId protocol listenPort",
        false,
      ],
      [
        "LoadBalancerTarget",
        "loadBalancerId serverId labelSelector ip",
        false,
      ],
      [
        "PrimaryIp",
        "type location",
        true,
      ],
      [
        "Volume",
        "location",
        true,
      ],
      [
        "VolumeAttachment",
        "volumeId serverId",
        false,
      ],
      [
        "UploadedCertificate",
        "certificate privateKey",
        true,
      ],
      [
        "ManagedCertificate",
        "domainNames",
        true,
      ],
    ]
  `);
  expect(provider.resource(type("UploadedCertificate"))?.secretOutputs).toEqual(["privateKey"]);
  expect(provider.resource(type("StorageBox"))).toBeUndefined();
});

test("outputs have the SDK's names, all of them", () => {
  const { made } = everything();
  expect(
    Object.fromEntries(Object.entries(made).map(([kind, { outputs }]) => [kind, unknownOutputs(type(kind), outputs)])),
  ).toEqual(Object.fromEntries(Object.keys(made).map((kind) => [kind, []])));
});

test("ids are the provider's", () => {
  const { made } = everything();
  expect(Object.fromEntries(Object.entries(made).map(([kind, { id }]) => [kind, id]))).toMatchInlineSnapshot(`
    {
      "Firewall": "2300301",
      "FirewallAttachment": "2300301",
      "LoadBalancer": "3100401",
      "LoadBalancerNetwork": "3100401-10400101",
      "LoadBalancerService": "3100401__80",
      "LoadBalancerTarget": "lb-srv-tgt-104200201-3100401",
      "ManagedCertificate": "1500901",
      "Network": "10400101",
      "NetworkRoute": "10400101-0.0.0.0/0",
      "NetworkSubnet": "10400101-10.0.1.0/24",
      "PlacementGroup": "900501",
      "PrimaryIp": "85000601",
      "Server": "104200201",
      "ServerNetwork": "104200201-10400101",
      "SshKey": "26000801",
      "Volume": "103000701",
      "VolumeAttachment": "103000701",
    }
  `);
});

test("what exists can be read, with the outputs that it was made with", () => {
  const { made, engine } = everything();
  const kinds = ["Network", "Firewall", "SshKey", "PlacementGroup", "LoadBalancer", "Volume", "ManagedCertificate"];
  for (const kind of kinds) {
    const { id } = made[kind] as Existing;
    const { outputs } = engine.read(type(kind), id);
    expect([kind, unknownOutputs(type(kind), outputs), outputs.name]).toEqual([kind, [], made[kind]?.outputs.name]);
  }
  expect(refusal(() => engine.read(type("Server"), "1"))).toEqual("server with ID '1' not found (not_found)");
});

test("load balancer services and targets are updated in place", () => {
  const { made, update, delete: remove, model } = everything();
  const service = made.LoadBalancerService as Existing;
  const target = made.LoadBalancerTarget as Existing;
  const changed = update(
    "LoadBalancerService",
    "s",
    { ...service.inputs, destinationPort: 30081, proxyprotocol: true },
    service,
  );
  update("LoadBalancerTarget", "t", { ...target.inputs, usePrivateIp: false }, target);
  const [balancer] = model.load_balancers.list();
  const { destinationPort, proxyprotocol, healthCheck } = changed.outputs;
  expect({
    destinationPort,
    proxyprotocol,
    healthCheck,
    target: balancer?.targets.map((row) => row.use_private_ip),
  }).toMatchInlineSnapshot(`
    {
      "destinationPort": 30081,
      "healthCheck": {
        "http": {
          "domain": "",
          "path": "/healthz",
          "response": "",
          "statusCodes": [
            "200",
          ],
          "tls": false,
        },
        "interval": 5,
        "port": 30080,
        "protocol": "http",
        "retries": 2,
        "timeout": 3,
      },
      "proxyprotocol": true,
      "target": [
        false,
      ],
    }
  `);
  remove("LoadBalancerService", "s", service);
  remove("LoadBalancerTarget", "t", { ...target, inputs: { ...target.inputs, usePrivateIp: false } });
  expect(model.load_balancers.list().map(({ services, targets }) => [services, targets])).toEqual([[[], []]]);
});
