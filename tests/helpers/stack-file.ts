import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { type Parsed, parseStage } from "../../config/parse.ts";
import { readConfig } from "../../config/read.ts";
import { isRecord, mergePatch } from "../../lib/record.ts";

export const fixtures = new URL("../fixtures/", import.meta.url);

const stackFile = z.looseObject({ base: z.string().optional(), config: z.record(z.string(), z.unknown()) });

/** The `config:` of a stack file; one with a `base` says only what differs from that valid fixture (RFC 7396). */
export function readStackFile(file: URL): Readonly<Record<string, unknown>> {
  const { base, config } = stackFile.parse(parse(readFileSync(file, "utf8")));
  if (base === undefined) return config;
  return mergePatch(readStackFile(new URL(`valid/${base}.yaml`, fixtures)), config) as Readonly<
    Record<string, unknown>
  >;
}

/** What the engine hands to the program: text as it is, everything else as JSON, and which keys were encrypted. */
export interface EngineConfig {
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

export function engineConfig(config: Readonly<Record<string, unknown>>): EngineConfig {
  return {
    config: Object.fromEntries(
      Object.entries(config).map(([key, value]) => {
        const open = decrypted(value);
        return [key, typeof open === "string" ? open : JSON.stringify(open)];
      }),
    ),
    secretKeys: Object.entries(config).flatMap(([key, value]) => (holdsSecret(value) ? [key] : [])),
  };
}

const isSecure = (value: unknown): value is { readonly secure: string } =>
  isRecord(value) && Object.keys(value).length === 1 && typeof value.secure === "string";

function holdsSecret(value: unknown): boolean {
  return isSecure(value) || (typeof value === "object" && value !== null && Object.values(value).some(holdsSecret));
}

/** The ciphertext stands for what it hides. */
function decrypted(value: unknown): unknown {
  // As long as the services' own tokens are.
  if (isSecure(value)) return value.secure.padEnd(64, "0");
  if (Array.isArray(value)) return value.map(decrypted);
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decrypted(inner)]))
    : value;
}

/** Checks the `config:` of a stack file as the program does. */
export function parseConfig(config: Readonly<Record<string, unknown>>): Parsed {
  const { config: handed, secretKeys } = engineConfig(config);
  return parseStage(readConfig(handed, (key) => secretKeys.includes(key)));
}
