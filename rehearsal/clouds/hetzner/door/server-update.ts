import { ServiceError } from "../../../model.ts";
import type { Server } from "../domain/server-view.ts";
import { changed, type Door, same, seconds } from "./door.ts";
import { changePublicNet } from "./public-net.ts";
import { attachment, type NetworkInputs, type ServerInputs } from "./server-inputs.ts";

function updateNetworks(door: Door, server: Server, wanted: readonly NetworkInputs[]): number {
  const { actions } = door.model.servers;
  const attachments = new Map(wanted.map((net) => [attachment(net).network, attachment(net)]));
  let changes = 0;
  for (const net of server.private_net) {
    const target = attachments.get(net.network);
    attachments.delete(net.network);
    if (target !== undefined && (target.ip === undefined || target.ip === net.ip)) {
      if (same(target.alias_ips, net.alias_ips)) continue;
      actions.change_alias_ips(server.id, { network: net.network, alias_ips: target.alias_ips });
    } else {
      actions.detach_from_network(server.id, { network: net.network });
      if (target !== undefined) actions.attach_to_network(server.id, target);
    }
    changes++;
  }
  for (const target of attachments.values()) {
    actions.attach_to_network(server.id, target);
    changes++;
  }
  return changes * seconds.attach;
}

function updateFirewalls(door: Door, server: Server, wanted: readonly number[]): number {
  const present = server.public_net.firewalls.map((firewall) => firewall.id);
  const resource = [{ type: "server", server: { id: server.id } }];
  for (const firewall of present)
    if (!wanted.includes(firewall)) door.model.firewalls.removeFromResources(firewall, { remove_from: resource });
  for (const firewall of wanted)
    if (!present.includes(firewall)) door.model.firewalls.applyToResources(firewall, { apply_to: resource });
  return seconds.firewall;
}

/** As the provider does: a running server does not leave its placement group. */
function updatePlacementGroup(door: Door, server: Server, wanted: number | undefined): void {
  const { actions } = door.model.servers;
  if (server.placement_group !== null) {
    if (server.status !== "off")
      throw new ServiceError(
        "server_not_stopped",
        `removing running server '${server.name}' from placement group '${server.placement_group.name}' is not supported by the provider: shut it down first`,
      );
    actions.remove_from_placement_group(server.id);
  }
  if (wanted !== undefined) actions.add_to_placement_group(server.id, { placement_group: wanted });
}

/** Brings a server to its new inputs, request by request as the provider does. Returns virtual seconds. */
export function updateServer(door: Door, serverId: number, inputs: ServerInputs): number {
  const { servers } = door.model;
  const server = servers.get(serverId);
  let duration: number = seconds.quick;
  const rename = changed({ name: inputs.name, labels: inputs.labels }, { ...server });
  if (rename !== undefined) servers.update(serverId, rename);
  if (inputs.serverType !== server.server_type.name) {
    if (server.status === "running") servers.actions.poweroff(serverId);
    servers.actions.change_type(serverId, { server_type: inputs.serverType, upgrade_disk: !inputs.keepDisk });
    duration += seconds.power + seconds.rescale;
  }
  if (inputs.backups !== (server.backup_window !== null))
    servers.actions[inputs.backups ? "enable_backup" : "disable_backup"](serverId);
  if (inputs.networks !== undefined) duration += updateNetworks(door, server, inputs.networks);
  const firewalls = server.public_net.firewalls.map((firewall) => firewall.id);
  if (inputs.firewallIds !== undefined && !same([...firewalls].sort(), [...inputs.firewallIds].sort()))
    duration += updateFirewalls(door, server, inputs.firewallIds);
  if (inputs.publicNets?.[0] !== undefined) duration += changePublicNet(door, server, inputs.publicNets[0]);
  const group = inputs.placementGroupId || undefined;
  if (group !== server.placement_group?.id) updatePlacementGroup(door, server, group);
  if (inputs.deleteProtection !== server.protection.delete || inputs.rebuildProtection !== server.protection.rebuild) {
    servers.actions.change_protection(serverId, { delete: inputs.deleteProtection, rebuild: inputs.rebuildProtection });
  }
  return duration;
}
