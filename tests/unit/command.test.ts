import { beforeEach, expect, test, vi } from "vitest";
import { printer, runCommand } from "../../commands/command.ts";

// What every command says and ends with, whatever it does: scripts branch on the status and read standard output.

const usage = "How to call it.\n";
class Misuse extends Error {}

const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
const textOf = (stream: typeof out): string => stream.mock.calls.map(([text]) => String(text)).join("");
const said = () => ({ out: textOf(out), err: textOf(err) });
beforeEach(() => {
  out.mockClear();
  err.mockClear();
});

const run = (argv: readonly string[], perform: (word: string) => number | Promise<number>): Promise<number> =>
  runCommand(
    {
      ...{ name: "greet", usage, perform, misuse: [Misuse] },
      readOptions: ([word]) => {
        if (word === undefined) throw new Error("say what");
        return word === "--help" ? undefined : word;
      },
    },
    argv,
  );

const never = (): number => expect.fail("nothing was asked for");
const failing = (error: unknown) => () => Promise.reject(error);

test.each([
  ["help", ["--help"], never, { status: 0, out: usage, err: "" }],
  ["wrong arguments", [], never, { status: 2, out: "", err: `greet: say what\n\n${usage}` }],
  ["the caller's error", ["x"], failing(new Misuse("no x")), { status: 2, out: "", err: "greet: no x\n" }],
  ["another error", ["x"], failing(new Error("it broke")), { status: 1, out: "", err: "greet: it broke\n" }],
  ["what is thrown and no error", ["x"], failing("it broke"), { status: 1, out: "", err: "greet: it broke\n" }],
  ["an outcome of its own", ["x"], () => 3, { status: 3, out: "", err: "" }],
])("%s", async (_, argv, perform, expected) => {
  const status = await run(argv, perform);
  expect({ status, ...said() }).toEqual(expected);
});

test("a result is a text, or with --json one document", () => {
  for (const json of [false, true]) printer(json)({ word: "x" }, "word: x\n");
  expect(said().out).toBe('word: x\n{\n  "word": "x"\n}\n');
});
