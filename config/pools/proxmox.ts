import { z } from "zod";
import { label } from "../../lib/primitives.ts";
import { commonPool, nodeOverrides } from "./common.ts";
import { talosVolumes } from "./volumes.ts";

const host = label.meta({ description: "A Proxmox node of `groundwork:proxmox`." });
const cores = z.int().min(1).max(512);
const memory = z.int().min(1024);

export const proxmoxPool = z.strictObject({
  machine: z
    .literal("proxmox")
    .meta({ description: "What the nodes run on: virtual machines of a Proxmox VE cluster." }),
  ...commonPool,
  hosts: z.array(host).min(1).meta({ description: "Proxmox nodes, dealt out to the nodes in turn by number." }),
  spread: z.boolean().default(true).meta({
    description: "No two control planes on one Proxmox node. `false`: one that fails may take the quorum along.",
  }),
  firstId: z.int().min(100).max(999_999_999).optional().meta({
    description:
      "Number of the first virtual machine at Proxmox VE; node n has the n-th from there. Absent: it chooses, and one that a run lost track of is made a second time.",
  }),
  cores: cores.meta({ description: "CPU cores. Changing them restarts the machines, one at a time." }),
  memory: memory.meta({ description: "MiB. Changing it restarts the machines, one at a time." }),
  disk: z.int().min(8).default(32).meta({ description: "System disk, GiB. It can grow, never shrink." }),
  disks: z
    .array(
      z.strictObject({
        size: z.int().min(1).meta({ description: "GiB. It can grow, never shrink." }),
        datastore: z.string().optional().meta({ description: "Default: `datastores.disks` of `groundwork:proxmox`." }),
      }),
    )
    .max(29)
    .default([])
    .meta({ description: "More disks, unformatted, for Longhorn or Ceph: /dev/sdb and on." }),
  datastore: z.string().optional().meta({ description: "Of the system disk. Default: `datastores.disks`." }),
  bridge: z.string().default("vmbr0").meta({ description: "Bridge of the Proxmox nodes that the network is on." }),
  vlan: z.int().min(1).max(4094).optional().meta({ description: "VLAN tag on the bridge." }),
  agent: z
    .boolean()
    .default(false)
    .meta({ description: "QEMU's guest agent. The program needs none; with it a backup freezes file systems first." }),
  startOrder: z
    .int()
    .min(0)
    .optional()
    .meta({ description: "Place in the order in which a Proxmox node starts guests." }),
  tags: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9_][a-z0-9_+.-]*$/, { error: () => "Proxmox takes no such tag → use a-z, 0-9, _ - + ." }),
    )
    .default([])
    .meta({ description: "More tags of the virtual machines." }),
  protect: z.boolean().default(false).meta({ description: "Proxmox's protection against removal." }),
  stopOnDestroy: z.boolean().default(true).meta({
    description:
      "Pull the plug of a machine that is to be removed; `false`: shut it down. Its node has been drained either way.",
  }),
  volumes: talosVolumes,
  nodes: nodeOverrides({
    host: host.optional(),
    cores: cores.optional().meta({ description: "CPU cores of this node." }),
    memory: memory.optional().meta({ description: "MiB of this node." }),
  }),
});
