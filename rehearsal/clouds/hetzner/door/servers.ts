import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Context, ServiceError } from "../../../model.ts";
import { holds, readBlock, readIp } from "../../shared/ipv4.ts";
import type { Server } from "../domain/server-view.ts";
import {
  type Door,
  nameOf,
  type Resources,
  readBy,
  seconds,
  token,
  unlessGone,
  unlessRefused,
  whenNamed,
} from "./door.ts";
import { subnetKey } from "./networks.ts";
import { attachment, attachmentInputs, type ServerInputs, serverInputs } from "./server-inputs.ts";
import { privateNets, serverOutputs } from "./server-outputs.ts";
import { updateServer } from "./server-update.ts";

function inSubnet(range: string, ip: string): boolean {
  const block = readBlock(range);
  const number = readIp(ip);
  return block !== undefined && number !== undefined && holds(block, number);
}

/** The attachment worked; whether it would have, had the subnet come later, is another matter. */
export function expectSubnet(
  door: Door,
  context: Context,
  args: { readonly network: number; readonly ip: string; readonly what: string },
): void {
  const network = door.model.networks.get(args.network);
  const subnet = network.subnets.find((row) => inSubnet(row.ip_range, args.ip));
  if (subnet === undefined) return;
  door.makers.expect(context, {
    key: subnetKey(network.id, subnet.ip_range),
    message: `${args.what} gets ${args.ip} of subnet ${subnet.ip_range} in network '${network.name}' but does not wait for the subnet: made first, it is refused (ip_not_available or no_subnet_available)`,
    remedy: "add {urn} to dependsOn, or use subnetId instead of networkId",
  });
}

function isPrivateOnly(server: Server): boolean {
  return server.public_net.ipv4 === null && server.public_net.ipv6 === null;
}

function create(door: Door, inputs: ServerInputs, context: Context): Server {
  const { servers } = door.model;
  const net = inputs.publicNets?.[0];
  const isPublic = net === undefined || net.ipv4Enabled || net.ipv6Enabled;
  const attachments = (inputs.networks ?? []).map(attachment);
  // Without a public interface it is started only when it has its private ones, as the provider does.
  const waits = !isPublic && attachments.length > 0;
  const server = servers.create(
    withoutUndefined({
      name: nameOf(inputs.name, context),
      server_type: inputs.serverType,
      image: inputs.image,
      location: inputs.location,
      ssh_keys: inputs.sshKeys,
      user_data: inputs.userData,
      labels: inputs.labels,
      firewalls: inputs.firewallIds?.map((firewall) => ({ firewall })),
      placement_group: inputs.placementGroupId || undefined,
      start_after_create: !waits,
      public_net:
        net === undefined
          ? undefined
          : {
              enable_ipv4: net.ipv4Enabled,
              enable_ipv6: net.ipv6Enabled,
              ipv4: net.ipv4 || undefined,
              ipv6: net.ipv6 || undefined,
            },
    }),
  );
  try {
    for (const wanted of attachments) servers.actions.attach_to_network(server.id, wanted);
    if (waits) servers.actions.poweron(server.id);
    if (inputs.backups) servers.actions.enable_backup(server.id);
    if (inputs.deleteProtection || inputs.rebuildProtection) {
      servers.actions.change_protection(server.id, {
        delete: inputs.deleteProtection,
        rebuild: inputs.rebuildProtection,
      });
    }
  } catch (error) {
    // The real provider leaves a half-made server in the state, to be replaced; the engine here knows only all or nothing.
    servers.delete(server.id);
    throw error;
  }
  return servers.get(server.id);
}

function report(door: Door, server: Server, inputs: ServerInputs, context: Context): void {
  for (const net of server.private_net)
    expectSubnet(door, context, { network: net.network, ip: net.ip, what: `server '${server.name}'` });
  if (!isPrivateOnly(server)) return;
  door.privateServers.set(server.id, { urn: context.urn, name: server.name, dependencies: context.dependencies });
  if ((inputs.firewallIds ?? []).length > 0) {
    context.finding({
      rule: "firewall-without-public-interface",
      message: `server '${server.name}' has firewalls but no public interface, and firewalls do not filter private networks: they protect nothing`,
      remedy: "filter on the host itself, and drop firewallIds",
    });
  }
}

export const attachmentKey = (server: number, network: number): string => `attachment ${server} ${network}`;

export function serverResources(door: Door): Resources {
  const { servers } = door.model;
  const attachmentOutputs = (server: number, network: number) => ({
    serverId: server,
    ...privateNets(servers.get(server)).find((net) => net.networkId === network),
  });
  return {
    [token("Server")]: {
      replaceOn: ["image", "location", "userData", "sshKeys"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(serverInputs, given);
        const server = create(door, inputs, context);
        report(door, server, inputs, context);
        const duration =
          seconds.serverCreate +
          server.private_net.length * seconds.attach +
          (isPrivateOnly(server) ? seconds.power : 0);
        return {
          id: String(server.id),
          outputs: withoutUndefined(serverOutputs(door, server.id, inputs)),
          seconds: duration,
        };
      },
      update(given, old) {
        const inputs = readInputs(serverInputs, given);
        const duration = updateServer(door, Number(old.id), inputs);
        return { outputs: withoutUndefined(serverOutputs(door, Number(old.id), inputs)), seconds: duration };
      },
      delete(old) {
        unlessGone(() => servers.delete(Number(old.id)));
        door.privateServers.delete(Number(old.id));
        return old.inputs.shutdownBeforeDeletion === true ? seconds.serverDelete + seconds.power : seconds.serverDelete;
      },
      read: readBy((server) => withoutUndefined(serverOutputs(door, server, { networks: [] }))),
    },
    [token("ServerNetwork")]: {
      replaceOn: ["serverId", "networkId", "subnetId", "ip"],
      create(given, context) {
        const inputs = readInputs(attachmentInputs, given);
        const wanted = attachment(inputs);
        unlessRefused("server_already_attached", () => void servers.actions.attach_to_network(inputs.serverId, wanted));
        const server = servers.get(inputs.serverId);
        const ip = server.private_net.find((net) => net.network === wanted.network)?.ip ?? "";
        expectSubnet(door, context, { network: wanted.network, ip, what: `server '${server.name}'` });
        door.makers.made(attachmentKey(server.id, wanted.network), context.urn);
        return {
          id: `${server.id}-${wanted.network}`,
          outputs: attachmentOutputs(server.id, wanted.network),
          seconds: seconds.attach,
        };
      },
      update(given, old) {
        const inputs = readInputs(attachmentInputs, given);
        const { network } = attachment(inputs);
        servers.actions.change_alias_ips(inputs.serverId, { network, alias_ips: inputs.aliasIps });
        return { outputs: attachmentOutputs(Number(old.id.split("-")[0]), network), seconds: seconds.attach };
      },
      delete(old) {
        const [server = 0, network = 0] = old.id.split("-").map(Number);
        unlessGone(() => void servers.actions.detach_from_network(server, { network }));
        door.makers.gone(attachmentKey(server, network));
        return seconds.attach;
      },
      /** `<server id>-<network id>` */
      read(id) {
        const [server = 0, network = 0] = id.split("-").map(Number);
        const found = attachmentOutputs(server, network);
        if (!("networkId" in found))
          throw new ServiceError("not_found", `server ${server} is not attached to network ${network}`);
        return { id, inputs: found, outputs: found };
      },
    },
  };
}
