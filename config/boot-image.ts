import { createHash } from "node:crypto";
import { diskImageUrl, imageArgs } from "../lib/talos/schematic.ts";
import type { Stage } from "./stage.ts";

/** A virtual machine that others are cloned from. */
export interface Template {
  /** Proxmox node that it is on. */
  readonly node: string;
  readonly id: number;
}

/** The template for machines on a Proxmox node; undefined: they boot a download. */
export function templateFor({ proxmox }: Pick<Stage, "proxmox">, host: string): Template | undefined {
  const templates = proxmox?.image.templates;
  return templates?.find(({ node }) => node === host) ?? templates?.[0];
}

/** What is downloaded for virtual machines made from now on to boot. */
export interface BootImage {
  readonly url: string;
  /**
   * By its content and where that is from: another download is another file, beside the one that machines were made from.
   * With the same name the old one, deleted once the new one is there, would take that along.
   */
  readonly fileName: string;
  readonly checksum: string;
  readonly algorithm: "sha256" | "sha512";
}

/** Where the image is downloaded: with Talos it follows from the cluster, otherwise the stack file names it. */
export function bootImageUrl({ cluster, proxmox }: Pick<Stage, "cluster" | "proxmox">): string | undefined {
  return cluster.distribution === "talos" ? diskImageUrl(imageArgs(cluster, "nocloud"), "qcow2") : proxmox?.image.url;
}

/** @throws Error for a stage that the rules refuse. */
export function bootImage(stage: Pick<Stage, "cluster" | "proxmox">): BootImage {
  const url = bootImageUrl(stage);
  const { checksum, algorithm } = stage.proxmox?.image ?? {};
  if (url === undefined || checksum === undefined || algorithm === undefined)
    throw new Error("virtual machines have no image to boot: groundwork:proxmox.image is not complete");
  const { cluster } = stage;
  const release = cluster.distribution === "talos" ? `talos-${cluster.version}-` : "";
  const download = createHash("sha256").update(`${url} ${algorithm} ${checksum}`).digest("hex").slice(0, 12);
  return { url, checksum, algorithm, fileName: `${cluster.name}-${release}${download}.qcow2` };
}
