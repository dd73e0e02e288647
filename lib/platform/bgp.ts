import { z } from "zod";
import { address, label, secretName } from "../primitives.ts";

const asNumber = z.int().min(1).max(4_294_967_295);

const peer = z.strictObject({
  address: address.meta({ description: "Address of the router." }),
  asn: asNumber.meta({ description: "The router's autonomous system number." }),
  passwordSecret: secretName.optional().meta({ description: "Secret with the session's MD5 password. Absent: none." }),
});

/** Option of a release that tells routers of Services' addresses. */
export const bgp = z.strictObject({
  asn: asNumber.meta({ description: "The cluster's autonomous system number." }),
  peers: z
    .record(label, peer)
    .refine((peers) => Object.keys(peers).length > 0, {
      error: () =>
        "no peer, so no router learns of any address → add one, such as rack-1: { address: 10.0.0.1, asn: 64500 }",
    })
    .meta({ description: "Routers by name; every node has a session with each." }),
});
export type Bgp = z.output<typeof bgp>;

/** Names of the secrets that the sessions' passwords are. */
export const bgpSecrets = (chosen: Bgp | undefined): readonly string[] =>
  Object.values(chosen?.peers ?? {}).flatMap(({ passwordSecret }) => passwordSecret ?? []);
