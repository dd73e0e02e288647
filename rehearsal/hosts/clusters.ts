import { existsSync } from "node:fs";
import { join } from "node:path";
import { list, readIf } from "./files.ts";

export interface ClusterView {
  /** Every Node, Ready or not. */
  readonly nodes: readonly string[];
  /** The nodes that etcd has a member of. */
  readonly members: readonly string[];
  /** Named as they were asked for. */
  readonly snapshots: number;
  /** Who holds the lock on the cluster's membership. */
  readonly lock: string | undefined;
}

/** A Node of some cluster, as its API has it. */
export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly role: "control-plane" | "worker";
}

/** Every cluster under a world's path that was ever started. */
export function clusterViews(world: string): readonly ClusterView[] {
  return folders(world).map((cluster) => ({
    nodes: list(join(cluster, "nodes")),
    members: list(join(cluster, "members")).map((member) => member.replace(/-[0-9a-f]{8}$/, "")),
    snapshots: (readIf(join(cluster, "snapshots")) ?? "").split("\n").length - 1,
    lock: readIf(join(cluster, "lock"))?.split("|")[0],
  }));
}

/** The Nodes of all clusters under a world's path. */
export function clusterNodes(world: string): readonly ClusterNode[] {
  return folders(world).flatMap((cluster) =>
    list(join(cluster, "nodes")).map((name) => {
      const node = join(cluster, "nodes", name);
      return {
        name,
        address: (readIf(join(node, "address")) ?? "").trim(),
        role: existsSync(join(node, "etcd")) ? ("control-plane" as const) : ("worker" as const),
      };
    }),
  );
}

function folders(world: string): readonly string[] {
  return list(join(world, "clusters")).map((id) => join(world, "clusters", id));
}
