import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { endpointHost } from "../../config/context.ts";
import { nodesOn } from "../../config/pools.ts";
import { address, formatAddress } from "../../lib/address.ts";
import { fixtures, parseConfig, readStackFile } from "../helpers/stack-file.ts";

/** Layouts of a stage, right and wrong: subnets of all sizes anywhere in or near the network. */
const offset = fc.oneof(fc.nat(24), fc.nat(300));
const subnetOf = (blocks: number): fc.Arbitrary<{ block: number; prefix: number; first: number }> =>
  fc.record({ block: fc.nat(blocks), prefix: fc.integer({ min: 23, max: 30 }), first: offset });
const layout = fc.record({
  gateway: fc.nat(34),
  api: fc.oneof(fc.nat(31), fc.nat(700)),
  cp: subnetOf(2),
  worker: subnetOf(4),
  workers: fc.integer({ min: 1, max: 6 }),
  skip: fc.subarray([1, 2, 3]),
});
type Layout = typeof layout extends fc.Arbitrary<infer Value> ? Value : never;

const base = readStackFile(new URL("valid/private.yaml", fixtures));
const start = address("10.0.0.0");

function stageOf({ gateway, api, cp, worker, workers, skip }: Layout): Readonly<Record<string, unknown>> {
  const config = structuredClone(base) as Record<string, Record<string, Record<string, unknown>>>;
  const subnet = ({ block, prefix }: Layout["cp"]): string => {
    const size = 2 ** (32 - prefix);
    return `${formatAddress(Math.floor((start + block * 256) / size) * size)}/${prefix}`;
  };
  const first = ({ block, first: offset }: Layout["cp"]): string => formatAddress(start + block * 256 + offset);
  const networks = config["groundwork:networks"]?.main as Record<string, unknown>;
  networks.gateway = {
    ...(networks.gateway as object),
    subnet: "10.0.0.0/27",
    address: formatAddress(start + gateway),
  };
  Object.assign(config["groundwork:cluster"]?.endpoint ?? {}, { address: formatAddress(start + api) });
  Object.assign(config["groundwork:pools"]?.cp ?? {}, { subnet: subnet(cp), firstAddress: first(cp) });
  Object.assign(config["groundwork:pools"]?.worker ?? {}, {
    subnet: subnet(worker),
    firstAddress: first(worker),
    count: workers,
    skip: skip.filter((number) => number < workers),
  });
  config["groundwork:hetzner"] = {};
  config["groundwork:platform"] = {};
  delete config["groundwork:dns"];
  return config;
}

test("a stage that is accepted gives every machine an address of its own that Hetzner can give it", () => {
  let accepted = 0;
  fc.assert(
    fc.property(layout, (drawn) => {
      const parsed = parseConfig(stageOf(drawn));
      if (!parsed.ok) return;
      accepted++;
      const { stage, nodes } = parsed;
      const held = [
        ...nodesOn(nodes, "hetzner").map(({ address: at, pool: { subnet } }) => ({ at, subnet })),
        ...Object.values(stage.networks).flatMap((network) =>
          network.kind === "hetzner" && network.gateway !== undefined
            ? [{ at: network.gateway.address, subnet: network.gateway.subnet }]
            : [],
        ),
      ];
      for (const { at, subnet } of held) {
        expect(ipaddr.IPv4.parse(at).match(ipaddr.IPv4.parseCIDR(subnet)), `${at} in ${subnet}`).toBe(true);
        expect([
          ipaddr.IPv4.networkAddressFromCIDR(subnet).toString(),
          ipaddr.IPv4.broadcastAddressFromCIDR(subnet).toString(),
          "10.0.0.1",
        ]).not.toContain(at);
      }
      const all = [...held.map(({ at }) => at), endpointHost(stage)];
      expect(new Set(all).size).toBe(all.length);
    }),
    { numRuns: 1_500 },
  );
  // The law says nothing where nothing is accepted.
  expect(accepted).toBeGreaterThan(20);
});

test("an address chosen as the remedy says is in its place", () => {
  let mended = 0;
  fc.assert(
    fc.property(layout, fc.boolean(), (drawn, highest) => {
      const config = stageOf(drawn) as Record<string, Record<string, Record<string, unknown>>>;
      const parsed = parseConfig(config);
      const misplaced = (parsed.ok ? [] : parsed.faults).filter(({ remedy }) =>
        /^use \d+\.\S+( to \S+)?$/.test(remedy),
      );
      for (const { path, remedy } of misplaced) {
        const choice = remedy
          .replace(/^use /, "")
          .split(" to ")
          .at(highest ? -1 : 0);
        const [, section, ...keys] = path.split(/[:.]/);
        const owner = keys
          .slice(0, -1)
          .reduce<Record<string, unknown>>(
            (at, key) => at[key] as Record<string, unknown>,
            config[`groundwork:${section ?? ""}`] ?? {},
          );
        owner[keys.at(-1) ?? ""] = choice;
        const again = parseConfig(config);
        const left = (again.ok ? [] : again.faults).filter((fault) => fault.path === path && fault.remedy === remedy);
        expect(left).toEqual([]);
        mended++;
      }
    }),
    { numRuns: 500 },
  );
  expect(mended).toBeGreaterThan(100);
});
