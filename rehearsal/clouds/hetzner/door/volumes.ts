import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Props, ServiceError } from "../../../model.ts";
import {
  changed,
  type Door,
  id,
  labels,
  nameOf,
  type Resources,
  readBy,
  seconds,
  token,
  unlessGone,
  whenNamed,
} from "./door.ts";

const volumeInputs = z.object({
  name: z.string().optional(),
  size: z.number(),
  location: z.string().optional(),
  serverId: id.optional(),
  automount: z.boolean().optional(),
  format: z.string().optional(),
  labels,
  deleteProtection: z.boolean().default(false),
});
const attachmentInputs = z.object({ volumeId: id, serverId: id, automount: z.boolean().optional() });

function volumeOutputs(door: Door, volume: number): Props {
  const row = door.model.volumes.get(volume);
  return withoutUndefined({
    name: row.name,
    size: row.size,
    location: row.location.name,
    serverId: row.server ?? undefined,
    labels: row.labels,
    linuxDevice: row.linux_device,
    deleteProtection: row.protection.delete,
  });
}

export function volumeResources(door: Door): Resources {
  const { volumes } = door.model;
  return {
    [token("Volume")]: {
      replaceOn: ["location"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(volumeInputs, given);
        const volume = volumes.create(
          withoutUndefined({
            name: nameOf(inputs.name, context),
            size: inputs.size,
            location: inputs.location,
            server: inputs.serverId,
            automount: inputs.automount,
            format: inputs.format,
            labels: inputs.labels,
          }),
        );
        if (inputs.deleteProtection) volumes.changeProtection(volume.id, { delete: true });
        return { id: String(volume.id), outputs: volumeOutputs(door, volume.id), seconds: seconds.volume };
      },
      update(given, old) {
        const inputs = readInputs(volumeInputs, given);
        const volume = volumes.get(Number(old.id));
        const rename = changed({ name: inputs.name, labels: inputs.labels }, { ...volume });
        if (rename !== undefined) volumes.update(volume.id, rename);
        if (inputs.serverId !== undefined && inputs.serverId !== volume.server) {
          if (volume.server !== null) volumes.detach(volume.id);
          volumes.attach(volume.id, { server: inputs.serverId });
        }
        if (inputs.size !== volume.size) volumes.resize(volume.id, { size: inputs.size });
        if (inputs.deleteProtection !== volume.protection.delete)
          volumes.changeProtection(volume.id, { delete: inputs.deleteProtection });
        return { outputs: volumeOutputs(door, volume.id), seconds: seconds.volume };
      },
      delete(old) {
        // Attached or not: the provider detaches first.
        unlessGone(() => {
          volumes.detach(Number(old.id));
          volumes.delete(Number(old.id));
        });
        return seconds.volume;
      },
      read: readBy((volume) => volumeOutputs(door, volume)),
    },
    [token("VolumeAttachment")]: {
      replaceOn: ["volumeId", "serverId"],
      create(given) {
        const inputs = readInputs(attachmentInputs, given);
        volumes.attach(inputs.volumeId, { server: inputs.serverId });
        return { id: String(inputs.volumeId), outputs: withoutUndefined(inputs), seconds: seconds.volume };
      },
      delete(old) {
        const inputs = readInputs(attachmentInputs, old.inputs);
        unlessGone(() => void volumes.detach(inputs.volumeId));
        return seconds.volume;
      },
      read: readBy((volume) => {
        const { server } = volumes.get(volume);
        if (server === null) throw new ServiceError("not_found", `volume ${volume} is not attached`);
        return { volumeId: volume, serverId: server };
      }),
    },
  };
}
