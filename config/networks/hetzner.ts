import { z } from "zod";
import { address, cidr, ipAddress } from "../../lib/primitives.ts";

export const hetznerZones = ["eu-central", "us-east", "us-west", "ap-southeast"] as const;

/** Bytes that Hetzner's networks carry in one packet. Source: docs.hetzner.com/cloud/networks/faq */
export const hetznerMtu = 1450;

/** The NAT gateway of a private Hetzner network: its only machine with a public address, and the SSH jump host. */
const gateway = z
  .strictObject({
    type: z.string().meta({ description: "Hetzner server type of the gateway." }),
    location: z.string().meta({ description: "Hetzner location of the gateway." }),
    address: address.meta({ description: "Its private address, in `subnet`." }),
    subnet: cidr.meta({ description: "The gateway's subnet." }),
    image: z.string().default("debian-12").meta({ description: "Image of a gateway made from now on." }),
    generation: z.int().min(1).default(1).meta({ description: "Raise it to replace the gateway." }),
  })
  .meta({ description: "NAT gateway and SSH jump host of this network." });

export const hetznerNetwork = z.strictObject({
  kind: z.literal("hetzner").meta({ description: "A private network at Hetzner, made by the program." }),
  cidr: cidr.meta({ description: "The whole range. Its first address is the network's router." }),
  zone: z.enum(hetznerZones).meta({ description: "Network zone: every location used in this network lies in it." }),
  egress: z.enum(["gateway", "public"]).default("gateway").meta({
    description:
      "`gateway`: nodes are private and go out through the NAT gateway. `public`: each node has public addresses behind a firewall.",
  }),
  gateway: gateway.optional(),
  nameservers: z
    .array(ipAddress)
    .default(["185.12.64.1", "185.12.64.2"])
    .meta({ description: "Resolvers of the nodes; a pod's resolv.conf holds at most three." }),
});

export type HetznerNetwork = z.output<typeof hetznerNetwork>;
