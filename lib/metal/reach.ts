import { readFileSync } from "node:fs";
import { nodeStep } from "../bootstrap/shell.ts";

export interface ReachArgs {
  /** The node on it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The pinned public key: type and base64. */
  readonly hostKey: string;
  /** How long it is waited for. */
  readonly seconds: number;
  /** What to do about a host that is gone for good. */
  readonly forget?: string;
}

const body = readFileSync(new URL("reach.mjs", import.meta.url), "utf8");

/**
 * A script for the machine that runs the program, with the verb `host-reach`: ends well when a host answers with its pinned
 * key, and otherwise says what is wrong and what to do, within `seconds`.
 */
export function reachStep({ name, address, port, hostKey, seconds, forget }: ReachArgs): string {
  const params = {
    ...{ name, address, hostKey },
    port: String(port),
    seconds: String(seconds),
    ...(forget === undefined ? {} : { forget }),
  };
  return nodeStep("host-reach", params, body);
}
