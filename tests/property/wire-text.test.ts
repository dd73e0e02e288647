import fc from "fast-check";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { expect, test } from "vitest";
import { toStruct } from "../../rehearsal/engine/protocol.ts";

// Well formed, short and long, in one byte a letter and in four.
const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", minLength: 60, maxLength: 70 }),
  fc.constantFrom("", "\u{feff}mark", "\0", "\u{1f600}".repeat(5000), "echo\n".repeat(5000)),
);
const value = fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 })), { noNullPrototype: true });

test("texts cross the wire whole, in the bytes that protobuf gives them", () => {
  fc.assert(
    fc.property(value, (fields) => {
      const bytes = toStruct(fields).serializeBinary();
      // Another copy of google-protobuf than the SDK's: nothing in it is changed.
      expect(Buffer.from(bytes).equals(structs.Struct.fromJavaScript(fields as never).serializeBinary())).toBe(true);
      const sdk = toStruct({}).constructor as unknown as { deserializeBinary(bytes: Uint8Array): typeof struct };
      const struct = toStruct({});
      expect(sdk.deserializeBinary(bytes).toJavaScript()).toEqual(fields);
    }),
  );
});
