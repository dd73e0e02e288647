import { z } from "zod";
import { address, label, url } from "../lib/primitives.ts";

const checksums = { sha256: 64, sha512: 128 } as const;

const image = z
  .strictObject({
    url: url.optional().meta({
      description:
        "A cloud image, qcow2 or raw: each Proxmox node downloads it once. With Talos it follows from the cluster's release and extensions.",
    }),
    algorithm: z.enum(["sha256", "sha512"]).default("sha512").meta({ description: "What the checksum is." }),
    checksum: z
      .string()
      .regex(/^[0-9a-f]+$/)
      .optional()
      .meta({ description: "Of the image, from the checksums that its publisher puts beside it." }),
    templates: z
      .array(
        z.strictObject({
          node: label.meta({ description: "The Proxmox node that it is on." }),
          id: z.int().min(100).max(999_999_999).meta({ description: "Its number." }),
        }),
      )
      .min(1)
      .optional()
      .meta({
        description:
          "Templates that are there, instead of a download: machines are full clones of the one on their own Proxmox node, or else of the first, which then has to be on shared storage. With cloud-init, its system disk scsi0.",
      }),
  })
  .refine(({ algorithm, checksum }) => checksum === undefined || checksum.length === checksums[algorithm], {
    path: ["checksum"],
    error: () => "the checksum is not as long as its algorithm makes it → copy it whole, or name the other algorithm",
  });

/** The Proxmox VE cluster that a stage's virtual machines are on. */
export const proxmox = z.strictObject({
  endpoint: url
    .refine((text) => text.startsWith("https://"), {
      error: () => "Proxmox VE answers over TLS alone → write https://host:8006",
    })
    .meta({ description: "Where the API answers, on any of its nodes: https://host:8006." }),
  insecure: z.boolean().default(false).meta({
    description:
      "Take any certificate, such as the one that Proxmox VE makes itself. The API token goes to whoever answers.",
  }),
  sshUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .default("root")
    .meta({
      description: "Who uploads snippets over SSH: Proxmox VE has no API for it. Its key is `secret:proxmox-ssh-key`.",
    }),
  nodes: z
    .record(label, z.strictObject({ address: address.meta({ description: "Where its SSH answers." }) }))
    .meta({ description: "Proxmox nodes by name." }),
  datastores: z
    .strictObject({
      images: z.string().default("local").meta({ description: "Takes images: content type `import`." }),
      snippets: z.string().default("local").meta({ description: "Takes user data: content type `snippets`." }),
      disks: z.string().default("local-lvm").meta({ description: "Takes disks: content type `images`." }),
    })
    .prefault({})
    .meta({ description: "Storages by what they take." }),
  image: image.prefault({}).meta({ description: "What machines made from now on boot." }),
});
