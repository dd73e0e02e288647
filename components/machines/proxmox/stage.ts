import type { Stage } from "../../../config/stage.ts";

/** The part of a stage that Proxmox's components read. */
export type ProxmoxStage = Pick<Stage, "cluster" | "networks" | "access" | "tailscale"> & {
  readonly proxmox: NonNullable<Stage["proxmox"]>;
};
