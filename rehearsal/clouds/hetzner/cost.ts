import {
  backupShare,
  loadBalancerMonthly,
  primaryIpv4Monthly,
  serverMonthly,
  volumeMonthlyPerGb,
} from "../../../lib/hetzner/catalogue/prices.ts";
import { findLocation } from "./domain/catalogue.ts";
import type { HetznerModel } from "./model.ts";

export interface CostItem {
  readonly name: string;
  readonly kind: "server" | "backup" | "load_balancer" | "primary_ip" | "volume";
  /** Server type, load balancer type, `ipv4`, or a volume's size. */
  readonly type: string;
  readonly location: string;
  /** Net; null where no public price is known. */
  readonly eurPerMonth: number | null;
}

export interface MonthlyCost {
  readonly items: readonly CostItem[];
  /** Net EUR of the items whose price is known. */
  readonly total: number;
  /** Names of the items whose price is not known: the total is too low by theirs. */
  readonly unpriced: readonly string[];
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;

/**
 * What the project costs a month, for orders made now (catalogue/prices.ts has sources and date). Networks, firewalls,
 * placement groups, SSH keys, certificates and IPv6 are free; traffic above what is included is not counted.
 */
export function monthlyCost(
  model: Pick<HetznerModel, "servers" | "load_balancers" | "primary_ips" | "volumes">,
): MonthlyCost {
  const items: CostItem[] = [];
  const add = (item: Omit<CostItem, "eurPerMonth">, amount: number | undefined): void => {
    items.push({ ...item, eurPerMonth: amount === undefined ? null : cents(amount) });
  };
  for (const server of model.servers.list()) {
    const price = serverMonthly(server.server_type.name, findLocation(server.location.name));
    const common = { name: server.name, type: server.server_type.name, location: server.location.name };
    add({ ...common, kind: "server" }, price);
    if (server.backup_window !== null)
      add({ ...common, kind: "backup" }, price === undefined ? undefined : price * backupShare);
  }
  for (const balancer of model.load_balancers.list()) {
    const type = balancer.load_balancer_type.name;
    add(
      { name: balancer.name, kind: "load_balancer", type, location: balancer.location.name },
      loadBalancerMonthly(type, balancer.location),
    );
  }
  for (const ip of model.primary_ips.list()) {
    if (ip.type === "ipv4")
      add({ name: ip.name, kind: "primary_ip", type: ip.type, location: ip.location.name }, primaryIpv4Monthly);
  }
  for (const volume of model.volumes.list()) {
    add(
      { name: volume.name, kind: "volume", type: `${volume.size} GB`, location: volume.location.name },
      volume.size * volumeMonthlyPerGb,
    );
  }
  return {
    items,
    total: cents(items.reduce((sum, item) => sum + (item.eurPerMonth ?? 0), 0)),
    unpriced: items.filter((item) => item.eurPerMonth === null).map((item) => item.name),
  };
}
