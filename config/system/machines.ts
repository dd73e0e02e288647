import { location, serverType } from "../../lib/hetzner/nodes.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { hostOf, sizeOf } from "../../lib/proxmox/nodes.ts";
import { nodesOn, type Pool } from "../pools.ts";

/** What a machine is and where it stands, in a few words. */
export function machineWords(machine: PlannedMachine<Pool>): string {
  const { pool } = machine;
  switch (pool.machine) {
    case "hetzner":
      return nodesOn([machine], "hetzner")
        .map((each) => `${serverType(each)} in ${location(each)}`)
        .join();
    case "proxmox":
      return nodesOn([machine], "proxmox")
        .map((each) => `VM on ${hostOf(each)}, ${sizeOf(each).cores} cores, ${sizeOf(each).memory / 1024} GiB`)
        .join();
    case "docker":
      return "container";
    case "metal":
      return `${systems[pool.os]} host`;
    case "talos":
      return "machine with Talos";
    default: {
      const unknown: never = pool;
      throw new Error(`unknown kind of machine: ${JSON.stringify(unknown)}`);
    }
  }
}

/** What is said of a whole pool's machines. */
export function poolWords(pool: Pool): string {
  switch (pool.machine) {
    case "hetzner":
      return `Hetzner ${pool.type}`;
    case "proxmox":
      return "Proxmox VE";
    case "docker":
      return "Docker";
    case "metal":
      return systems[pool.os];
    case "talos":
      return "Talos on bare metal";
    default: {
      const unknown: never = pool;
      throw new Error(`unknown kind of machine: ${JSON.stringify(unknown)}`);
    }
  }
}

const systems = { arch: "Arch Linux", debian: "Debian", nixos: "NixOS" } as const;

export const roleWords = {
  "control-plane": "control plane",
  worker: "worker",
  "docker-host": "Docker host",
} as const satisfies Readonly<Record<Pool["role"], string>>;
