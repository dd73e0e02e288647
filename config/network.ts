import { z } from "zod";
import { dockerNetwork } from "./networks/docker.ts";
import { hetznerMtu, hetznerNetwork } from "./networks/hetzner.ts";
import { lanNetwork } from "./networks/lan.ts";
import type { Pool } from "./pools.ts";

/** One branch for each kind of network. */
export const network = z.discriminatedUnion("kind", [hetznerNetwork, lanNetwork, dockerNetwork]);
export type Network = z.output<typeof network>;

/** The kinds of network that machines of a kind can be in. */
export const networkKinds: Readonly<Record<Pool["machine"], readonly Network["kind"][]>> = {
  hetzner: ["hetzner"],
  proxmox: ["lan"],
  docker: ["docker"],
  talos: ["lan"],
  metal: ["lan"],
};

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
