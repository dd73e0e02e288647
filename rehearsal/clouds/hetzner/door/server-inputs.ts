import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { id, labels, readSubnetId } from "./door.ts";
import { publicNetInputs } from "./public-net.ts";

const networkInputs = z.object({
  networkId: id.optional(),
  subnetId: z.string().optional(),
  ip: z.string().optional(),
  aliasIps: z.array(z.string()).default([]),
});

export const serverInputs = z.object({
  name: z.string().optional(),
  serverType: z.string(),
  image: z.string(),
  location: z.string().optional(),
  datacenter: z.undefined("removed on 1 July 2026, use location").optional(),
  userData: z.string().optional(),
  sshKeys: z.array(z.string()).default([]),
  keepDisk: z.boolean().default(false),
  backups: z.boolean().default(false),
  labels,
  publicNets: z.array(publicNetInputs).max(1).optional(),
  networks: z.array(networkInputs).optional(),
  firewallIds: z.array(id).optional(),
  ignoreRemoteFirewallIds: z.boolean().optional(),
  placementGroupId: id.optional(),
  deleteProtection: z.boolean().default(false),
  rebuildProtection: z.boolean().default(false),
  shutdownBeforeDeletion: z.boolean().default(false),
});
export const attachmentInputs = z.object({
  serverId: id,
  networkId: id.optional(),
  subnetId: z.string().optional(),
  ip: z.string().optional(),
  aliasIps: z.array(z.string()).default([]),
});

export type ServerInputs = z.output<typeof serverInputs>;
export type NetworkInputs = z.output<typeof networkInputs>;

/** The API's terms for one attachment. */
export function attachment(net: NetworkInputs): {
  network: number;
  ip_range?: string;
  ip?: string;
  alias_ips: string[];
} {
  const subnet = net.subnetId === undefined ? undefined : readSubnetId(net.subnetId);
  const network = subnet?.network ?? net.networkId;
  if (network === undefined)
    throw new ServiceError("InvalidInput", "networks: must specify either networkId or subnetId");
  if (net.networkId !== undefined && net.networkId !== network) {
    throw new ServiceError(
      "InvalidInput",
      `networks: subnetId '${net.subnetId}' does not belong to networkId ${net.networkId}`,
    );
  }
  return {
    network,
    alias_ips: net.aliasIps,
    ...(subnet ? { ip_range: subnet.ip_range } : {}),
    ...(net.ip ? { ip: net.ip } : {}),
  };
}
