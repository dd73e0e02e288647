import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import * as pulumi from "@pulumi/pulumi";
import type { Content, PlannedRecord } from "../../config/records.ts";

export interface DnsArgs {
  readonly zoneId: string;
  readonly records: readonly PlannedRecord[];
  /** Public addresses of the ingress load balancer. */
  readonly ingress?: { readonly ipv4: pulumi.Input<string>; readonly ipv6: pulumi.Input<string> } | undefined;
}

/** DNS records at Cloudflare. They wait for the address that they hold and for nothing else. */
export class CloudflareDns extends pulumi.ComponentResource {
  constructor(name: string, { zoneId, records, ingress }: DnsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:dns:Cloudflare", name, {}, opts);
    for (const record of records) {
      new DnsRecord(
        record.id,
        {
          zoneId,
          name: record.name,
          type: record.type,
          content: contentOf(record.content, ingress),
          proxied: record.proxied,
          ttl: record.ttl,
          comment: "managed by groundwork",
        },
        // Cloudflare refuses a CNAME beside other records of its name: the old kind goes first.
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.registerOutputs({ hosts: [...new Set(records.map(({ name: host }) => host))] });
  }
}

function contentOf(content: Content, ingress: DnsArgs["ingress"]): pulumi.Input<string> {
  if (content.kind === "text") return content.text;
  if (ingress === undefined)
    throw new Error("a record points at an ingress load balancer that the stage does not have");
  return content.kind === "ingress-ipv4" ? ingress.ipv4 : ingress.ipv6;
}
