import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import {
  addressAfter,
  contains,
  formatAddress,
  formatCidr,
  overlaps,
  parseAddress,
  parseCidr,
  parsePool,
  type Range,
} from "../../lib/address.ts";
import { type HetznerPoolPlan, location } from "../../lib/hetzner/nodes.ts";
import { type Node, nodeNumbers, planNodes } from "../../lib/nodes.ts";

const anyNumber = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Networks close to each other, so that they often meet. */
const range: fc.Arbitrary<Range> = fc
  .record({ number: fc.oneof(anyNumber, fc.integer({ min: 0x0a000000, max: 0x0a0000ff })), prefix: fc.nat(32) })
  .map(({ number, prefix }) => {
    const size = 2 ** (32 - prefix);
    const first = Math.floor(number / size) * size;
    return { first, last: first + size - 1, prefix };
  });

test("an address is the text that it was read from, as ipaddr.js reads it too", () => {
  fc.assert(
    fc.property(anyNumber, (number) => {
      const text = formatAddress(number);
      expect(parseAddress(text)).toBe(number);
      expect(ipaddr.IPv4.parse(text).toString()).toBe(text);
    }),
  );
});

test("only four decimal numbers are an address: other spellings mean different things to different programs", () => {
  const spellings = [
    "10.0.1",
    "010.0.0.1",
    "0x0a.0.0.1",
    "167772161",
    "10.0.0.1 ",
    "10.0.0.256",
    "10.0.0.-1",
    "::1",
    "",
  ];
  expect(spellings.map(parseAddress)).toEqual(spellings.map(() => undefined));
  expect(
    ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0", "10.0.0.0/8/8", "10.0.0.0/1e1"].map(parseCidr),
  ).toEqual(Array.from({ length: 6 }, () => undefined));
});

test("a network is the text that it was read from, host bits left out, as ipaddr.js has it", () => {
  fc.assert(
    fc.property(anyNumber, fc.nat(32), (number, prefix) => {
      const text = `${formatAddress(number)}/${prefix}`;
      const read = parseCidr(text);
      if (read === undefined) throw new Error(`${text} was not read`);
      expect({ first: formatAddress(read.first), last: formatAddress(read.last), prefix: read.prefix }).toEqual({
        first: ipaddr.IPv4.networkAddressFromCIDR(text).toString(),
        last: ipaddr.IPv4.broadcastAddressFromCIDR(text).toString(),
        prefix,
      });
      expect(parseCidr(formatCidr(read))).toEqual(read);
    }),
  );
});

test("a pool of addresses is a network or first-last, and nothing the wrong way round", () => {
  fc.assert(
    fc.property(range, anyNumber, anyNumber, (network, a, b) => {
      const { first, last } = network;
      expect(parsePool(formatCidr(network))).toEqual(network);
      expect(parsePool(`${formatAddress(first)}-${formatAddress(last)}`)).toEqual({ first, last });
      expect(parsePool(`${formatAddress(a)} - ${formatAddress(b)}`)).toEqual(
        a <= b ? { first: a, last: b } : undefined,
      );
    }),
  );
});

test("overlapping goes both ways, and means an address in common", () => {
  fc.assert(
    fc.property(range, range, (a, b) => {
      expect(overlaps(a, b)).toBe(overlaps(b, a));
      const common = Math.max(a.first, b.first);
      expect(overlaps(a, b)).toBe(common <= a.last && common <= b.last);
      // Of two networks that meet, one is inside the other.
      expect(overlaps(a, b)).toBe(contains(a, b) || contains(b, a));
    }),
  );
});

test("what is inside of something inside is inside", () => {
  const nested = fc.tuple(range, fc.nat(), fc.nat()).map(([outer, middle, inner]): readonly [Range, Range, Range] => {
    const within = (of: Range, by: number): Range => {
      const prefix = Math.min(32, of.prefix + (by % 5));
      const size = 2 ** (32 - prefix);
      const first = of.first + (by % 2 ** (prefix - of.prefix)) * size;
      return { first, last: first + size - 1, prefix };
    };
    const second = within(outer, middle);
    return [outer, second, within(second, inner)];
  });
  fc.assert(
    fc.property(nested, range, ([a, b, c], other) => {
      expect([contains(a, b), contains(b, c), contains(a, c), contains(a, a)]).toEqual([true, true, true, true]);
      if (contains(c, other)) expect(contains(a, other)).toBe(true);
      if (contains(a, other) && contains(other, a)) expect(formatCidr(other)).toBe(formatCidr(a));
    }),
  );
});

