import { ServiceError } from "../../../model.ts";
import { type Caller, demand, may, requireNetwork } from "./access.ts";
import {
  type Content,
  type Datacentre,
  failure,
  findNode,
  gib,
  ParameterError,
  type RemoteFile,
  type StorageOption,
  type Volume,
} from "./state.ts";

const filesOf = new Set(["dir", "nfs", "btrfs"]);

/** File names that each kind of content takes. Source: pve-storage, PVE/Storage.pm */
const extensions: Readonly<Partial<Record<Content, RegExp>>> = {
  iso: /\.(iso|img)$/i,
  import: /\.(ova|ovf|qcow2|raw|vmdk)$/i,
  vztmpl: /\.tar\.(gz|xz|zst|bz2)$/i,
};

const defaultVirtualSize = 3;
const defaultImage: RemoteFile = { size: 430_000_000 };

/** @throws ServiceError when the node does not have the storage. */
export function findStorage(datacentre: Datacentre, node: string, name: string): StorageOption {
  findNode(datacentre, node);
  const storage = datacentre.options.storages.find((row) => row.name === name);
  if (storage === undefined) throw failure(`storage '${name}' does not exist`);
  if (storage.nodes !== undefined && !storage.nodes.includes(node))
    throw failure(`storage '${name}' is not available on node '${node}'`);
  return storage;
}

/** What a volume of a storage carries beside its name: the node that alone has it. */
export const placeOf = ({ shared }: StorageOption, node: string): { readonly node?: string } =>
  shared === true ? {} : { node };

/** A volume as one node sees it. */
export function findVolume(datacentre: Datacentre, node: string, volid: string): Volume | undefined {
  return datacentre.volumes.find((row) => row.volid === volid && (row.node ?? node) === node);
}

/** Bytes that are left. Thin storages are counted by what they promise. */
export function available(datacentre: Datacentre, storage: StorageOption, node: string): number {
  const used = datacentre.volumes
    .filter((row) => row.storage === storage.name && (row.node ?? node) === node)
    .reduce((sum, { size }) => sum + size, 0);
  return (storage.size ?? 1024) * gib - used;
}

export function storePath({ type, path }: StorageOption): string | undefined {
  return filesOf.has(type) ? (path ?? "/var/lib/vz") : undefined;
}

function refuseName(content: Content, filename: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/.test(filename))
    throw new ParameterError({ filename: "invalid format - value does not look like a valid file name" });
  const wanted = extensions[content];
  if (wanted !== undefined && !wanted.test(filename)) throw new ParameterError({ filename: "wrong file extension" });
}

function refuseContent({ name, content }: StorageOption, wanted: Content): void {
  if (!content.includes(wanted)) throw failure(`storage '${name}' is not configured for content-type '${wanted}'`);
}

export interface Download {
  readonly content: Content;
  readonly filename: string;
  readonly url: string;
  readonly checksum?: string | undefined;
  readonly algorithm?: string | undefined;
}

