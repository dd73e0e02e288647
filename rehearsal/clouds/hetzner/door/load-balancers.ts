import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Context, type Props, ServiceError } from "../../../model.ts";
import {
  changed,
  type Door,
  id,
  labels,
  nameOf,
  type Resources,
  readBy,
  readSubnetId,
  same,
  seconds,
  token,
  unlessGone,
  whenNamed,
} from "./door.ts";
import { expectSubnet } from "./servers.ts";

const balancerInputs = z.object({
  name: z.string().optional(),
  loadBalancerType: z.string(),
  location: z.string().optional(),
  networkZone: z.string().optional(),
  algorithm: z.object({ type: z.string().optional() }).optional(),
  labels,
  targets: z.array(z.object({ type: z.literal("server"), serverId: id })).optional(),
  deleteProtection: z.boolean().default(false),
});
const attachmentInputs = z.object({
  loadBalancerId: id,
  networkId: id.optional(),
  subnetId: z.string().optional(),
  ip: z.string().optional(),
  enablePublicInterface: z.boolean().default(true),
});

function balancerOutputs(door: Door, balancer: number): Props {
  const row = door.model.load_balancers.get(balancer);
  const net = row.private_net[0];
  return withoutUndefined({
    name: row.name,
    loadBalancerType: row.load_balancer_type.name,
    location: row.location.name,
    networkZone: row.location.network_zone,
    algorithm: row.algorithm,
    labels: row.labels,
    ipv4: row.public_net.ipv4.ip,
    ipv6: row.public_net.ipv6.ip,
    networkId: net?.network,
    networkIp: net?.ip,
    deleteProtection: row.protection.delete,
    targets: row.targets.map((target) =>
      target.type === "server" ? { type: "server", serverId: target.server.id } : { type: target.type },
    ),
  });
}

/** Inline targets are servers by their public address: the provider cannot give them a private one. */
function updateTargets(door: Door, balancer: number, wanted: readonly number[]): void {
  const { actions, get } = door.model.load_balancers;
  const present = get(balancer).targets.flatMap((target) => (target.type === "server" ? [target.server.id] : []));
  for (const server of present)
    if (!wanted.includes(server)) actions.remove_target(balancer, { type: "server", server: { id: server } });
  for (const server of wanted)
    if (!present.includes(server)) actions.add_target(balancer, { type: "server", server: { id: server } });
}

export const balancerNetworkKey = (balancer: number): string => `load balancer network ${balancer}`;

function setPublicInterface(door: Door, balancer: number, enabled: boolean): void {
  const { actions, get } = door.model.load_balancers;
  if (get(balancer).public_net.enabled !== enabled)
    actions[enabled ? "enable_public_interface" : "disable_public_interface"](balancer);
}

function attach(door: Door, inputs: z.output<typeof attachmentInputs>, context: Context): number {
  const { actions, get } = door.model.load_balancers;
  if ((inputs.networkId === undefined) === (inputs.subnetId === undefined)) {
    throw new ServiceError("InvalidInput", "exactly one of networkId and subnetId has to be given");
  }
  const subnet = inputs.subnetId === undefined ? undefined : readSubnetId(inputs.subnetId);
  const network = subnet?.network ?? inputs.networkId ?? 0;
  const body = withoutUndefined({ network, ip: inputs.ip, ip_range: subnet?.ip_range });
  const attached = get(inputs.loadBalancerId).private_net.some((net) => net.network === network);
  if (!attached) actions.attach_to_network(inputs.loadBalancerId, body);
  setPublicInterface(door, inputs.loadBalancerId, inputs.enablePublicInterface);
  const balancer = get(inputs.loadBalancerId);
  expectSubnet(door, context, {
    network,
    ip: balancer.private_net[0]?.ip ?? "",
    what: `load balancer '${balancer.name}'`,
  });
  return network;
}