const pool: fc.Arbitrary<HetznerPoolPlan> = fc.record({
  role: fc.constantFrom("control-plane", "worker"),
  machine: fc.constant("hetzner"),
  count: fc.integer({ min: 1, max: 12 }),
  skip: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 4 }),
  generation: fc.integer({ min: 1, max: 9 }),
  network: fc.constant("main"),
  firstAddress: anyNumber.map((number) => formatAddress(Math.min(number, 0xdfffff00))),
  labels: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("x", "y")),
  taints: fc.constant([]),
  type: fc.constant("cpx22"),
  locations: fc.subarray(["fsn1", "nbg1", "hel1"], { minLength: 1 }),
  nodes: fc.dictionary(
    fc.integer({ min: 1, max: 12 }).map(String),
    fc.record({ generation: fc.integer({ min: 1, max: 9 }), labels: fc.constant({ own: "yes" }) }),
  ),
});
const pools = fc.dictionary(fc.stringMatching(/^[a-z](-?[a-z0-9]){0,4}$/), pool, { minKeys: 1, maxKeys: 4 });
const cluster = { name: "prod", nodeLabels: { a: "cluster", c: "cluster" } };

/** What must not change about a node when others come and go. */
const identity = (node: Node<HetznerPoolPlan>): readonly unknown[] => [
  node.name,
  node.hostname,
  node.address,
  node.generation,
  node.labels,
  location(node),
];

test("every node has a name of its own, control planes come first, and there are as many as were asked for", () => {
  fc.assert(
    fc.property(pools, (asked) => {
      const nodes = planNodes(cluster, asked);
      expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
      expect(nodes.length).toBe(Object.values(asked).reduce((sum, { count }) => sum + count, 0));
      const roles = nodes.map(({ role }) => role);
      expect(roles).toEqual([...roles].sort());
    }),
  );
});

test("nodes do not depend on the order in which pools are written", () => {
  fc.assert(
    fc.property(pools, (asked) => {
      const turned = Object.fromEntries(Object.entries(asked).reverse());
      expect(planNodes(cluster, turned)).toEqual(planNodes(cluster, asked));
    }),
  );
});

test("node n has the n-th address of its pool", () => {
  fc.assert(
    fc.property(pools, (asked) => {
      for (const node of planNodes(cluster, asked))
        expect(node.address).toBe(addressAfter(node.pool.firstAddress, node.number - 1));
    }),
  );
});

test("skipping a node's number takes away that node and touches no other", () => {
  fc.assert(
    fc.property(pool, fc.nat(), (asked, pick) => {
      fc.pre(asked.count > 1);
      const before = planNodes(cluster, { cp: asked });
      const gone = before[pick % before.length];
      const skip = [...asked.skip, gone?.number ?? 0];
      const after = planNodes(cluster, { cp: { ...asked, count: asked.count - 1, skip } });
      expect(after.map(identity)).toEqual(before.filter((node) => node !== gone).map(identity));
    }),
  );
});

test("a larger count adds nodes behind the others and touches none", () => {
  fc.assert(
    fc.property(pool, fc.integer({ min: 1, max: 5 }), (asked, more) => {
      const before = planNodes(cluster, { cp: asked }).map(identity);
      const after = planNodes(cluster, { cp: { ...asked, count: asked.count + more } }).map(identity);
      expect(after.slice(0, before.length)).toEqual(before);
      expect(after.length).toBe(before.length + more);
      const numbers = nodeNumbers(asked.count + more, asked.skip);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }),
  );
});

test("a raised generation replaces exactly what it is raised for", () => {
  fc.assert(
    fc.property(pool, fc.nat(), (asked, pick) => {
      const before = planNodes(cluster, { cp: asked });
      const all = planNodes(cluster, { cp: { ...asked, generation: asked.generation + 1 } });
      expect(all.map(({ generation }) => generation)).toEqual(before.map(({ generation }) => generation + 1));
      const chosen = before[pick % before.length]?.number ?? 0;
      const own = asked.nodes[String(chosen)];
      const nodes = { ...asked.nodes, [chosen]: { labels: own?.labels ?? {}, generation: (own?.generation ?? 1) + 1 } };
      const one = planNodes(cluster, { cp: { ...asked, nodes } });
      expect(one.map(({ generation }) => generation)).toEqual(
        before.map(({ number, generation }) => generation + (number === chosen ? 1 : 0)),
      );
    }),
  );
});
