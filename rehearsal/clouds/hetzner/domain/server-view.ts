import type { Image } from "../../../../lib/hetzner/catalogue/images.ts";
import type { Location } from "../../../../lib/hetzner/catalogue/locations.ts";
import type { ServerType } from "../../../../lib/hetzner/catalogue/server-types.ts";
import { findLocation, findServerType, listImages } from "./catalogue.ts";
import { firewallsOf } from "./firewalls.ts";
import { type PlacementGroup, viewPlacementGroup } from "./placement-groups.ts";
import { primaryIpOf } from "./primary-ips.ts";
import type { ServerRow } from "./rows.ts";
import { type Cloud, copy } from "./state.ts";

type Replaced = "server_type" | "location" | "image" | "placement_group" | "user_data" | "ssh_keys";

/** A server as the API returns it. */
export interface Server extends Omit<ServerRow, Replaced> {
  readonly server_type: ServerType;
  readonly location: Location;
  readonly image: Image | null;
  readonly placement_group: PlacementGroup | null;
  readonly public_net: {
    readonly ipv4: {
      readonly id: number;
      readonly ip: string;
      readonly blocked: boolean;
      readonly dns_ptr: string;
    } | null;
    readonly ipv6: {
      readonly id: number;
      readonly ip: string;
      readonly blocked: boolean;
      readonly dns_ptr: readonly [];
    } | null;
    readonly floating_ips: readonly [];
    readonly firewalls: readonly { readonly id: number; readonly status: "applied" }[];
  };
  readonly volumes: readonly number[];
  readonly load_balancers: readonly number[];
  readonly iso: null;
  readonly rescue_enabled: boolean;
  readonly locked: boolean;
  /** bytes */
  readonly included_traffic: number;
  readonly ingoing_traffic: number | null;
  readonly outgoing_traffic: number | null;
}

function publicNet(cloud: Cloud, row: ServerRow): Server["public_net"] {
  const ipv4 = primaryIpOf(cloud, row.id, "ipv4");
  const ipv6 = primaryIpOf(cloud, row.id, "ipv6");
  return {
    ipv4:
      ipv4 === undefined
        ? null
        : { id: ipv4.id, ip: ipv4.ip, blocked: false, dns_ptr: `static.${ipv4.ip}.example.com` },
    ipv6: ipv6 === undefined ? null : { id: ipv6.id, ip: ipv6.ip, blocked: false, dns_ptr: [] },
    floating_ips: [],
    firewalls: firewallsOf(cloud, row).map((firewall) => ({ id: firewall.id, status: "applied" as const })),
  };
}

export function viewServer(cloud: Cloud, row: ServerRow): Server {
  const type = findServerType(row.server_type);
  const location = findLocation(row.location);
  const group = row.placement_group === null ? undefined : cloud.placement_groups.rows.get(row.placement_group);
  return copy({
    id: row.id,
    name: row.name,
    created: row.created,
    status: row.status,
    labels: row.labels,
    protection: row.protection,
    private_net: row.private_net,
    primary_disk_size: row.primary_disk_size,
    backup_window: row.backup_window,
    server_type: type,
    location,
    image: listImages(cloud).find((image) => image.id === row.image) ?? null,
    placement_group: group === undefined ? null : viewPlacementGroup(cloud, group),
    public_net: publicNet(cloud, row),
    volumes: [...cloud.volumes.rows.values()].filter((volume) => volume.server === row.id).map((volume) => volume.id),
    load_balancers: [...cloud.load_balancers.rows.values()]
      .filter((balancer) => balancer.targets.some((target) => target.type === "server" && target.server.id === row.id))
      .map((balancer) => balancer.id),
    iso: null,
    rescue_enabled: false,
    locked: false,
    included_traffic: type.prices.find((price) => price.location === location.name)?.included_traffic ?? 0,
    ingoing_traffic: null,
    outgoing_traffic: null,
  });
}
