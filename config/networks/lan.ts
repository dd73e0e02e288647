import { z } from "zod";
import { address, cidr, ipAddress } from "../../lib/primitives.ts";

export const lanNetwork = z.strictObject({
  kind: z.literal("lan").meta({ description: "A network that exists, with whatever routes it." }),
  cidr: cidr.meta({ description: "A network that exists." }),
  gateway: address.optional().meta({ description: "Its router." }),
  nameservers: z
    .array(ipAddress)
    .default([])
    .meta({ description: "Resolvers of the nodes; a pod's resolv.conf holds at most three." }),
  mtu: z.int().min(1280).max(9216).default(1500).meta({ description: "Bytes." }),
});
