import { z } from "zod";
import type { Location } from "../../../../lib/hetzner/catalogue/locations.ts";
import { ServiceError } from "../../../model.ts";
import { findLocation } from "./catalogue.ts";
import type { VolumeRow } from "./rows.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  idOrName,
  invalid,
  labelsField,
  protectionRequest,
  read,
  refuseProtected,
  rename,
  renameRequest,
} from "./state.ts";

/** A volume as the API returns it. */
export interface Volume extends Omit<VolumeRow, "location"> {
  readonly location: Location;
  readonly linux_device: string;
  readonly status: "available";
}

const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?$/,
    "1 to 64 of [a-zA-Z0-9._-], with a letter or digit at both ends",
  );
const volumeRequest = z.object({
  name,
  size: z.number().int(),
  server: z.number().int().nullish(),
  location: idOrName.nullish(),
  format: z.enum(["xfs", "ext4"]).nullish(),
  automount: z.boolean().optional(),
  labels: labelsField.default({}),
});
const attachRequest = z.object({ server: z.number().int(), automount: z.boolean().optional() });

// docs.hetzner.cloud, "Create a Volume"; docs.hetzner.com/cloud/volumes/overview
const minSize = 10;
const maxSize = 10_240;
const maxPerServer = 16;

function refuseServer(cloud: Cloud, server: number, location?: string): Location {
  const row = findRow(cloud.servers, server);
  if (location !== undefined && location !== row.location)
    throw invalid("server", `server '${row.name}' is in ${row.location}, the volume in ${location}`);
  const attached = [...cloud.volumes.rows.values()].filter((other) => other.server === server);
  if (attached.length >= maxPerServer)
    throw new ServiceError("resource_limit_exceeded", `server '${row.name}' already has ${maxPerServer} volumes`);
  return findLocation(row.location);
}

/** `/volumes` of the API, with its actions. */
export function volumeOperations(cloud: Cloud) {
  const find = (id: number): VolumeRow => findRow(cloud.volumes, id);
  const view = (row: VolumeRow): Volume =>
    copy({
      ...row,
      location: findLocation(row.location),
      linux_device: `/dev/disk/by-id/scsi-0HC_Volume_${row.id}`,
      status: "available",
    });
  return {
    list: (): Volume[] => [...cloud.volumes.rows.values()].map(view),
    get: (id: number): Volume => view(find(id)),
    create(body: unknown): Volume {
      const request = read(volumeRequest, body);
      if (request.size < minSize || request.size > maxSize)
        throw invalid("size", `${request.size} GB, a volume has ${minSize} to ${maxSize}`);
      if ((request.server == null) === (request.location == null))
        throw invalid("location", "either location or server has to be given, not both");
      claimName(cloud.volumes, request.name);
      claimQuota(cloud, "volumes");
      const location =
        request.server == null ? findLocation(request.location ?? "") : refuseServer(cloud, request.server);
      const row: VolumeRow = {
        id: cloud.volumes.nextId(),
        name: request.name,
        created: cloud.timestamp(),
        size: request.size,
        server: request.server ?? null,
        location: location.name,
        format: request.format ?? null,
        labels: request.labels,
        protection: { delete: false },
      };
      cloud.volumes.rows.set(row.id, row);
      return view(row);
    },
    update(id: number, body: unknown): Volume {
      const row = find(id);
      rename(cloud.volumes, row, read(renameRequest.extend({ name: name.optional() }), body));
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      refuseProtected(cloud.volumes, row);
      // The reference forbids it without naming a code.
      if (row.server !== null)
        throw new ServiceError("service_error", `volume '${row.name}' is still attached to server ${row.server}`);
      cloud.volumes.rows.delete(id);
    },
    attach(id: number, body: unknown): Volume {
      const row = find(id);
      const { server } = read(attachRequest, body);
      if (row.server !== null)
        throw new ServiceError(
          "volume_already_attached",
          `volume '${row.name}' is already attached to server ${row.server}, detach it first`,
        );
      refuseServer(cloud, server, row.location);
      row.server = server;
      return view(row);
    },
    detach(id: number): Volume {
      const row = find(id);
      row.server = null;
      return view(row);
    },
    resize(id: number, body: unknown): Volume {
      const row = find(id);
      const { size } = read(z.object({ size: z.number().int() }), body);
      if (size < row.size || size > maxSize)
        throw invalid("size", `${size} GB: a volume of ${row.size} GB can only grow, to ${maxSize} at most`);
      row.size = size;
      return view(row);
    },
    changeProtection(id: number, body: unknown): Volume {
      const row = find(id);
      row.protection = read(protectionRequest, body);
      return view(row);
    },
  };
}
