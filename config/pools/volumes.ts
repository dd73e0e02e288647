import { z } from "zod";
import { label } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";

const size = z.string().regex(/^[1-9]\d*(MB|GB|TB|MiB|GiB|TiB)$/, {
  error: ({ input }) => `${shown(input)} is no size → write it with its unit, such as 100GiB`,
});

/** Partitions that Talos makes, formats and mounts beside its own. */
export const talosVolumes = z
  .record(
    label,
    z.strictObject({
      match: z
        .string()
        .min(1)
        .default("!system_disk")
        .meta({ description: 'Which disk it is on, as CEL: `disk.transport == "nvme"`, `disk.serial == "disk-1"`.' }),
      minSize: size.default("10GiB").meta({ description: "A disk with less room left is passed over." }),
      maxSize: size.optional().meta({ description: "Absent: all the room that there is." }),
    }),
  )
  .default({})
  .meta({ description: "With Talos: volumes by name, each mounted at /var/mnt/<name> of every node." });
