import type { Node, PoolPlan } from "../nodes.ts";

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
export function hostOf({ pool, number }: Node<ProxmoxPoolPlan>): string {
  return pool.nodes[String(number)]?.host ?? pool.hosts[(number - 1) % pool.hosts.length] ?? "";
}

/** Cores, and memory in MiB. */
export function sizeOf({ pool, number }: Node<ProxmoxPoolPlan>): { readonly cores: number; readonly memory: number } {
  const own = pool.nodes[String(number)];
  return { cores: own?.cores ?? pool.cores, memory: own?.memory ?? pool.memory };
}
