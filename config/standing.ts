import { planNodes } from "../lib/nodes.ts";
import { listed } from "../lib/words.ts";
import type { Fault } from "./faults.ts";
import { formatPath } from "./issues.ts";
import type { Stage } from "./stage.ts";

/** What the last run that succeeded left. */
export interface Standing {
  /** Names of the nodes that stand. */
  readonly nodes: ReadonlySet<string>;
  /** Whose the certificates are, as `authorityOf` has it. */
  readonly authority: string;
}

/** Whose the certificates of a stage's cluster are: `distribution`, or a kind of `groundwork:cluster.authority`. */
export const authorityOf = ({ cluster }: Pick<Stage, "cluster">): string =>
  ("authority" in cluster ? cluster.authority?.kind : undefined) ?? "distribution";

/** What a stage asks of a cluster that stands, and that cannot be done to it. */
export function standingFaults(stage: Stage, standing: Standing): readonly Fault[] {
  return [...authorityFaults(stage, standing), ...serverFaults(stage, standing.nodes)];
}

/** Every node would refuse every other one. */
function authorityFaults(stage: Stage, { nodes, authority }: Standing): readonly Fault[] {
  const wanted = authorityOf(stage);
  if (nodes.size === 0 || wanted === authority) return [];
  return [
    {
      path: "groundwork:cluster.authority",
      message: `a cluster keeps the root that it was made with: ${stage.cluster.name} has ${roots[authority] ?? authority}, and ${roots[wanted] ?? wanted} is asked for`,
      remedy: "put it back as it was; for another root, destroy the stack and make it again",
    },
  ];
}

const roots: Readonly<Record<string, string>> = {
  distribution: "no root of its own",
  made: "one that the program made (kind: made)",
  vault: "one of Vault's (kind: vault)",
};

function serverFaults(stage: Stage, established: ReadonlySet<string>): readonly Fault[] {
  if (stage.cluster.distribution !== "k3d") return [];
  const servers = planNodes(stage.cluster, stage.pools).filter(({ role }) => role === "control-plane");
  const [first] = servers;
  if (first === undefined) return [];
  const standing = [...established].filter((name) => name.replace(/-\d+$/, "") === first.poolName);
  return standing.length === 0 || standing.length === servers.length
    ? []
    : [
        {
          path: formatPath(["pools", first.poolName, "count"]),
          message: `k3d cannot change the servers of a cluster that stands: ${stage.cluster.name} has ${listed(standing, "and")}, and ${servers.length} are asked for`,
          remedy: `write ${standing.length}; workers come and go. To begin anew, destroy the stack and make it again`,
        },
      ];
}
