import { addressAfter } from "./address.ts";

/** What a pool says of its nodes, whatever the machines are. */
export interface PoolPlan {
  /** `docker-host`: a machine that runs Docker for the nodes of k3d, and is none itself. */
  readonly role: "control-plane" | "worker" | "docker-host";
  readonly machine: string;
  readonly count: number;
  readonly skip: readonly number[];
  readonly generation: number;
  readonly network: string;
  readonly firstAddress: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly generation?: number | undefined;
        readonly labels: Readonly<Record<string, string>>;
        /** Where a kind of machine lets a node have an address of its own. */
        readonly address?: string | undefined;
      }
    >
  >;
}

/** A machine of the stage, before it exists: a node's own, or the one that containers of k3d run on. */
export interface PlannedMachine<Pool extends PoolPlan = PoolPlan> {
  /** `<pool>-<n>`, unique in the stage. */
  readonly name: string;
  /** `<cluster>-<pool>-<n>`: host name, Kubernetes node name and name at the provider. */
  readonly hostname: string;
  readonly poolName: string;
  readonly pool: Pool;
  readonly number: number;
  readonly role: PoolPlan["role"];
  readonly network: string;
  /** IPv4 in its network. */
  readonly address: string;
  /** Rises when the pool's or the node's own generation does; a higher one replaces the machine. */
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
}

/** A node of the Kubernetes cluster, before it exists. */
export interface Node<Pool extends PoolPlan = PoolPlan> extends PlannedMachine<Pool> {
  readonly role: "control-plane" | "worker";
}

export const isNode = <Pool extends PoolPlan>(machine: PlannedMachine<Pool>): machine is Node<Pool> =>
  machine.role !== "docker-host";

const order: readonly PoolPlan["role"][] = ["control-plane", "worker", "docker-host"];

/**
 * The numbers of a pool's nodes: the first `count` from 1 upward that are not skipped, so that leaving one out renames
 * and renumbers no other.
 */
export function nodeNumbers(count: number, skip: readonly number[]): readonly number[] {
  const left = new Set(skip);
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number++) if (!left.has(number)) numbers.push(number);
  return numbers;
}

/** Every machine of a stage: control planes, workers, then what is no node; pools in the order of their names, by number. */
export function planMachines<Pool extends PoolPlan>(
  cluster: { readonly name: string; readonly nodeLabels: Readonly<Record<string, string>> },
  pools: Readonly<Record<string, Pool>>,
): readonly PlannedMachine<Pool>[] {
  const machines = Object.entries(pools)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([poolName, pool]) =>
      nodeNumbers(pool.count, pool.skip).map((number): PlannedMachine<Pool> => {
        const own = pool.nodes[String(number)];
        const name = `${poolName}-${number}`;
        return {
          name,
          hostname: `${cluster.name}-${name}`,
          poolName,
          pool,
          number,
          role: pool.role,
          network: pool.network,
          address: own?.address ?? addressAfter(pool.firstAddress, number - 1),
          generation: pool.generation + (own?.generation ?? 1) - 1,
          labels: { ...cluster.nodeLabels, ...pool.labels, ...own?.labels },
          taints: pool.taints,
        };
      }),
    );
  return order.flatMap((role) => machines.filter((machine) => machine.role === role));
}

/** Every node of a stage, in the same order. */
export const planNodes = <Pool extends PoolPlan>(
  ...[cluster, pools]: Parameters<typeof planMachines<Pool>>
): readonly Node<Pool>[] => planMachines(cluster, pools).filter(isNode);
