import { z } from "zod";
import type { Location } from "../../../../lib/hetzner/catalogue/locations.ts";
import { type ServerType, serverTypes } from "../../../../lib/hetzner/catalogue/server-types.ts";
import { ServiceError } from "../../../model.ts";
import { findImage, findLocation, findServerType, refuseUnavailable } from "./catalogue.ts";
import { applyToNewServer, forgetServer } from "./firewalls.ts";
import { joinPlacementGroup } from "./placement-groups.ts";
import { assignPrimaryIp, createPrimaryIp, findAssignable, releasePrimaryIps } from "./primary-ips.ts";
import type { ServerRow } from "./rows.ts";
import { attachServer } from "./server-networks.ts";
import { type Server, viewServer } from "./server-view.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  findRow,
  idOrName,
  invalid,
  labelsField,
  read,
  refuseProtected,
  rename,
  renameRequest,
} from "./state.ts";

/** What a machine has that its own API never shows again. */
export interface Machine {
  readonly server: Server;
  readonly user_data: string;
  readonly public_keys: readonly string[];
}

const serverRequest = z.object({
  name: z.string(),
  server_type: idOrName,
  image: idOrName,
  location: idOrName.optional(),
  ssh_keys: z.array(idOrName).default([]),
  user_data: z.string().default(""),
  start_after_create: z.boolean().default(true),
  labels: labelsField.default({}),
  volumes: z.array(z.number().int()).default([]),
  networks: z.array(z.number().int()).default([]),
  firewalls: z.array(z.object({ firewall: z.number().int() })).default([]),
  placement_group: z.number().int().nullish(),
  public_net: z
    .object({
      enable_ipv4: z.boolean().default(true),
      enable_ipv6: z.boolean().default(true),
      ipv4: z.number().int().nullish(),
      ipv6: z.number().int().nullish(),
    })
    .prefault({}),
});

const hostLabel = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** docs.hetzner.cloud: "a valid hostname as per RFC 1123" */
function refuseHostname(name: string): void {
  if (name.length > 253 || !name.split(".").every((label) => hostLabel.test(label))) {
    throw invalid("name", `'${name}' is no valid hostname as per RFC 1123: letters, digits, dashes and periods only`);
  }
}

/** docs.hetzner.cloud: user data "is limited to 32KiB" */
const maxUserData = 32_768;

/** @throws ServiceError `resource_limit_exceeded` when a server of the type takes the project over its vCPUs. */
export function claimCores(cloud: Cloud, type: ServerType, except?: number): void {
  const cores = new Map(serverTypes.map((row) => [row.name, row.cores]));
  const others = [...cloud.servers.rows.values()].filter((row) => row.id !== except);
  const used = others.reduce((sum, row) => sum + (cores.get(row.server_type) ?? 0), 0);
  if (used + type.cores > cloud.quotas.cores) {
    throw new ServiceError(
      "resource_limit_exceeded",
      `core limit exceeded: ${used} of ${cloud.quotas.cores} vCPUs are in use, ${type.name} needs ${type.cores}`,
    );
  }
}

/** Without a wish the API chooses; here the first location that can have the type. */
function chooseLocation(wanted: string | number | undefined, type: ServerType): Location {
  if (wanted !== undefined) return findLocation(wanted);
  const offer = type.locations.find((row) => row.available) ?? type.locations[0];
  return findLocation(offer?.name ?? "fsn1");
}

function findSshKeys(cloud: Cloud, wanted: readonly (string | number)[]): number[] {
  return wanted.map((idOrName) => {
    const key = [...cloud.ssh_keys.rows.values()].find(
      (row) => String(row.id) === String(idOrName) || row.name === idOrName,
    );
    if (key === undefined) throw new ServiceError("not_found", `SSH key '${idOrName}' not found`);
    return key.id;
  });
}

