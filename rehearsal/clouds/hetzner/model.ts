import type { Image } from "../../../lib/hetzner/catalogue/images.ts";
import { type LoadBalancerType, loadBalancerTypes } from "../../../lib/hetzner/catalogue/load-balancer-types.ts";
import { type Location, locations } from "../../../lib/hetzner/catalogue/locations.ts";
import {
  backupShare,
  price,
  primaryIpv4Monthly,
  snapshotMonthlyPerGb,
  volumeMonthlyPerGb,
} from "../../../lib/hetzner/catalogue/prices.ts";
import { type ServerType, serverTypes } from "../../../lib/hetzner/catalogue/server-types.ts";
import { ServiceError } from "../../model.ts";
import { listImages } from "./domain/catalogue.ts";
import { certificateOperations } from "./domain/certificates.ts";
import { firewallOperations } from "./domain/firewalls.ts";
import { loadBalancerActions } from "./domain/load-balancer-actions.ts";
import { loadBalancerOperations } from "./domain/load-balancers.ts";
import { networkOperations } from "./domain/networks.ts";
import { placementGroupOperations } from "./domain/placement-groups.ts";
import { primaryIpOperations } from "./domain/primary-ips.ts";
import { serverActions } from "./domain/server-actions.ts";
import { serverOperations } from "./domain/servers.ts";
import { sshKeyOperations } from "./domain/ssh-keys.ts";
import { type Cloud, createCloud, type HetznerOptions, type Quotas } from "./domain/state.ts";
import { volumeOperations } from "./domain/volumes.ts";

/** `GET /pricing`, as far as this project's resources go. */
function pricing() {
  const everywhere = <Value>(value: Value) => locations.map((location) => ({ location: location.name, ...value }));
  return {
    currency: "EUR",
    vat_rate: "0.00",
    image: { price_per_gb_month: price(snapshotMonthlyPerGb) },
    volume: { price_per_gb_month: price(volumeMonthlyPerGb) },
    server_backup: { percentage: (backupShare * 100).toFixed(10) },
    primary_ips: [
      {
        type: "ipv4",
        prices: everywhere({
          price_hourly: price(primaryIpv4Monthly / 624, 4),
          price_monthly: price(primaryIpv4Monthly),
        }),
      },
      { type: "ipv6", prices: everywhere({ price_hourly: price(0), price_monthly: price(0) }) },
    ],
    server_types: serverTypes.map(({ id, name, prices }) => ({ id, name, prices })),
    load_balancer_types: loadBalancerTypes.map(({ id, name, prices }) => ({ id, name, prices })),
  };
}

/**
 * One project of the Hetzner Cloud, in the terms of its API (docs.hetzner.cloud): request bodies in, resources out,
 * refusals as `ServiceError` with the API's codes. Actions have succeeded when the call returns.
 */
export function createModel(options: HetznerOptions) {
  const cloud: Cloud = createCloud(options);
  return {
    quotas: cloud.quotas satisfies Quotas,
    /** @throws ServiceError `unauthorized` */
    authorize(token: string | undefined): void {
      if (token === undefined || !options.tokens.includes(token)) {
        throw new ServiceError(
          "unauthorized",
          "unable to authenticate: the token is missing, or is none of this project's",
        );
      }
    },
    locations: (): readonly Location[] => locations,
    server_types: (): readonly ServerType[] => serverTypes,
    load_balancer_types: (): readonly LoadBalancerType[] => loadBalancerTypes,
    images: (): readonly Image[] => listImages(cloud),
    pricing,
    networks: networkOperations(cloud),
    servers: { ...serverOperations(cloud), actions: serverActions(cloud) },
    firewalls: firewallOperations(cloud),
    load_balancers: { ...loadBalancerOperations(cloud), actions: loadBalancerActions(cloud) },
    placement_groups: placementGroupOperations(cloud),
    primary_ips: primaryIpOperations(cloud),
    volumes: volumeOperations(cloud),
    ssh_keys: sshKeyOperations(cloud),
    certificates: certificateOperations(cloud),
  };
}

export type HetznerModel = ReturnType<typeof createModel>;
