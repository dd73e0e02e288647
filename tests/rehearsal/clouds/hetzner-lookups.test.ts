import { expect, test } from "vitest";
import { monthlyCost } from "../../../rehearsal/clouds/hetzner/cost.ts";
import type { Existing, Props } from "../../../rehearsal/model.ts";
import { everything, server, start } from "./hetzner-program.ts";
import { functionClash } from "./sdk.ts";
import { refusal } from "./support.ts";

test("data sources answer with the SDK's names, all that it promises", () => {
  const { engine } = everything();
  const calls: readonly (readonly [string, Props])[] = [
    ["getServerType", { name: "cpx22" }],
    ["getServerTypes", {}],
    ["getLoadBalancerType", { name: "lb11" }],
    ["getLocation", { name: "fsn1" }],
    ["getLocations", {}],
    ["getImage", { name: "debian-13", withArchitecture: "arm" }],
    ["getImages", {}],
    ["getServer", { name: "node-1" }],
    ["getServers", { withSelector: "a" }],
    ["getNetwork", { name: "net" }],
    ["getSshKey", { name: "admin" }],
    ["getSshKeys", {}],
    ["getPlacementGroup", { name: "group" }],
    ["getFirewall", { name: "fw" }],
    ["getPrimaryIp", { name: "ip" }],
    ["getVolume", { name: "data" }],
    ["getLoadBalancer", { name: "lb" }],
  ];
  const clashes = calls.map(([name, args]) => [
    name,
    functionClash(`hcloud:index/${name}:${name}`, engine.call(`hcloud:index/${name}:${name}`, args)),
  ]);
  expect(clashes).toEqual(calls.map(([name]) => [name, { unknown: [], missing: [] }]));
});

test("a server type says where it can be ordered", () => {
  const { engine } = start();
  const places = (name: string) => {
    const { locations } = engine.call("hcloud:index/getServerType:getServerType", { name }) as {
      locations: { name: string; available: boolean; isDeprecated: boolean }[];
    };
    return locations.map(
      (place) => `${place.name} ${place.available ? "available" : place.isDeprecated ? "deprecated" : "sold out"}`,
    );
  };
  expect({ cx23: places("cx23"), cpx22: places("cpx22"), cpx31: places("cpx31") }).toMatchInlineSnapshot(`
    {
      "cpx22": [
        "fsn1 available",
        "nbg1 available",
        "hel1 available",
        "sin available",
      ],
      "cpx31": [
        "fsn1 deprecated",
        "nbg1 deprecated",
        "hel1 deprecated",
        "ash available",
        "hil available",
        "sin deprecated",
      ],
      "cx23": [
        "fsn1 sold out",
        "nbg1 sold out",
        "hel1 sold out",
      ],
    }
  `);
});

test("a lookup finds one thing or says why not", () => {
  const snapshots = [1, 2].map((id) => ({
    id,
    description: "talos",
    architecture: "x86" as const,
    diskSize: 10,
    labels: { os: "talos" },
  }));
  const { engine } = start({ snapshots });
  const image = (args: Props) => engine.call("hcloud:index/getImage:getImage", args);
  expect([
    refusal(() => image({ withSelector: "os=talos" })),
    image({ withSelector: "os=talos", mostRecent: true }).id,
    refusal(() => image({ name: "windows" })),
    refusal(() => image({})),
    refusal(() => image({ withSelector: "=" })),
    refusal(() => engine.call("hcloud:index/getServer:getServer", { name: "nobody" })),
    refusal(() => engine.call("hcloud:index/getDatacenter:getDatacenter", { name: "fsn1-dc14" })),
  ]).toMatchInlineSnapshot(`
    [
      "more than one image with selector 'os=talos': 1, 2 (InvalidInput)",
      1,
      "image with name 'windows' not found (not_found)",
      "image: one of id, name and withSelector has to be given (InvalidInput)",
      "invalid input in field 'label_selector': '=' is no label selector (invalid_input)",
      "server with name 'nobody' not found (not_found)",
      "data centers were removed on 1 July 2026: use getLocation (deprecated_api_endpoint)",
    ]
  `);
});

test("the month's cost, item by item, and what no price is known of", () => {
  const world = everything();
  world.update("Server", "node", { ...world.made.Server?.inputs, backups: true }, world.made.Server as Existing);
  world.create("Server", "far", {
    ...server,
    name: "far",
    serverType: "ccx13",
    location: "sin",
    publicNets: [{ ipv4Enabled: false, ipv6Enabled: true }],
  });
  expect(monthlyCost(world.model)).toMatchInlineSnapshot(`
    {
      "items": [
        {
          "eurPerMonth": 19.49,
          "kind": "server",
          "location": "fsn1",
          "name": "node-1",
          "type": "cpx22",
        },
        {
          "eurPerMonth": 3.9,
          "kind": "backup",
          "location": "fsn1",
          "name": "node-1",
          "type": "cpx22",
        },
        {
          "eurPerMonth": null,
          "kind": "server",
          "location": "sin",
          "name": "far",
          "type": "ccx13",
        },
        {
          "eurPerMonth": 7.49,
          "kind": "load_balancer",
          "location": "fsn1",
          "name": "lb",
          "type": "lb11",
        },
        {
          "eurPerMonth": 0.5,
          "kind": "primary_ip",
          "location": "fsn1",
          "name": "ip",
          "type": "ipv4",
        },
        {
          "eurPerMonth": 0.57,
          "kind": "volume",
          "location": "fsn1",
          "name": "data",
          "type": "10 GB",
        },
      ],
      "total": 31.95,
      "unpriced": [
        "far",
      ],
    }
  `);
});
