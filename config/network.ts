import { z } from "zod";
import { dockerNetwork } from "./networks/docker.ts";
import { hetznerNetwork } from "./networks/hetzner.ts";
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
