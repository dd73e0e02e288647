import { isRecord } from "../../lib/record.ts";
import type { Kind } from "./kinds.ts";

/** Bytes that the values of one Secret or ConfigMap may have together (kubernetes.io/docs/concepts/configuration/secret). */
export const contentLimit = 1_048_576;

/** What the API server refuses in a Secret's or ConfigMap's content, or undefined. */
export function contentFault(
  { group, kind }: Kind,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
): string | undefined {
  if (group !== "" || (kind !== "Secret" && kind !== "ConfigMap")) return undefined;
  const encoded = strings(kind === "Secret" ? inputs.data : inputs.binaryData);
  const plain = strings(kind === "Secret" ? inputs.stringData : inputs.data);
  for (const [key, value] of encoded) {
    if (!isBase64(value)) {
      return `${kind} in version "v1" cannot be handled as a ${kind}: illegal base64 data in ${key}: put plain text into ${kind === "Secret" ? "stringData" : "data"}`;
    }
  }
  for (const [key] of [...encoded, ...plain]) {
    if (!/^[-._a-zA-Z0-9]+$/.test(key) || key.length > 253) {
      return `${kind} "${name}" is invalid: data[${key}]: Invalid value: "${key}": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`;
    }
  }
  const size =
    encoded.reduce((sum, [, value]) => sum + Buffer.from(value, "base64").length, 0) +
    plain.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  return size > contentLimit
    ? `${kind} "${name}" is invalid: data: Too long: may not be more than ${contentLimit} bytes, and it has ${size}`
    : undefined;
}

/** A Secret's `data` as the API server keeps it: with `stringData` encoded into it. */
export function secretData(inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...strings(inputs.data),
    ...strings(inputs.stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")] as const),
  ]);
}

function strings(value: unknown): (readonly [string, string])[] {
  return isRecord(value) ? Object.entries(value).map(([key, text]) => [key, String(text)] as const) : [];
}

function isBase64(text: string): boolean {
  const packed = text.replace(/[\r\n]/g, "");
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}