export function loadBalancerResources(door: Door): Resources {
  const { load_balancers } = door.model;
  const attachmentOutputs = (balancer: number): Props => {
    const row = load_balancers.get(balancer);
    return {
      loadBalancerId: balancer,
      networkId: row.private_net[0]?.network,
      ip: row.private_net[0]?.ip,
      enablePublicInterface: row.public_net.enabled,
    };
  };
  return {
    [token("LoadBalancer")]: {
      replaceOn: ["location", "networkZone"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(balancerInputs, given);
        const balancer = load_balancers.create(
          withoutUndefined({
            name: nameOf(inputs.name, context),
            load_balancer_type: inputs.loadBalancerType,
            location: inputs.location,
            network_zone: inputs.networkZone,
            algorithm: inputs.algorithm?.type === undefined ? undefined : inputs.algorithm,
            labels: inputs.labels,
            targets: inputs.targets?.map((target) => ({ type: "server", server: { id: target.serverId } })),
          }),
        );
        if (inputs.deleteProtection) load_balancers.actions.change_protection(balancer.id, { delete: true });
        return { id: String(balancer.id), outputs: balancerOutputs(door, balancer.id), seconds: seconds.loadBalancer };
      },
      update(given, old) {
        const inputs = readInputs(balancerInputs, given);
        const balancer = load_balancers.get(Number(old.id));
        const rename = changed({ name: inputs.name, labels: inputs.labels }, { ...balancer });
        if (rename !== undefined) load_balancers.update(balancer.id, rename);
        if (inputs.loadBalancerType !== balancer.load_balancer_type.name)
          load_balancers.actions.change_type(balancer.id, { load_balancer_type: inputs.loadBalancerType });
        if (inputs.algorithm?.type !== undefined && !same(inputs.algorithm, balancer.algorithm))
          load_balancers.actions.change_algorithm(balancer.id, inputs.algorithm);
        if (inputs.targets !== undefined)
          updateTargets(
            door,
            balancer.id,
            inputs.targets.map((target) => target.serverId),
          );
        if (inputs.deleteProtection !== balancer.protection.delete)
          load_balancers.actions.change_protection(balancer.id, { delete: inputs.deleteProtection });
        return { outputs: balancerOutputs(door, balancer.id), seconds: seconds.loadBalancerChange };
      },
      delete(old) {
        unlessGone(() => load_balancers.delete(Number(old.id)));
        return seconds.loadBalancer;
      },
      read: readBy((balancer) => balancerOutputs(door, balancer)),
    },
    [token("LoadBalancerNetwork")]: {
      replaceOn: ["loadBalancerId", "networkId", "subnetId", "ip"],
      create(given, context) {
        const inputs = readInputs(attachmentInputs, given);
        const network = attach(door, inputs, context);
        door.makers.made(balancerNetworkKey(inputs.loadBalancerId), context.urn);
        return {
          id: `${inputs.loadBalancerId}-${network}`,
          outputs: attachmentOutputs(inputs.loadBalancerId),
          seconds: seconds.attach,
        };
      },
      update(given) {
        const inputs = readInputs(attachmentInputs, given);
        setPublicInterface(door, inputs.loadBalancerId, inputs.enablePublicInterface);
        return { outputs: attachmentOutputs(inputs.loadBalancerId), seconds: seconds.loadBalancerChange };
      },
      delete(old) {
        const [balancer = 0, network = 0] = old.id.split("-").map(Number);
        unlessGone(() => void load_balancers.actions.detach_from_network(balancer, { network }));
        door.makers.gone(balancerNetworkKey(balancer));
        return seconds.attach;
      },
      /** `<load balancer id>-<network id>` */
      read(id) {
        const [balancer = 0, network = 0] = id.split("-").map(Number);
        if (!load_balancers.get(balancer).private_net.some((net) => net.network === network))
          throw new ServiceError("not_found", `load balancer ${balancer} is not attached to network ${network}`);
        const found = attachmentOutputs(balancer);
        return { id, inputs: found, outputs: found };
      },
    },
  };
}
