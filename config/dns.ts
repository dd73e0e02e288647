import { z } from "zod";
import { hostname, ipAddress, label } from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";

const target = z.union([
  z.literal("ingress"),
  z.strictObject({ pool: label.meta({ description: "Round robin over this pool's nodes." }) }),
  z.strictObject({ address: ipAddress.meta({ description: "This address." }) }),
  z.strictObject({ cname: hostname.meta({ description: "An alias of this name." }) }),
]);

const noTtl = ({ input }: { readonly input?: unknown }): string =>
  `${shown(input)} is no TTL → write 1 for automatic, or 60 to 86400 seconds`;

const options = {
  proxied: z.boolean().default(false).meta({ description: "Through Cloudflare's proxy." }),
  ttl: z
    .union([z.literal(1), z.int().min(60, { error: noTtl }).max(86400, { error: noTtl })], { error: noTtl })
    .default(1)
    .meta({ description: "Seconds; 1 is automatic." }),
};

export const dns = z.strictObject({
  provider: z.literal("cloudflare").meta({ description: "Who serves the zone." }),
  zone: hostname.meta({ description: "The zone's name." }),
  zoneId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, {
      error: () => "this is no Cloudflare zone id → copy the 32 hexadecimal digits from the zone's overview page",
    })
    .meta({ description: "The zone's id, from its overview page." }),
  target: target
    .default("ingress")
    .meta({ description: "Where exposed host names point unless a record says otherwise." }),
  ...options,
  records: z
    .record(
      hostname,
      z.strictObject({
        target: target.optional(),
        proxied: options.proxied.unwrap().optional().meta({ description: "Instead of the zone's." }),
        ttl: options.ttl.unwrap().optional().meta({ description: "Instead of the zone's." }),
      }),
    )
    .default({})
    .meta({ description: "Host names beside those of releases, or with settings of their own." }),
});
export type Dns = z.output<typeof dns>;
export type DnsTarget = z.output<typeof target>;