function createServer(cloud: Cloud, body: unknown): ServerRow {
  const request = read(serverRequest, body);
  refuseHostname(request.name);
  const size = Buffer.byteLength(request.user_data);
  if (size > maxUserData) throw invalid("user_data", `${size} bytes, at most ${maxUserData} are allowed`);
  const type = findServerType(request.server_type);
  const location = chooseLocation(request.location, type);
  const image = findImage(cloud, request.image, type.architecture);
  if (image.disk_size > type.disk)
    throw invalid("image", `image needs a disk of ${image.disk_size} GB, ${type.name} has ${type.disk}`);
  const { enable_ipv4, enable_ipv6, ipv4, ipv6 } = request.public_net;
  const isPublic = enable_ipv4 || enable_ipv6;
  if (!isPublic && request.networks.length === 0 && request.start_after_create) {
    throw invalid(
      "public_net",
      `server '${request.name}' has neither a public address nor a network: give it one, or create it without starting it`,
    );
  }
  claimName(cloud.servers, request.name);
  claimQuota(cloud, "servers");
  claimCores(cloud, type);
  refuseUnavailable(cloud, type, location);

  const row: ServerRow = {
    id: cloud.servers.nextId(),
    name: request.name,
    created: cloud.timestamp(),
    status: request.start_after_create ? "running" : "off",
    server_type: type.name,
    location: location.name,
    image: image.id,
    labels: request.labels,
    protection: { delete: false, rebuild: false },
    placement_group: null,
    private_net: [],
    primary_disk_size: type.disk,
    backup_window: null,
    user_data: request.user_data,
    ssh_keys: findSshKeys(cloud, request.ssh_keys),
  };
  if (request.placement_group != null) joinPlacementGroup(cloud, row, request.placement_group);
  const given = { ipv4: enable_ipv4 ? ipv4 : undefined, ipv6: enable_ipv6 ? ipv6 : undefined };
  for (const type of ["ipv4", "ipv6"] as const) {
    const id = given[type];
    if (id != null) findAssignable(cloud, id, { type, location: location.name });
  }
  for (const id of request.volumes) {
    const volume = findRow(cloud.volumes, id);
    if (volume.server !== null)
      throw new ServiceError(
        "volume_already_attached",
        `volume '${volume.name}' is attached to server ${volume.server}`,
      );
    if (volume.location !== location.name)
      throw invalid("volumes", `volume '${volume.name}' is in ${volume.location}, the server in ${location.name}`);
  }
  for (const network of request.networks) attachServer(cloud, row, { network, alias_ips: [] });
  applyToNewServer(
    cloud,
    row,
    request.firewalls.map((entry) => entry.firewall),
  );

  // Nothing can fail from here on, but the quota of primary IPs.
  cloud.servers.rows.set(row.id, row);
  try {
    for (const type of ["ipv4", "ipv6"] as const) {
      const enabled = type === "ipv4" ? enable_ipv4 : enable_ipv6;
      const id = given[type];
      if (id != null) assignPrimaryIp(cloud, id, row.id);
      else if (enabled) createPrimaryIp(cloud, { type, location: location.name, server: row.id });
    }
  } catch (error) {
    deleteServer(cloud, row);
    throw error;
  }
  for (const id of request.volumes) findRow(cloud.volumes, id).server = row.id;
  return row;
}

/** What the server had is detached, as the API does. */
function deleteServer(cloud: Cloud, row: ServerRow): void {
  cloud.servers.rows.delete(row.id);
  releasePrimaryIps(cloud, row.id);
  forgetServer(cloud, row.id);
  for (const volume of cloud.volumes.rows.values()) if (volume.server === row.id) volume.server = null;
  for (const balancer of cloud.load_balancers.rows.values()) {
    balancer.targets = balancer.targets.filter((target) => !(target.type === "server" && target.server.id === row.id));
  }
}

/** `/servers` of the API, without its actions. Bodies and results are the API's JSON. */
export function serverOperations(cloud: Cloud) {
  const find = (id: number): ServerRow => findRow(cloud.servers, id);
  const view = (row: ServerRow): Server => viewServer(cloud, row);
  return {
    list: (): Server[] => [...cloud.servers.rows.values()].map(view),
    get: (id: number): Server => view(find(id)),
    create: (body: unknown): Server => view(createServer(cloud, body)),
    update(id: number, body: unknown): Server {
      const row = find(id);
      const request = read(renameRequest, body);
      if (request.name !== undefined) refuseHostname(request.name);
      rename(cloud.servers, row, request);
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      refuseProtected(cloud.servers, row);
      deleteServer(cloud, row);
    },
    /** For the hosts of the simulated world: what this server boots with. */
    machine(id: number): Machine {
      const row = find(id);
      const keys = row.ssh_keys.map((key) => cloud.ssh_keys.rows.get(key)?.public_key);
      return { server: view(row), user_data: row.user_data, public_keys: keys.filter((key) => key !== undefined) };
    },
  };
}
