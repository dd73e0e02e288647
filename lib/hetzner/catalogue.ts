import { loadBalancerTypes as balancers } from "./catalogue/load-balancer-types.ts";
import { locations as places } from "./catalogue/locations.ts";
import { serverTypes as types } from "./catalogue/server-types.ts";

export interface ServerType {
  readonly architecture: "x86" | "arm";
  readonly cores: number;
  /** GB */
  readonly memory: number;
  readonly locations: Readonly<Record<string, Offer>>;
}

export interface Offer {
  /** Not withdrawn: new servers of the type are sold there, now or when there is room again. */
  readonly offered: boolean;
  /** There was room when the catalogue was written. */
  readonly available: boolean;
}

export interface LoadBalancerType {
  readonly services: number;
  readonly targets: number;
}

export const locations: Readonly<Record<string, { readonly zone: string }>> = Object.fromEntries(
  places.map(({ name, network_zone }) => [name, { zone: network_zone }]),
);

export const serverTypes: Readonly<Record<string, ServerType>> = Object.fromEntries(
  types.map(({ name, architecture, cores, memory, locations: offers }) => [
    name,
    {
      architecture,
      cores,
      memory,
      locations: Object.fromEntries(
        offers.map(({ name: location, available, deprecation }) => [
          location,
          { offered: deprecation === null, available },
        ]),
      ),
    },
  ]),
);

export const loadBalancerTypes: Readonly<Record<string, LoadBalancerType>> = Object.fromEntries(
  balancers.map(({ name, max_services, max_targets }) => [name, { services: max_services, targets: max_targets }]),
);
