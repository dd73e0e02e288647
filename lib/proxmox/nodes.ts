import type { PlannedMachine, PoolPlan } from "../nodes.ts";

/** What a pool of Proxmox virtual machines adds to a pool. */
interface ProxmoxPoolPlan extends PoolPlan {
  readonly hosts: readonly string[];
  readonly cores: number;
  readonly memory: number;
  readonly nodes: Readonly<
    Record<
      string,
      PoolPlan["nodes"][string] & {
        readonly host?: string | undefined;
        readonly cores?: number | undefined;
        readonly memory?: number | undefined;
      }
    >
  >;
}

/** The Proxmox node that a machine is on: dealt out by number, so that it does not depend on how many others there are. */
export function hostOf({ pool, number }: PlannedMachine<ProxmoxPoolPlan>): string {
  return pool.nodes[String(number)]?.host ?? pool.hosts[(number - 1) % pool.hosts.length] ?? "";
}

/** Cores, and memory in MiB. */
export function sizeOf({ pool, number }: PlannedMachine<ProxmoxPoolPlan>): {
  readonly cores: number;
  readonly memory: number;
} {
  const own = pool.nodes[String(number)];
  return { cores: own?.cores ?? pool.cores, memory: own?.memory ?? pool.memory };
}

/** Path, in the machine, of a disk beside the system's: by the place that components/machines/proxmox/vm.ts gives it. */
export const diskPath = (index: number): string => `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi${index + 1}`;

/**
 * A node with labels of where its machine is, those of its pool going before: its region is the cluster, its zone the
 * Proxmox node. Source of the keys: kubernetes.io/docs/reference/labels-annotations-taints
 */
export function placed<Pool extends PoolPlan>(
  cluster: string,
  host: string,
  node: PlannedMachine<Pool>,
): PlannedMachine<Pool> {
  const topology = { "topology.kubernetes.io/region": cluster, "topology.kubernetes.io/zone": host };
  return { ...node, labels: { ...topology, ...node.labels } };
}
