import { z } from "zod";
import type { Capability } from "./release.ts";

/** Option of a storage release: whether its class is the cluster's default one. */
export const defaultClass = (standard: boolean) =>
  z.boolean().default(standard).meta({ description: "The class of claims that name none; a cluster has one at most." });

export const reclaimPolicy = z
  .enum(["Delete", "Retain"])
  .default("Delete")
  .meta({ description: "What becomes of a volume when its claim is deleted." });

/** What a release brings that makes a storage class. */
export const storageClass = (name: string, standard: boolean): readonly Capability[] => [
  `storage-class:${name}`,
  ...(standard ? (["default-storage-class"] as const) : []),
];
