import { createPublicKey } from "node:crypto";
import type { PoolOn } from "../../config/pools.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { parsePrivateKey } from "../tls/keys.ts";
import { sshPublicLine } from "../tls/openssh.ts";
import { newHostKey } from "./host-key.ts";
import type { Machines } from "./machines.ts";
import type { MachineSpec } from "./spec.ts";

export type MetalNode = PlannedMachine<PoolOn<"metal">>;

export interface MetalHostsArgs {
  readonly nodes: readonly MetalNode[];
  readonly machines: Machines;
  /** The private key that every host lets in. */
  readonly key: string;
  /** The network among machines that an address is in, and what leads out of it. */
  readonly networkOf: (address: string) => { readonly network: string; readonly gateway?: string };
}

/**
 * Hosts that stand before the program comes: installed, running, each with a host key of its own, and letting in the
 * stack's key. Returns the public host keys, by node.
 */
export function standHosts({ nodes, machines, key, networkOf }: MetalHostsArgs): ReadonlyMap<string, string> {
  if (nodes.length === 0) return new Map();
  const line = sshPublicLine(createPublicKey(parsePrivateKey(key, "secret:ssh-key"))) ?? "";
  return new Map(
    nodes.map((node) => {
      const hostKey = newHostKey();
      const { os, user } = node.pool;
      const machine = machines.create({
        name: node.hostname,
        addresses: [{ address: node.address, network: networkOf(node.address).network }],
        ...gatewayOf(networkOf(node.address)),
        stands: true,
        system: os,
        ...(user === "root" ? { sshKeys: [line] } : {}),
        files: [
          { path: "/etc/ssh/ssh_host_ed25519_key", content: hostKey.private, mode: "0600" },
          { path: "/etc/ssh/ssh_host_ed25519_key.pub", content: `${hostKey.public}\n` },
          ...(user === "root" ? [] : [{ path: `/home/${user}/.ssh/authorized_keys`, content: `${line}\n` }]),
          ...installed(os),
        ],
      });
      machine.powerOn();
      return [node.name, hostKey.public] as const;
    }),
  );
}

const gatewayOf = ({ gateway }: { readonly gateway?: string }) => (gateway === undefined ? {} : { gateway });

/** What whoever installed the host has left there: swap, or the import that docs/metal.md asks for. */
function installed(os: MetalNode["pool"]["os"]): NonNullable<MachineSpec["files"]> {
  switch (os) {
    case "nixos":
      return [
        {
          path: "/etc/nixos/configuration.nix",
          content: "{ imports = [ ./hardware-configuration.nix ./groundwork.nix ]; }\n",
        },
        { path: "/etc/nixos/groundwork.nix", content: "{ }\n" },
      ];
    case "arch":
    case "debian":
      return [{ path: "/etc/fstab", content: "UUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n" }];
    default: {
      const other: never = os;
      throw new Error(`no host runs ${String(other)}`);
    }
  }
}
