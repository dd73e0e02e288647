import * as hcloud from "@pulumi/hcloud";
import type * as pulumi from "@pulumi/pulumi";

export interface FirewallArgs {
  readonly physicalName: string;
  /** Networks that may open SSH; none: nobody may. */
  readonly ssh: readonly string[];
  readonly labels: Record<string, string>;
}

/**
 * Default deny: Hetzner drops what no inbound rule allows, and lets everything out when there is no outbound rule.
 * Traffic within a private network is never filtered. Source: docs.hetzner.com/cloud/firewalls/faq
 */
export function firewall(
  name: string,
  { physicalName, ssh, labels }: FirewallArgs,
  opts: pulumi.CustomResourceOptions,
): hcloud.Firewall {
  const everywhere = ["0.0.0.0/0", "::/0"];
  return new hcloud.Firewall(
    name,
    {
      name: physicalName,
      labels,
      rules: [
        { direction: "in", protocol: "icmp", sourceIps: everywhere, description: "path MTU discovery and ping" },
        ...(ssh.length > 0
          ? [{ direction: "in", protocol: "tcp", port: "22", sourceIps: [...ssh], description: "administration" }]
          : []),
      ],
    },
    opts,
  );
}
