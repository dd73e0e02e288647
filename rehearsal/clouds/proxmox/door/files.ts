import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { ServiceError } from "../../../model.ts";
import type { Content, Volume } from "../domain/state.ts";
import { callerOf, type Door, demandSsh, type Resources, seconds, unlessGone } from "./session.ts";

const downloadInputs = z.object({
  contentType: z.enum(["iso", "vztmpl", "import"]),
  datastoreId: z.string(),
  nodeName: z.string(),
  url: z.string().regex(/^https?:\/\//, "must match HTTP URL regex"),
  fileName: z.string().optional(),
  checksum: z.string().optional(),
  checksumAlgorithm: z.enum(["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]).optional(),
  overwrite: z.boolean().default(true),
  overwriteUnmanaged: z.boolean().default(false),
  uploadTimeout: z.number().default(600),
  verify: z.boolean().default(true),
});

const fileInputs = z.object({
  contentType: z.enum(["snippets", "iso", "import"]).optional(),
  datastoreId: z.string(),
  nodeName: z.string(),
  overwrite: z.boolean().default(true),
  sourceRaw: z.object({ data: z.string(), fileName: z.string() }),
});

const contentOf = (inputs: z.output<typeof fileInputs>): Content => {
  if (inputs.contentType !== undefined) return inputs.contentType;
  if (/\.ya?ml$/.test(inputs.sourceRaw.fileName)) return "snippets";
  throw new ServiceError(
    "InvalidInput",
    `cannot determine the content type of source "${inputs.sourceRaw.fileName}" - Please manually define the "content_type" argument`,
  );
};

/** `download.File` and `FileLegacy`. */
export function fileResources(door: Door): Resources {
  const { storages } = door.model;
  const find = (volid: string, volumes: readonly Volume[]): Volume | undefined =>
    volumes.find((row) => row.volid === volid);
  return {
    "proxmoxve:download/file:File": {
      replaceOn: ["contentType", "fileName", "datastoreId", "nodeName", "url", "checksum", "checksumAlgorithm"],
      create(given, context) {
        const inputs = readInputs(downloadInputs, given);
        const caller = callerOf(door, context);
        const { filename } = storages.metadata(caller, inputs.nodeName, inputs.url);
        const wanted = {
          ...{ content: inputs.contentType, filename: inputs.fileName ?? filename, url: inputs.url },
          ...{ checksum: inputs.checksum, algorithm: inputs.checksumAlgorithm },
        };
        const volid = `${inputs.datastoreId}:${wanted.content}/${wanted.filename}`;
        const there = find(volid, storages.contents(caller, inputs.nodeName, inputs.datastoreId));
        if (there !== undefined && inputs.overwriteUnmanaged)
          storages.remove(caller, inputs.nodeName, inputs.datastoreId, volid).run();
        if (inputs.checksum === undefined)
          context.finding({
            rule: "unverified-image",
            message: `${inputs.url} is booted by machines as whatever it is by then: it has no checksum`,
            remedy: "give checksum and checksumAlgorithm, from the SHA512SUMS beside the image",
          });
        const volume = storages.download(caller, inputs.nodeName, inputs.datastoreId, wanted).run();
        return {
          id: volid,
          outputs: withoutUndefined({ ...inputs, fileName: wanted.filename, size: volume.size }),
          seconds: seconds.download,
        };
      },
      delete(old, context) {
        const inputs = readInputs(downloadInputs, old.inputs);
        unlessGone(() => storages.remove(callerOf(door, context), inputs.nodeName, inputs.datastoreId, old.id).run());
        return seconds.quick;
      },
    },
    "proxmoxve:index/fileLegacy:FileLegacy": {
      replaceOn: ["contentType", "datastoreId", "nodeName", "sourceRaw"],
      create(given, context) {
        const inputs = readInputs(fileInputs, given);
        const caller = callerOf(door, context);
        const content = contentOf(inputs);
        const { fileName, data } = inputs.sourceRaw;
        const volid = `${inputs.datastoreId}:${content}/${fileName}`;
        const there = find(volid, storages.contents(caller, inputs.nodeName, inputs.datastoreId, content));
        if (there !== undefined && !inputs.overwrite)
          throw new ServiceError("InvalidInput", `file "${volid}" already exists`);
        const { path } = storages.get(caller, inputs.datastoreId);
        if (path === undefined) throw new ServiceError("InvalidInput", "failed to determine the datastore path");
        demandSsh(door.model, context, inputs.nodeName);
        storages.write(inputs.nodeName, `${path}/${content}/${fileName}`, data);
        return {
          id: volid,
          outputs: { contentType: content, fileName, fileModificationDate: "", fileSize: 0, fileTag: "" },
          seconds: seconds.upload,
        };
      },
      delete(old, context) {
        const inputs = readInputs(fileInputs, old.inputs);
        unlessGone(() => storages.remove(callerOf(door, context), inputs.nodeName, inputs.datastoreId, old.id).run());
        return seconds.quick;
      },
    },
  };
}
