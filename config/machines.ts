import { serverTypes } from "../lib/hetzner/catalogue.ts";
import { serverType } from "../lib/hetzner/nodes.ts";
import type { Node } from "../lib/nodes.ts";
import { own } from "../lib/record.ts";
import type { Network } from "./network.ts";
import type { Pool, PoolOn } from "./pools.ts";

/** What rules ask of a kind of machine. */
interface MachineKind<OwnPool extends Pool = Pool> {
  /** The kinds of network that they can be in. */
  readonly networks: readonly Network["kind"][];
  /** Why a network of another kind will not do. */
  readonly elsewhere: string;
  /** The processor of a node's machine, as k3s names it. Undefined: nothing of k3s is downloaded to it. */
  architecture(node: Node<OwnPool>): "amd64" | "arm64" | undefined;
}

/** One entry for each kind of machine that a pool can have. */
const kinds: { readonly [Kind in Pool["machine"]]: MachineKind<PoolOn<Kind>> } = {
  hetzner: {
    networks: ["hetzner"],
    elsewhere: "Hetzner cannot attach anything to it",
    architecture(node) {
      const type = own(serverTypes, serverType(node));
      return type === undefined ? undefined : type.architecture === "x86" ? "amd64" : "arm64";
    },
  },
  proxmox: {
    networks: ["lan"],
    elsewhere: "a bridge of Proxmox VE leads into a network that is there already",
    // It runs on no other.
    architecture: () => "amd64",
  },
  docker: {
    networks: ["docker"],
    elsewhere: "Docker makes a network of its own for containers",
    architecture: () => undefined,
  },
  talos: { networks: ["lan"], elsewhere: "machines that exist are not in it", architecture: () => undefined },
  metal: {
    networks: ["lan"],
    elsewhere: "hosts that exist are not in it",
    architecture: ({ pool }) => pool.architecture,
  },
};

export const machineKind = (machine: Pool["machine"]): MachineKind => kinds[machine];
