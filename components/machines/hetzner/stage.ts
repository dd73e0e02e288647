import type { Stage } from "../../../config/stage.ts";

/** The part of a stage that Hetzner's components read. */
export type HetznerStage = Pick<
  Stage,
  "cluster" | "networks" | "pools" | "access" | "hetzner" | "tailscale" | "platform"
>;
