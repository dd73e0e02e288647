import { z } from "zod";
import { label, size } from "../primitives.ts";
import type { Capability, Values } from "./release.ts";

/** Option of a storage release: a directory of every node. */
export const absolutePath = (example: string) =>
  z.string().regex(/^(\/[-\w.]+)+$/, {
    error: () => `this is no path of a directory → write it from the root on, such as ${example}`,
  });

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

const volume = z.strictObject({
  size: size.meta({ description: "Size of the volume." }),
  class: label.optional().meta({ description: "Storage class. Absent: the cluster's default class." }),
});
type Volume = z.output<typeof volume>;
export type Storage = Volume | "none";

/** Option of a release that keeps something: the volume that it keeps it on. */
export const storage = (standard: string) =>
  z
    .union([z.literal("none"), volume])
    .prefault({ size: standard })
    .meta({ description: "Its volume, or none: what it holds is lost with its pod." });

/** The same for a database: without a volume it would be none. */
export const lasting = (standard: string) =>
  volume.prefault({ size: standard }).meta({ description: "The volume that it keeps its data on." });

/** The classes of volumes: what claims need. */
export const storageNeeds = (...chosen: readonly Storage[]): readonly Capability[] =>
  chosen
    .filter((each) => each !== "none")
    .map(({ class: name }): Capability => (name === undefined ? "default-storage-class" : `storage-class:${name}`));

/** What a claim asks for. */
export function claimSpec({ size: wanted, class: name }: Volume): Values {
  return {
    accessModes: ["ReadWriteOnce"],
    ...(name === undefined ? {} : { storageClassName: name }),
    resources: { requests: { storage: wanted } },
  };
}
