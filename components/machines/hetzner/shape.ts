import type * as hcloud from "@pulumi/hcloud";
import type * as pulumi from "@pulumi/pulumi";
import { asNumber } from "./ids.ts";
import type { Network } from "./network.ts";

/** What a server is, whatever it boots. */
export interface ServerShape {
  readonly hostname: string;
  readonly type: string;
  readonly location: string;
  /** Name, or id of a snapshot. */
  readonly image: string;
  readonly network: Network;
  readonly address: string;
  readonly public: boolean;
  readonly firewall: hcloud.Firewall;
  /** Id. */
  readonly placementGroup?: pulumi.Output<number>;
  readonly labels: Record<string, string>;
  readonly protect: boolean;
}

/** What a new server takes and an old one keeps, so that a changed template replaces nothing. */
export const ofNewServers = ["image", "userData", "sshKeys", "location"];

export function serverInputs(shape: ServerShape): hcloud.ServerArgs {
  return {
    name: shape.hostname,
    serverType: shape.type,
    location: shape.location,
    image: shape.image,
    labels: shape.labels,
    publicNets: [{ ipv4Enabled: shape.public, ipv6Enabled: shape.public }],
    // An empty aliasIps: without it the provider attaches the network anew at every run (terraform-provider-hcloud #650).
    networks: [{ networkId: shape.network.id, ip: shape.address, aliasIps: [] }],
    // A firewall filters public interfaces only: on a private server it would be one more thing to attach.
    ...(shape.public ? { firewallIds: [asNumber(shape.firewall.id)] } : {}),
    ...(shape.placementGroup === undefined ? {} : { placementGroupId: shape.placementGroup }),
    deleteProtection: shape.protect,
    rebuildProtection: shape.protect,
    // The root disk stays as it is, so that a server can go back to a smaller type.
    keepDisk: true,
    shutdownBeforeDeletion: true,
  };
}