/** Storages of the API: `/storage`, and those of each node. */
export function storageOperations(datacentre: Datacentre) {
  const { options, volumes } = datacentre;
  const lookUp = (url: string): RemoteFile => {
    const found = options.download === undefined ? defaultImage : options.download(url);
    if (found === undefined) throw failure(`invalid server response: '404 Not Found'`);
    return found;
  };
  return {
    /** `GET /storage/{storage}` */
    get(caller: Caller, name: string) {
      demand(caller, `/storage/${name}`, "Datastore.Allocate");
      const storage = options.storages.find((row) => row.name === name);
      if (storage === undefined) throw failure(`storage '${name}' does not exist`);
      const path = storePath(storage);
      return {
        storage: name,
        type: storage.type,
        content: storage.content.join(","),
        ...(path === undefined ? {} : { path }),
        ...(storage.nodes === undefined ? {} : { nodes: storage.nodes.join(",") }),
        ...(storage.shared === true ? { shared: 1 } : {}),
      };
    },
    /** `GET /nodes/{node}/storage` */
    list(caller: Caller, node: string) {
      findNode(datacentre, node);
      return options.storages
        .filter((storage) => storage.nodes?.includes(node) ?? true)
        .filter(({ name }) =>
          ["Datastore.Audit", "Datastore.AllocateSpace"].some((p) => may(caller, `/storage/${name}`, p)),
        )
        .map((storage) => ({
          storage: storage.name,
          type: storage.type,
          content: storage.content.join(","),
          active: 1,
          enabled: 1,
          shared: storage.shared === true ? 1 : 0,
          total: (storage.size ?? 1024) * gib,
          avail: available(datacentre, storage, node),
          used: (storage.size ?? 1024) * gib - available(datacentre, storage, node),
        }));
    },
    /** `GET /nodes/{node}/storage/{storage}/content` */
    contents(caller: Caller, node: string, name: string, content?: string): readonly Volume[] {
      const storage = findStorage(datacentre, node, name);
      demand(caller, `/storage/${name}`, "Datastore.Audit", "Datastore.AllocateSpace");
      return volumes.filter(
        (row) =>
          row.storage === storage.name && (row.node ?? node) === node && (content ?? row.content) === row.content,
      );
    },
    /** `GET /nodes/{node}/query-url-metadata` */
    metadata(caller: Caller, node: string, url: string) {
      findNode(datacentre, node);
      requireNetwork(caller, node);
      return { filename: url.split("/").at(-1) ?? "", mimetype: "application/octet-stream", size: lookUp(url).size };
    },
    /** `POST /nodes/{node}/storage/{storage}/download-url`: what is refused at once; the work itself is `run`. */
    download(caller: Caller, node: string, name: string, wanted: Download): { run(): Volume } {
      const storage = findStorage(datacentre, node, name);
      demand(caller, `/storage/${name}`, "Datastore.AllocateTemplate");
      requireNetwork(caller, node);
      if ((wanted.checksum === undefined) !== (wanted.algorithm === undefined))
        throw new ParameterError({ checksum: "checksum and checksum-algorithm go together" });
      refuseName(wanted.content, wanted.filename);
      refuseContent(storage, wanted.content);
      const volid = `${name}:${wanted.content}/${wanted.filename}`;
      if (findVolume(datacentre, node, volid) !== undefined)
        throw failure(`refusing to override existing file '${wanted.filename}'`);
      return {
        run() {
          const file = lookUp(wanted.url);
          const { checksum, algorithm } = wanted;
          const real = algorithm === undefined ? undefined : file.checksums?.[algorithm];
          if (checksum !== undefined && real !== undefined && real !== checksum.toLowerCase())
            throw failure(`checksum mismatch: got '${real}' != expect '${checksum}'`);
          const volume: Volume = {
            volid,
            storage: name,
            ...placeOf(storage, node),
            content: wanted.content,
            format: wanted.filename.split(".").at(-1) ?? "raw",
            size: file.size,
            url: wanted.url,
            virtualSize: (file.virtualSize ?? defaultVirtualSize) * gib,
            ctime: datacentre.epoch(),
          };
          volumes.push(volume);
          return volume;
        },
      };
    },
    /**
     * A file that somebody writes into a storage's folder over SSH, by its path there: the only way for snippets, which
     * no API takes. @throws ServiceError when the path belongs to no storage, as a shell would.
     */
    write(node: string, path: string, text: string): Volume {
      const match = /^(.*)\/(snippets|template\/iso|import)\/([^/]+)$/.exec(path);
      const storage = options.storages.find(
        (row) => storePath(row) === match?.[1] && (row.nodes?.includes(node) ?? true),
      );
      const [, , folder, filename] = match ?? [];
      if (storage === undefined || folder === undefined || filename === undefined)
        throw new ServiceError("ENOENT", `tee: ${path}: No such file or directory`);
      const content: Content = folder === "template/iso" ? "iso" : (folder as "snippets" | "import");
      // The folder is made when the storage is first used for such content.
      if (!storage.content.includes(content))
        throw new ServiceError("ENOENT", `tee: ${path}: No such file or directory`);
      const volid = `${storage.name}:${content}/${filename}`;
      const before = findVolume(datacentre, node, volid);
      if (before !== undefined) volumes.splice(volumes.indexOf(before), 1);
      const volume: Volume = {
        ...{ volid, storage: storage.name, ...placeOf(storage, node), content, text },
        ...{ format: "snippet", size: Buffer.byteLength(text), ctime: datacentre.epoch() },
      };
      volumes.push(volume);
      return volume;
    },
    missing(volid: string): never {
      throw failure(`volume '${volid}' does not exist`);
    },
    /** `DELETE /nodes/{node}/storage/{storage}/content/{volume}` */
    remove(caller: Caller, node: string, name: string, volume: string): { run(): void } {
      findStorage(datacentre, node, name);
      const volid = volume.includes(":") ? volume : `${name}:${volume}`;
      const row = findVolume(datacentre, node, volid);
      const isDisk = row?.content === "images";
      demand(
        caller,
        `/storage/${name}`,
        "Datastore.Allocate",
        ...(row?.content === "iso" || row?.content === "vztmpl" || row?.content === "import"
          ? ["Datastore.AllocateTemplate"]
          : []),
        ...(isDisk ? ["Datastore.AllocateSpace"] : []),
      );
      if (row === undefined) throw failure(`volume '${volid}' does not exist`);
      const user = isDisk && row.vmid !== undefined ? datacentre.vms.get(row.vmid) : undefined;
      if (user !== undefined)
        throw failure(
          `unable to remove volume '${volid}' - guest with VMID '${user.vmid}' exists. Please use the 'Remove' action in the 'Hardware' panel.`,
        );
      return { run: () => void volumes.splice(volumes.indexOf(row), 1) };
    },
  };
}
