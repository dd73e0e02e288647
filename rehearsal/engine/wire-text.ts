/**
 * Loaded on both sides of the wire: texts are encoded and decoded by the platform. google-protobuf does it letter by
 * letter in an array of numbers, which takes eight times the text and more: for a stack of thousands, whose user data
 * and scripts are tens of kilobytes each, most of what is thrown away in both processes. The bytes are the same.
 */
import { createRequire } from "node:module";

interface Reader {
  readBytes(): Uint8Array;
  readString(): string;
}
interface Writer {
  writeBytes(field: number, bytes: Uint8Array): void;
  writeString(field: number, text: string | null | undefined): void;
}

const requireFromSdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/proto/resource_pb.js"));
const { BinaryReader, BinaryWriter } = requireFromSdk("google-protobuf") as {
  readonly BinaryReader: { readonly prototype: Reader };
  readonly BinaryWriter: { readonly prototype: Writer };
};

const encoder = new TextEncoder();
/** Characters. A shorter text is not worth a buffer of its own. */
const short = 64;
const { writeString } = BinaryWriter.prototype;

BinaryWriter.prototype.writeString = function (field, text) {
  if (typeof text !== "string" || text.length < short) writeString.call(this, field, text);
  else this.writeBytes(field, encoder.encode(text));
};

BinaryReader.prototype.readString = function () {
  const { buffer, byteOffset, byteLength } = this.readBytes();
  return Buffer.from(buffer, byteOffset, byteLength).toString();
};
