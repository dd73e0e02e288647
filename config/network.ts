import { z } from "zod";
import { dockerNetwork } from "./networks/docker.ts";
import { hetznerMtu, hetznerNetwork } from "./networks/hetzner.ts";
import { lanNetwork } from "./networks/lan.ts";

/** One branch for each kind of network. */
export const network = z.discriminatedUnion("kind", [hetznerNetwork, lanNetwork, dockerNetwork]);
export type Network = z.output<typeof network>;

/** Bytes that a network carries in one packet. */
export function networkMtu(given: Network): number {
  switch (given.kind) {
    case "hetzner":
      return hetznerMtu;
    case "lan":
      return given.mtu;
    // The Docker daemon's default.
    case "docker":
      return 1500;
    default:
      return given satisfies never;
  }
}
