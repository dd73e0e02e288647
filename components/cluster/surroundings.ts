import { tailnetTags } from "../../config/context.ts";
import { networkMtu } from "../../config/network.ts";
import type { Stage } from "../../config/stage.ts";
import { firstAddress } from "../../lib/address.ts";
import type { Network, Tailscale } from "../../lib/bootstrap/types.ts";

/** What a machine is told of the network that it is in. */
export function hostNetwork(network: Stage["networks"][string]): Network {
  switch (network.kind) {
    case "hetzner":
      return {
        cidr: network.cidr,
        gateway: firstAddress(network.cidr),
        mtu: networkMtu(network),
        nameservers: network.nameservers,
        egress: network.egress,
      };
    case "lan":
      return {
        cidr: network.cidr,
        gateway: network.gateway ?? firstAddress(network.cidr),
        mtu: networkMtu(network),
        nameservers: network.nameservers,
        egress: "public",
      };
    case "docker":
      throw new Error("k3d makes the nodes of a Docker network: they boot no document");
    default: {
      const unknown: never = network;
      throw new Error(`unknown kind of network: ${JSON.stringify(unknown)}`);
    }
  }
}

/** A machine's place in the tailnet; `offers`: the others of its network are reached through it. */
export function tailscaleOf(
  stage: Stage,
  hostname: string,
  network: string,
  offers: boolean,
  key: string | undefined,
): Tailscale | undefined {
  if (stage.tailscale === undefined || key === undefined) return undefined;
  const routes =
    offers && stage.access.via === "tailnet"
      ? [stage.networks[network]?.cidr].filter((range) => range !== undefined)
      : [];
  return { authKey: key, hostname, tags: tailnetTags(stage), advertiseRoutes: routes };
}
