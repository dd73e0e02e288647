import fc from "fast-check";
import { expect, test } from "vitest";
import type { Context, Props } from "../../../rehearsal/model.ts";
import { createRandom } from "../../../rehearsal/random/provider.ts";

function create(kind: string, inputs: Props, args: { readonly name?: string; readonly seed?: string } = {}) {
  return creator(args.seed)(kind, inputs, args.name);
}

function creator(seed = "seed") {
  const model = createRandom({ seed });
  return async (kind: string, inputs: Props, name = "one") => {
    const type = `random:index/random${kind}:Random${kind}`;
    const resource = model.resource(type);
    if (resource === undefined) throw new Error(`no model of ${type}`);
    return resource.create(inputs, context(type, name));
  };
}

function context(type: string, name: string): Context {
  return {
    urn: `urn:pulumi:dev::groundwork::${type}::${name}`,
    type,
    name,
    project: "groundwork",
    stack: "dev",
    now: 0,
    dependencies: new Set(),
    finding: () => undefined,
  };
}

test("a password has the shape that the real provider gives it", async () => {
  expect(await create("Password", { length: 12, special: false })).toMatchInlineSnapshot(`
    {
      "id": "none",
      "outputs": {
        "bcryptHash": "$2a$10$C52a28JpJw22lABrKzZw/DLz5AiE8uuX6w1pZysdHX5aKdgIYYDdt",
        "length": 12,
        "lower": true,
        "minLower": 0,
        "minNumeric": 0,
        "minSpecial": 0,
        "minUpper": 0,
        "number": true,
        "numeric": true,
        "result": "Xl9wEhe7BV4n",
        "special": false,
        "upper": true,
      },
      "seconds": 0,
    }
  `);
});

test.each([
  ["String", { length: 8, upper: false, special: false }],
  ["Id", { byteLength: 6, prefix: "p-" }],
  ["Bytes", { length: 5 }],
  ["Pet", { prefix: "web", length: 3 }],
  ["Integer", { min: 1, max: 6 }],
  ["Uuid", {}],
  ["Uuid4", { keepers: { a: "b" } }],
  ["Uuid7", {}],
  ["Shuffle", { inputs: ["fsn1", "nbg1", "hel1"], resultCount: 5 }],
])("outputs and id of Random%s", async (kind, inputs) => {
  expect(await create(kind, inputs)).toMatchSnapshot();
});

test("a rehearsal is reproducible, and another seed or another resource gets another value", async () => {
  const [first, again, otherName, otherSeed] = await Promise.all([
    create("Id", { byteLength: 8 }),
    create("Id", { byteLength: 8 }),
    create("Id", { byteLength: 8 }, { name: "two" }),
    create("Id", { byteLength: 8 }, { seed: "other" }),
  ]);
  expect(again).toEqual(first);
  expect(new Set([first.id, otherName.id, otherSeed.id]).size).toBe(3);
});

test("a replaced password is a new one: whoever rotates it must see its users change", async () => {
  const make = creator();
  const before = await make("Password", { length: 20 });
  const after = await make("Password", { length: 20 });
  expect(after.outputs.result).not.toBe(before.outputs.result);
});

test("every minimum is kept, and only asked characters appear", async () => {
  const make = creator();
  await fc.assert(
    fc.asyncProperty(
      fc.record({ minLower: fc.nat(4), minUpper: fc.nat(4), minNumeric: fc.nat(4), minSpecial: fc.nat(4) }),
      fc.integer({ min: 16, max: 40 }),
      async (minimums, length) => {
        const { outputs } = await make("Password", { length, overrideSpecial: "-_", ...minimums });
        const result = String(outputs.result);
        const count = (pattern: RegExp): number => result.match(pattern)?.length ?? 0;
        expect(result).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(result).toHaveLength(length);
        expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(minimums.minLower);
        expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(minimums.minUpper);
        expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(minimums.minNumeric);
        expect(count(/[-_]/g)).toBeGreaterThanOrEqual(minimums.minSpecial);
      },
    ),
    { numRuns: 50 },
  );
});

test("integers keep within their bounds, both of them possible", async () => {
  const make = creator();
  const drawn = await Promise.all(Array.from({ length: 60 }, () => make("Integer", { min: 3, max: 5 })));
  expect(new Set(drawn.map(({ outputs }) => outputs.result))).toEqual(new Set([3, 4, 5]));
});

test.each<[string, Props, string]>([
  [
    "Password",
    { length: 3, minLower: 4 },
    "length: must be at least the sum of minUpper, minLower, minNumeric and minSpecial (4), got 3 (InvalidInput)",
  ],
  ["Password", {}, "length: Invalid input: expected number, received undefined (InvalidInput)"],
  [
    "String",
    { length: 3, upper: false, lower: false, numeric: false, special: false },
    "special: the character set specified is empty (InvalidInput)",
  ],
  [
    "Integer",
    { min: 5, max: 2 },
    "The minimum value (5) needs to be smaller than or equal to the maximum value (2). (InvalidInput)",
  ],
])("Random%s refuses %j", async (kind, inputs, message) => {
  await expect(create(kind, inputs)).rejects.toThrow(message);
});

test("passwords and bytes are secret, and any changed input makes a new value", () => {
  const model = createRandom({ seed: "seed" });
  const facts = (kind: string) => {
    const resource = model.resource(`random:index/random${kind}:Random${kind}`);
    return { secret: resource?.secretOutputs, replaceOn: resource?.replaceOn };
  };
  expect({ password: facts("Password"), bytes: facts("Bytes"), string: facts("String") }).toEqual({
    password: { secret: ["bcryptHash", "result"], replaceOn: ["*"] },
    bytes: { secret: ["base64", "hex"], replaceOn: ["*"] },
    string: { secret: undefined, replaceOn: ["*"] },
  });
});
