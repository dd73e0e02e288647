import { z } from "zod";
import { cidr } from "../../lib/primitives.ts";
import { commonPool, nodeOverrides } from "./common.ts";
import { talosVolumes } from "./volumes.ts";

export const hetznerPool = z.strictObject({
  machine: z.literal("hetzner").meta({ description: "What the nodes run on: Hetzner Cloud servers." }),
  ...commonPool,
  type: z.string().meta({ description: "Server type. Changing it rescales servers in place, one at a time." }),
  locations: z.array(z.string()).min(1).meta({ description: "Locations, dealt out to the nodes in turn by number." }),
  subnet: cidr.meta({ description: "The pool's subnet in its network." }),
  image: z.string().default("debian-12").meta({
    description:
      "Image of servers made from now on, by name or id. With Talos: the id of a snapshot, see docs/talos.md.",
  }),
  protect: z.boolean().default(false).meta({ description: "Hetzner's delete and rebuild protection." }),
  volumes: talosVolumes,
  nodes: nodeOverrides({
    location: z.string().optional().meta({ description: "Hetzner location of this node." }),
    type: z.string().optional().meta({ description: "Server type of this node." }),
  }),
});
