import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import { findImage, findLocation, findServerType, refuseUnavailable } from "./catalogue.ts";
import { joinPlacementGroup } from "./placement-groups.ts";
import { primaryIpOf } from "./primary-ips.ts";
import type { ServerRow } from "./rows.ts";
import { attachRequest, attachServer, detachServer, setAliases } from "./server-networks.ts";
import { type Server, viewServer } from "./server-view.ts";
import { claimCores } from "./servers.ts";
import { type Cloud, findRow, idOrName, invalid, read } from "./state.ts";

const networkRequest = z.object({ network: z.number().int() });
const aliasRequest = networkRequest.extend({ alias_ips: z.array(z.string()) });
const typeRequest = z.object({ server_type: idOrName, upgrade_disk: z.boolean() });
const protectionRequest = z.object({ delete: z.boolean().optional(), rebuild: z.boolean().optional() });
const groupRequest = z.object({ placement_group: z.number().int() });
const imageRequest = z.object({ image: idOrName });

function refuseRunning(row: ServerRow, what: string): void {
  if (row.status !== "off")
    throw new ServiceError("server_not_stopped", `server '${row.name}' has to be powered off before ${what}`);
}

function changeType(cloud: Cloud, row: ServerRow, body: unknown): void {
  const request = read(typeRequest, body);
  refuseRunning(row, "its type is changed");
  const from = findServerType(row.server_type);
  const to = findServerType(request.server_type);
  const refuse = (why: string): ServiceError =>
    new ServiceError("invalid_server_type", `server '${row.name}' (${from.name}) cannot become ${to.name}: ${why}`);
  if (to.name === from.name) throw refuse("it is one already");
  if (to.architecture !== from.architecture)
    throw refuse(`the architecture would change from ${from.architecture} to ${to.architecture}`);
  if (to.disk < row.primary_disk_size)
    throw refuse(`its disk has ${row.primary_disk_size} GB, the type's ${to.disk}; disks never shrink`);
  refuseUnavailable(cloud, to, findLocation(row.location));
  claimCores(cloud, to, row.id);
  row.server_type = to.name;
  if (request.upgrade_disk) row.primary_disk_size = to.disk;
  row.status = "running";
}

/** `/servers/{id}/actions` of the API. */
export function serverActions(cloud: Cloud) {
  const act =
    (change: (row: ServerRow, body: unknown) => void) =>
    (id: number, body?: unknown): Server => {
      const row = findRow(cloud.servers, id);
      change(row, body ?? {});
      return viewServer(cloud, row);
    };
  const powerOn = act((row) => {
    if (row.private_net.length === 0 && !primaryIpOf(cloud, row.id, "ipv4") && !primaryIpOf(cloud, row.id, "ipv6")) {
      throw invalid("server", `server '${row.name}' has neither a public address nor a network`);
    }
    row.status = "running";
  });
  const powerOff = act((row) => {
    row.status = "off";
  });
  return {
    poweron: powerOn,
    poweroff: powerOff,
    shutdown: powerOff,
    change_type: act((row, body) => changeType(cloud, row, body)),
    rebuild: act((row, body) => {
      if (row.protection.rebuild)
        throw new ServiceError("protected", `server '${row.name}' (${row.id}) is rebuild protected`);
      row.image = findImage(cloud, read(imageRequest, body).image, findServerType(row.server_type).architecture).id;
    }),
    change_protection: act((row, body) => {
      const request = read(protectionRequest, body);
      const wanted = {
        delete: request.delete ?? row.protection.delete,
        rebuild: request.rebuild ?? row.protection.rebuild,
      };
      if (wanted.delete !== wanted.rebuild) {
        throw invalid(
          "rebuild",
          `delete and rebuild protection have to be the same, not ${wanted.delete} and ${wanted.rebuild}`,
        );
      }
      row.protection = wanted;
    }),
    attach_to_network: act((row, body) => attachServer(cloud, row, read(attachRequest, body))),
    detach_from_network: act((row, body) => detachServer(cloud, row, read(networkRequest, body).network)),
    change_alias_ips: act((row, body) => {
      const request = read(aliasRequest, body);
      const net = row.private_net.find((other) => other.network === request.network);
      if (net === undefined)
        throw new ServiceError("not_found", `server '${row.name}' is not attached to network ${request.network}`);
      setAliases(cloud, row, net, request.alias_ips);
    }),
    add_to_placement_group: act((row, body) => {
      refuseRunning(row, "it joins a placement group");
      joinPlacementGroup(cloud, row, read(groupRequest, body).placement_group);
    }),
    remove_from_placement_group: act((row) => {
      row.placement_group = null;
    }),
    enable_backup: act((row) => {
      row.backup_window = "22-02";
    }),
    disable_backup: act((row) => {
      row.backup_window = null;
    }),
  };
}
