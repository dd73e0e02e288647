import { z } from "zod";
import type { PlannedMachine } from "../lib/nodes.ts";
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
export function hostKeysOf({ pool, number }: PlannedMachine<PoolOn<"metal">>): readonly string[] {
  const given = pool.nodes[String(number)]?.hostKey ?? [];
  return typeof given === "string" ? [given] : given;
}

/** Whom SSH lets in on a machine. */
export const sshUser = ({ pool }: PlannedMachine<Pool>): string => ("user" in pool ? pool.user : "root");

/** Machines of one kind, with what only that kind has. */
export function nodesOn<Kind extends Pool["machine"], Machine extends PlannedMachine<Pool>>(
  machines: readonly Machine[],
  kind: Kind,
): readonly (Machine & { readonly pool: PoolOn<Kind> })[] {
  return machines.filter(
    (machine): machine is Machine & { readonly pool: PoolOn<Kind> } => machine.pool.machine === kind,
  );
}

/** What a machine is called in a message. */
export const describe = ({ name, role }: PlannedMachine): string =>
  role === "docker-host" ? `Docker host ${name}` : `node ${name}`;
