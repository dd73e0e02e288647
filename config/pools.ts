import { z } from "zod";
import type { Node } from "../lib/nodes.ts";
import { label } from "../lib/primitives.ts";
import { dockerPool } from "./pools/docker.ts";
import { hetznerPool } from "./pools/hetzner.ts";
import { metalPool } from "./pools/metal.ts";
import { proxmoxPool } from "./pools/proxmox.ts";
import { talosPool } from "./pools/talos.ts";

/** One branch for each kind of machine. */
export const pool = z.discriminatedUnion("machine", [hetznerPool, proxmoxPool, metalPool, dockerPool, talosPool]);
export const pools = z.record(label, pool);
export type Pool = z.output<typeof pool>;

/** A pool whose nodes run on one kind of machine. */
export type PoolOn<Machine extends Pool["machine"]> = Extract<Pool, { readonly machine: Machine }>;

/** The host keys that are pinned for a host that exists, the one that counts first; none yet: empty. */
export function hostKeysOf({ pool, number }: Node<PoolOn<"metal">>): readonly string[] {
  const given = pool.nodes[String(number)]?.hostKey ?? [];
  return typeof given === "string" ? [given] : given;
}

/** Whom SSH lets in on a node's machine. */
export const sshUser = ({ pool }: Node<Pool>): string => ("user" in pool ? pool.user : "root");

/** Nodes of one kind of machine, with what only that kind has. */
export function nodesOn<Machine extends Pool["machine"]>(
  nodes: readonly Node<Pool>[],
  machine: Machine,
): readonly Node<PoolOn<Machine>>[] {
  return nodes.filter((node): node is Node<PoolOn<Machine>> => node.pool.machine === machine);
}
