/**
 * Loaded on both sides of the wire: texts are encoded and decoded by the platform. google-protobuf does it letter by
 * letter in an array of numbers, which takes eight times the text and more: for a stack of thousands, whose user data
 * and scripts are tens of kilobytes each, most of what is thrown away in both processes. The bytes are the same; what is
 * no proper text, half a letter, is left to google-protobuf, which has its own way with it.
 */
import { createRequire } from "node:module";

interface Reader {
  readBytes(): Uint8Array;
  readString(): string;
  getCursor(): number;
  advance(bytes: number): void;
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
/** What the platform puts where bytes are no text. */
const replacement = "\u{fffd}";
const { readString } = BinaryReader.prototype;
const { writeString } = BinaryWriter.prototype;

BinaryWriter.prototype.writeString = function (field, text) {
  if (typeof text !== "string" || text.length < short || !text.isWellFormed()) writeString.call(this, field, text);
  else this.writeBytes(field, encoder.encode(text));
};

BinaryReader.prototype.readString = function () {
  const start = this.getCursor();
  const { buffer, byteOffset, byteLength } = this.readBytes();
  const text = Buffer.from(buffer, byteOffset, byteLength).toString();
  if (!text.includes(replacement)) return text;
  this.advance(start - this.getCursor());
  return readString.call(this);
};
