import { locations } from "./locations.ts";
import { type LocationPrice, loadBalancerMonthly, locationPrice } from "./prices.ts";

/** A load balancer type as `GET /load_balancer_types` returns it. */
export interface LoadBalancerType {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly max_connections: number;
  readonly max_services: number;
  readonly max_targets: number;
  readonly max_assigned_certificates: number;
  readonly deprecated: string | null;
  readonly prices: readonly LocationPrice[];
}

/** https://docs.hetzner.com/cloud/load-balancers/overview */
const plans: readonly Omit<LoadBalancerType, "description" | "deprecated" | "prices">[] = [
  { id: 1, name: "lb11", max_connections: 10000, max_services: 5, max_targets: 25, max_assigned_certificates: 10 },
  { id: 2, name: "lb21", max_connections: 20000, max_services: 15, max_targets: 75, max_assigned_certificates: 25 },
  { id: 3, name: "lb31", max_connections: 40000, max_services: 30, max_targets: 150, max_assigned_certificates: 50 },
];

export const loadBalancerTypes: readonly LoadBalancerType[] = plans.map((plan) => ({
  ...plan,
  description: plan.name.toUpperCase(),
  deprecated: null,
  prices: locations.flatMap((location) => {
    const monthly = loadBalancerMonthly(plan.name, location);
    return monthly === undefined ? [] : [locationPrice(location, monthly, 20 * 1024 ** 4)];
  }),
}));
