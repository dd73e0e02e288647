import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { type Cluster, quorum } from "../command/k3s/cluster.ts";
import type { TalosMachine } from "./machines.ts";

// What talosctl prints, as siderolabs/talos v1.13 words it (cmd/talosctl/cmd/talos), as far as the steps read it.

export function printDisks({ address, boot }: TalosMachine): string {
  const rows = (boot.disks ?? ["/dev/sda", "/dev/nvme0n1"]).map((path) => ({
    node: address,
    metadata: { namespace: "runtime", type: "Disks.block.talos.dev", id: path.split("/").at(-1) },
    spec: { dev_path: path },
  }));
  return rows.map((row) => stringify(row, { indent: 4 })).join("---\n");
}

/** @param tag of talosctl and of the machine alike */
export function printVersion({ address, installed }: TalosMachine, short: boolean): string {
  const tag = installed?.split(":").at(-1) ?? "";
  const client = short ? `\tTalos ${tag}` : `\tTag:         ${tag}`;
  return `Client:\n${client}\nServer:\n\tNODE:        ${address}\n\tTag:         ${tag}\n`;
}

export function printExtensions({ address, installed }: TalosMachine): string {
  const version = installed?.split(":").at(0)?.split("/").at(-1);
  const row = {
    node: address,
    metadata: { type: "ExtensionStatuses.runtime.talos.dev", id: "0", version: 1 },
    spec: { image: "schematic", metadata: { name: "schematic", version } },
  };
  return stringify(row, { indent: 4 });
}

export const printService = ({ address }: TalosMachine, name: string, healthy: boolean): string =>
  `NODE     ${address}\nID       ${name}\nSTATE    Running\nHEALTH   ${healthy ? "OK" : "?"}\n`;

/** etcd's id of a member. */
export const memberId = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 16);

export function printMembers({ address }: TalosMachine, cluster: Cluster): string {
  const rows = quorum(cluster).voters.map(({ name, host }) => {
    const [own = ""] = host.addresses.keys();
    return [address, memberId(name), name, `https://${own}:2380`, `https://${own}:2379`, "false"].join("   ");
  });
  return `${["NODE   ID   HOSTNAME   PEER URLS   CLIENT URLS   LEARNER", ...rows].join("\n")}\n`;
}
