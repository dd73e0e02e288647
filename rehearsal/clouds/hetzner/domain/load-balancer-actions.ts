import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { findLoadBalancerType } from "./catalogue.ts";
import { claimPorts, mergeService, readService, serviceRequest, serviceUpdate } from "./load-balancer-services.ts";
import { addTarget, countTargets, removeTarget, targetKeyRequest, targetRequest } from "./load-balancer-targets.ts";
import {
  addService,
  algorithm,
  attachLoadBalancer,
  attachRequest,
  type LoadBalancer,
  viewLoadBalancer,
} from "./load-balancers.ts";
import type { LoadBalancerRow, Service } from "./rows.ts";
import { type Cloud, findRow, idOrName, protectionRequest, read } from "./state.ts";

function changeType(cloud: Cloud, row: LoadBalancerRow, wanted: string | number): void {
  const type = findLoadBalancerType(wanted);
  const refuse = (why: string): ServiceError =>
    new ServiceError("invalid_load_balancer_type", `load balancer '${row.name}' cannot become an ${type.name}: ${why}`);
  if (row.services.length > type.max_services)
    throw refuse(`it has ${row.services.length} services, at most ${type.max_services} are possible`);
  const targets = countTargets(cloud, row);
  if (targets > type.max_targets) throw refuse(`it has ${targets} targets, at most ${type.max_targets} are possible`);
  row.load_balancer_type = type.name;
}

/** `/load_balancers/{id}/actions` of the API. */
export function loadBalancerActions(cloud: Cloud) {
  const act =
    (change: (row: LoadBalancerRow, body: unknown) => void) =>
    (id: number, body?: unknown): LoadBalancer => {
      const row = findRow(cloud.load_balancers, id);
      change(row, body ?? {});
      return viewLoadBalancer(cloud, row);
    };
  const findService = (row: LoadBalancerRow, port: number): Service => {
    const service = row.services.find((other) => other.listen_port === port);
    if (service === undefined)
      throw new ServiceError("not_found", `load balancer '${row.name}' has no service on port ${port}`);
    return service;
  };
  return {
    add_service: act((row, body) => addService(cloud, row, read(serviceRequest, body))),
    update_service: act((row, body) => {
      const update = read(serviceUpdate, body);
      const old = findService(row, update.listen_port);
      const service = readService(cloud, mergeService(old, update));
      claimPorts(row, service, old);
      row.services = row.services.map((other) => (other === old ? service : other));
    }),
    delete_service: act((row, body) => {
      const { listen_port } = read(z.object({ listen_port: z.number().int() }), body);
      const service = findService(row, listen_port);
      row.services = row.services.filter((other) => other !== service);
    }),
    add_target: act((row, body) => addTarget(cloud, row, read(targetRequest, body))),
    remove_target: act((row, body) => removeTarget(row, read(targetKeyRequest, body))),
    attach_to_network: act((row, body) => attachLoadBalancer(cloud, row, read(attachRequest, body))),
    detach_from_network: act((row, body) => {
      const { network } = read(z.object({ network: z.number().int() }), body);
      if (row.private_net[0]?.network !== network)
        throw new ServiceError("not_found", `load balancer '${row.name}' is not attached to network ${network}`);
      row.private_net = [];
      row.targets = row.targets.filter((target) => !target.use_private_ip);
    }),
    enable_public_interface: act((row) => {
      row.public_interface = true;
    }),
    disable_public_interface: act((row) => {
      if (row.private_net.length === 0)
        throw new ServiceError(
          "load_balancer_not_attached_to_network",
          `load balancer '${row.name}' is not attached to a network: without its public interface nobody could reach it`,
        );
      if (row.targets.some((target) => !target.use_private_ip && target.type !== "ip")) {
        throw new ServiceError(
          "targets_without_use_private_ip",
          `load balancer '${row.name}' has targets that use the public IP`,
        );
      }
      row.public_interface = false;
    }),
    change_algorithm: act((row, body) => {
      row.algorithm = read(algorithm, body).type;
    }),
    change_type: act((row, body) =>
      changeType(cloud, row, read(z.object({ load_balancer_type: idOrName }), body).load_balancer_type),
    ),
    change_protection: act((row, body) => {
      row.protection = read(protectionRequest, body);
    }),
  };
}
