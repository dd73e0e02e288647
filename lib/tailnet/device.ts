import { readFileSync } from "node:fs";
import { nodeStep } from "../bootstrap/shell.ts";

export interface DeviceArgs {
  readonly hostname: string;
  /** A device without all of these is somebody else's. */
  readonly tags: readonly string[];
  /** Address of Tailscale's API without a path: `https://api.tailscale.com`. */
  readonly api: string;
}

const body = readFileSync(new URL("devices.mjs", import.meta.url), "utf8");

/**
 * A script for the machine that runs the program, with the verb `tailnet-device`: removes a machine's devices from its
 * tailnet. It needs `node`, which the program needs too. Standard input: `tailnetClient`.
 */
export function removeDevicesStep(device: DeviceArgs): string {
  return step("tailnet-device", device, {});
}

/** A script as `removeDevicesStep`, with the verb `tailnet-tags`: gives a machine's devices more tags, and takes none. */
export function tagDevicesStep({ add, ...device }: DeviceArgs & { readonly add: readonly string[] }): string {
  return step("tailnet-tags", device, { add: add.join(",") });
}

function step(verb: string, { hostname, tags, api }: DeviceArgs, more: Readonly<Record<string, string>>): string {
  const params = { hostname, tags: tags.join(","), api: api.replace(/\/+$/, ""), ...more };
  return nodeStep(verb, params, body);
}

/** Standard input of both steps: an OAuth client with the scope devices:core. */
export function tailnetClient({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `${id}\n${secret}\n`;
}
