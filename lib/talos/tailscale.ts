import type { TalosNode } from "./options.ts";

/** The system extension by which a machine is a device of a tailnet. */
export const tailscaleExtension = "siderolabs/tailscale";

/**
 * A machine whose extension joins by a key.
 * @param key for one use. It stays in the configuration, spent: the device's own is kept on the machine.
 * Source: siderolabs/extensions, network/tailscale; tailscale.com/docs/features/containers, "containerboot"
 */
export function joining<Node extends TalosNode>(node: Node, key: string): Node {
  const environment = {
    TS_AUTHKEY: key,
    // At each further start a spent key would be refused, and the machine be out of the tailnet.
    TS_AUTH_ONCE: "true",
    TS_HOSTNAME: node.name,
  };
  return { ...node, extensionServices: [...node.extensionServices, { name: "tailscale", environment }] };
}
