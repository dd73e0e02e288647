import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { readSelector } from "../../shared/labels.ts";
import { findLoadBalancerType } from "./catalogue.ts";
import { primaryIpOf } from "./primary-ips.ts";
import type { LoadBalancerRow, TargetRow } from "./rows.ts";
import { type Cloud, findRow, invalid } from "./state.ts";

export const targetRequest = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("server"),
    server: z.object({ id: z.number().int() }),
    use_private_ip: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("label_selector"),
    label_selector: z.object({ selector: z.string() }),
    use_private_ip: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("ip"),
    ip: z.object({ ip: z.string() }),
    use_private_ip: z.literal(false).default(false),
  }),
]);
/** What a target is known by when it is removed. */
export const targetKeyRequest = z.discriminatedUnion("type", [
  z.object({ type: z.literal("server"), server: z.object({ id: z.number().int() }) }),
  z.object({ type: z.literal("label_selector"), label_selector: z.object({ selector: z.string() }) }),
  z.object({ type: z.literal("ip"), ip: z.object({ ip: z.string() }) }),
]);

type TargetKey = z.output<typeof targetKeyRequest>;

interface HealthStatus {
  readonly listen_port: number;
  readonly status: "unknown";
}

/** A target as the API returns it. Whether it is healthy, only the machines know. */
export type Target = TargetRow & {
  readonly health_status?: readonly HealthStatus[];
  readonly targets?: readonly {
    readonly type: "server";
    readonly server: { readonly id: number };
    readonly use_private_ip: boolean;
    readonly health_status: readonly HealthStatus[];
  }[];
};

const keyOf = (target: TargetKey): string =>
  target.type === "server"
    ? `server ${target.server.id}`
    : target.type === "ip"
      ? `ip ${target.ip.ip}`
      : `label_selector ${target.label_selector.selector}`;

function refuseServer(cloud: Cloud, balancer: LoadBalancerRow, id: number, usesPrivateIp: boolean): void {
  const server = findRow(cloud.servers, id);
  if (!usesPrivateIp) {
    if (primaryIpOf(cloud, id, "ipv4") === undefined)
      throw new ServiceError(
        "missing_ipv4",
        `server '${server.name}' has no public IPv4 address for load balancer '${balancer.name}' to use`,
      );
    return;
  }
  const network = balancer.private_net[0]?.network;
  if (!server.private_net.some((net) => net.network === network)) {
    throw new ServiceError(
      "server_not_attached_to_network",
      `server '${server.name}' is not attached to network ${network} of load balancer '${balancer.name}'`,
    );
  }
}

function refuseIp(cloud: Cloud, ip: string): void {
  const ours = [...cloud.primary_ips.rows.values()].map((row) => row.ip);
  const balancers = [...cloud.load_balancers.rows.values()].map((row) => row.ipv4);
  const privates = [...cloud.servers.rows.values()].flatMap((row) => row.private_net.map((net) => net.ip));
  if ([...ours, ...balancers, ...privates].includes(ip)) {
    throw new ServiceError(
      "cloud_resource_ip_not_allowed",
      `${ip} belongs to a resource of the cloud: make that a target of type server`,
    );
  }
  if (!cloud.options.robotIps?.includes(ip))
    throw new ServiceError("ip_not_owned", `${ip} is of no dedicated server of the project's owner`);
}

/** @throws ServiceError */
export function addTarget(cloud: Cloud, balancer: LoadBalancerRow, target: TargetRow): void {
  const type = findLoadBalancerType(balancer.load_balancer_type);
  if (balancer.targets.some((other) => keyOf(other) === keyOf(target))) {
    throw new ServiceError(
      "target_already_defined",
      `load balancer '${balancer.name}' already has the target ${keyOf(target)}`,
    );
  }
  if (target.use_private_ip && balancer.private_net.length === 0) {
    throw new ServiceError(
      "load_balancer_not_attached_to_network",
      `load balancer '${balancer.name}' is not attached to a network, its target ${keyOf(target)} would use a private IP`,
    );
  }
  if (!target.use_private_ip && target.type !== "ip" && !balancer.public_interface) {
    throw new ServiceError(
      "load_balancer_public_interface_disabled",
      `the public interface of load balancer '${balancer.name}' is disabled, its target ${keyOf(target)} would use a public IP`,
    );
  }
  switch (target.type) {
    case "server":
      refuseServer(cloud, balancer, target.server.id, target.use_private_ip);
      break;
    case "label_selector":
      if (readSelector(target.label_selector.selector) === undefined)
        throw invalid("label_selector.selector", `'${target.label_selector.selector}' is no label selector`);
      break;
    case "ip":
      refuseIp(cloud, target.ip.ip);
      break;
    default:
      target satisfies never;
  }
  const count = countTargets(cloud, { ...balancer, targets: [...balancer.targets, target] });
  if (count > type.max_targets)
    throw new ServiceError(
      "resource_limit_exceeded",
      `load balancer '${balancer.name}' would have ${count} targets, an ${type.name} has at most ${type.max_targets}`,
    );
  balancer.targets.push(target);
}

/** @throws ServiceError `load_balancer_target_not_found` */
export function removeTarget(balancer: LoadBalancerRow, target: TargetKey): void {
  const rest = balancer.targets.filter((other) => keyOf(other) !== keyOf(target));
  if (rest.length === balancer.targets.length) {
    throw new ServiceError(
      "load_balancer_target_not_found",
      `load balancer '${balancer.name}' has no target ${keyOf(target)}`,
    );
  }
  balancer.targets = rest;
}

/** The servers that a selector sends traffic to. */
function selectedServers(
  cloud: Cloud,
  balancer: LoadBalancerRow,
  target: TargetRow & { readonly type: "label_selector" },
): number[] {
  const selects = readSelector(target.label_selector.selector) ?? (() => false);
  const network = balancer.private_net[0]?.network;
  return [...cloud.servers.rows.values()]
    .filter((row) => selects(row.labels))
    .filter((row) =>
      target.use_private_ip
        ? row.private_net.some((net) => net.network === network)
        : primaryIpOf(cloud, row.id, "ipv4") !== undefined,
    )
    .map((row) => row.id);
}

/** Targets as they count against the type's limit: each server that a selector finds is one. */
export function countTargets(cloud: Cloud, balancer: LoadBalancerRow): number {
  return balancer.targets.reduce(
    (sum, target) => sum + (target.type === "label_selector" ? selectedServers(cloud, balancer, target).length : 1),
    0,
  );
}

export function viewTarget(cloud: Cloud, balancer: LoadBalancerRow, target: TargetRow): Target {
  const health_status = balancer.services.map((service) => ({
    listen_port: service.listen_port,
    status: "unknown" as const,
  }));
  if (target.type !== "label_selector") return { ...target, health_status };
  const targets = selectedServers(cloud, balancer, target).map((id) => ({
    type: "server" as const,
    server: { id },
    use_private_ip: target.use_private_ip,
    health_status,
  }));
  return { ...target, targets };
}
