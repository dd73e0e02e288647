import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import "../../rehearsal/engine/protocol.ts";

interface Protobuf {
  readonly BinaryWriter: new () => { writeString(field: number, text: string): void; getResultBuffer(): Uint8Array };
  readonly BinaryReader: new (bytes: Uint8Array) => { nextField(): boolean; readString(): string };
}

const requireFromSdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/proto/resource_pb.js"));
const rehearsals = requireFromSdk("google-protobuf") as Protobuf;
// The SDK's once more, as it is before anything is changed in it.
delete requireFromSdk.cache[requireFromSdk.resolve("google-protobuf")];
const sdks = requireFromSdk("google-protobuf") as Protobuf;

function write({ BinaryWriter }: Protobuf, texts: readonly string[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [index, text] of texts.entries()) writer.writeString(index + 1, text);
  return writer.getResultBuffer();
}

function read({ BinaryReader }: Protobuf, bytes: Uint8Array): readonly string[] {
  const texts: string[] = [];
  for (const reader = new BinaryReader(bytes); reader.nextField(); ) texts.push(reader.readString());
  return texts;
}

// Short and long, in one byte a letter and in four, whole letters and halves of letters.
const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", minLength: 60, maxLength: 70 }),
  fc
    .array(fc.integer({ min: 0xd700, max: 0xe0ff }), { minLength: 60, maxLength: 70 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", "\u{feff}mark".repeat(20), "\0", "\u{fffd}", "\u{1f600}".repeat(5000), "echo\n".repeat(5000)),
);

test("texts cross the wire in the bytes that the SDK gives them, and are read from them as the SDK reads them", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
      const bytes = write(rehearsals, texts);
      expect(Buffer.from(bytes).toString("hex")).toBe(Buffer.from(write(sdks, texts)).toString("hex"));
      const arrived = read(rehearsals, bytes);
      expect(arrived).toEqual(read(sdks, bytes));
      for (const [index, sent] of texts.entries()) if (sent.isWellFormed()) expect(arrived[index]).toBe(sent);
    }),
    { numRuns: 300 },
  );
});
