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
  seconds,
  token,
  unlessGone,
  whenNamed,
} from "./door.ts";

const networkInputs = z.object({
  name: z.string().optional(),
  ipRange: z.string(),
  labels,
  deleteProtection: z.boolean().default(false),
  exposeRoutesToVswitch: z.boolean().default(false),
});
const subnetInputs = z.object({
  networkId: id,
  type: z.string(),
  networkZone: z.string(),
  ipRange: z.string(),
  vswitchId: id.optional(),
});
const routeInputs = z.object({ networkId: id, destination: z.string(), gateway: z.string() });

function networkOutputs(door: Door, network: number): Props {
  const { name, ip_range, labels, protection, expose_routes_to_vswitch } = door.model.networks.get(network);
  return {
    name,
    ipRange: ip_range,
    labels,
    deleteProtection: protection.delete,
    exposeRoutesToVswitch: expose_routes_to_vswitch,
  };
}

function subnetOutputs(door: Door, network: number, range: string): Props {
  const subnet = door.model.networks.get(network).subnets.find((row) => row.ip_range === range);
  if (subnet === undefined) throw new ServiceError("not_found", `network ${network} has no subnet ${range}`);
  return {
    networkId: network,
    ipRange: range,
    type: subnet.type,
    networkZone: subnet.network_zone,
    gateway: subnet.gateway,
    vswitchId: subnet.vswitch_id ?? undefined,
  };
}

function routeOutputs(door: Door, network: number, destination: string): Props {
  const route = door.model.networks.get(network).routes.find((row) => row.destination === destination);
  if (route === undefined) throw new ServiceError("not_found", `network ${network} has no route to ${destination}`);
  return { networkId: network, destination, gateway: route.gateway };
}

export const subnetKey = (network: number, range: string): string => `subnet ${network} ${range}`;
export const defaultRouteKey = (network: number): string => `default route ${network}`;

export function networkResources(door: Door): Resources {
  const { model, makers } = door;
  /** Everything in a network has to wait for it, even where its number is known without. */
  const expectNetwork = (context: Context, network: number): void =>
    makers.expect(context, {
      key: `network ${network}`,
      message: `it is made in network '${model.networks.get(network).name}' but does not wait for it`,
      remedy: "take networkId from the network's id output, or add {urn} to dependsOn",
    });
  return {
    [token("Network")]: {
      replaceOn: ["ipRange"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(networkInputs, given);
        const network = model.networks.create({
          name: nameOf(inputs.name, context),
          ip_range: inputs.ipRange,
          labels: inputs.labels,
          expose_routes_to_vswitch: inputs.exposeRoutesToVswitch,
        });
        if (inputs.deleteProtection) model.networks.changeProtection(network.id, { delete: true });
        makers.made(`network ${network.id}`, context.urn);
        return { id: String(network.id), outputs: networkOutputs(door, network.id), seconds: seconds.network };
      },
      update(given, old) {
        const inputs = readInputs(networkInputs, given);
        const present = model.networks.get(Number(old.id));
        const update = changed(
          { name: inputs.name, labels: inputs.labels, expose_routes_to_vswitch: inputs.exposeRoutesToVswitch },
          { ...present },
        );
        if (update !== undefined) model.networks.update(present.id, update);
        if (present.protection.delete !== inputs.deleteProtection)
          model.networks.changeProtection(present.id, { delete: inputs.deleteProtection });
        return { outputs: networkOutputs(door, present.id), seconds: seconds.network };
      },
      delete(old) {
        unlessGone(() => model.networks.delete(Number(old.id)));
        makers.gone(`network ${old.id}`);
        return seconds.network;
      },
      read: readBy((network) => networkOutputs(door, network)),
    },
    [token("NetworkSubnet")]: {
      replaceOn: ["networkId", "type", "networkZone", "ipRange", "vswitchId"],
      create(given, context) {
        const inputs = readInputs(subnetInputs, given);
        model.networks.addSubnet(inputs.networkId, {
          type: inputs.type,
          network_zone: inputs.networkZone,
          ip_range: inputs.ipRange,
          vswitch_id: inputs.vswitchId,
        });
        expectNetwork(context, inputs.networkId);
        makers.made(subnetKey(inputs.networkId, inputs.ipRange), context.urn);
        return {
          id: `${inputs.networkId}-${inputs.ipRange}`,
          outputs: subnetOutputs(door, inputs.networkId, inputs.ipRange),
          seconds: seconds.subnet,
        };
      },
      delete(old) {
        const { networkId, ipRange } = readInputs(subnetInputs, old.inputs);
        unlessGone(() => model.networks.deleteSubnet(networkId, { ip_range: ipRange }));
        makers.gone(subnetKey(networkId, ipRange));
        return seconds.subnet;
      },
      read(id) {
        const { network, ip_range } = readSubnetId(id);
        const found = withoutUndefined(subnetOutputs(door, network, ip_range));
        return { id, inputs: found, outputs: found };
      },
    },
    [token("NetworkRoute")]: {
      replaceOn: ["networkId", "destination", "gateway"],
      create(given, context) {
        const inputs = readInputs(routeInputs, given);
        model.networks.addRoute(inputs.networkId, { destination: inputs.destination, gateway: inputs.gateway });
        expectNetwork(context, inputs.networkId);
        if (inputs.destination === "0.0.0.0/0") makers.made(defaultRouteKey(inputs.networkId), context.urn);
        return { id: `${inputs.networkId}-${inputs.destination}`, outputs: inputs, seconds: seconds.route };
      },
      delete(old) {
        const { networkId, destination, gateway } = readInputs(routeInputs, old.inputs);
        unlessGone(() => model.networks.deleteRoute(networkId, { destination, gateway }));
        if (destination === "0.0.0.0/0") makers.gone(defaultRouteKey(networkId));
        return seconds.route;
      },
      /** `<network id>-<destination>` */
      read(id) {
        const dash = id.indexOf("-");
        const found = routeOutputs(door, Number(id.slice(0, dash)), id.slice(dash + 1));
        return { id, inputs: found, outputs: found };
      },
    },
  };
}
