import { createHash } from "node:crypto";
import type { Props } from "../../../model.ts";
import type { Server } from "../domain/server-view.ts";
import { type Door, readSubnetId } from "./door.ts";
import type { PublicNet } from "./public-net.ts";

interface Given {
  readonly image?: string | undefined;
  readonly userData?: string | undefined;
  readonly ignoreRemoteFirewallIds?: boolean | undefined;
  readonly publicNets?: readonly PublicNet[] | undefined;
  readonly networks?:
    | readonly { readonly networkId?: number | undefined; readonly subnetId?: string | undefined }[]
    | undefined;
}

/** A server's own outputs, as resource and data source share them. */
export function serverFacts(server: Server): Props {
  const { ipv4, ipv6, firewalls } = server.public_net;
  const network = ipv6?.ip;
  return {
    name: server.name,
    location: server.location.name,
    status: server.status,
    serverType: server.server_type.name,
    ipv4Address: ipv4?.ip ?? "",
    // The first address of the server's own /64; without one the provider shows Go's word for nothing.
    ipv6Address: network === undefined ? "" : `${network.slice(0, network.indexOf("/"))}1`,
    ipv6Network: network ?? "<nil>",
    backups: server.backup_window !== null,
    backupWindow: server.backup_window ?? "",
    labels: server.labels,
    deleteProtection: server.protection.delete,
    rebuildProtection: server.protection.rebuild,
    firewallIds: firewalls.map((firewall) => firewall.id),
    primaryDiskSize: server.primary_disk_size,
    placementGroupId: server.placement_group?.id ?? 0,
  };
}

export const privateNets = (server: Server): Props[] =>
  server.private_net.map((net) => ({
    networkId: net.network,
    ip: net.ip,
    aliasIps: net.alias_ips,
    macAddress: net.mac_address,
  }));

/** Outputs of the `Server` resource: what it was given shapes some of them. */
export function serverOutputs(door: Door, id: number, given: Given): Props {
  const server = door.model.servers.get(id);
  const image = server.image;
  const named = image?.name !== null && image?.name !== undefined && given.image !== String(image.id);
  const networks = privateNets(server).map((net) => {
    const subnetId = given.networks?.find(
      (wanted) => wanted.subnetId !== undefined && readSubnetId(wanted.subnetId).network === net.networkId,
    )?.subnetId;
    return { ...net, subnetId: subnetId ?? "" };
  });
  return {
    ...serverFacts(server),
    image: named ? image.name : String(image?.id ?? ""),
    // The provider keeps a hash in place of the document.
    userData: given.userData === undefined ? undefined : createHash("sha1").update(given.userData).digest("base64"),
    networks: given.networks === undefined ? undefined : networks,
    ignoreRemoteFirewallIds: given.ignoreRemoteFirewallIds ?? false,
    // Of an address that is the server's own the provider says 0.
    publicNets: given.publicNets?.map((net) => ({ ...net, ipv4: net.ipv4 ?? 0, ipv6: net.ipv6 ?? 0 })),
  };
}
