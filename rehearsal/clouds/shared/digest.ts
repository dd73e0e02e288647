import { createHash } from "node:crypto";

/** Hex digits that follow from the parts alone: 64 of them, the same in every run. */
export function digest(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** A number in [0, `below`) that follows from the parts alone. `below` is at most 2^32. */
export function digestNumber(below: number, ...parts: readonly (string | number)[]): number {
  return Number.parseInt(digest(...parts).slice(0, 13), 16) % below;
}
