import { type Caller, demand } from "./access.ts";
import { type Properties, readProperties, readSize, writeProperties, writeSize } from "./property.ts";
import { type Datacentre, failure, gib, ParameterError, type Vm, type Volume } from "./state.ts";
import { available, findStorage, findVolume, placeOf, storePath } from "./storages.ts";

const driveKey = /^(ide[0-3]|sata[0-5]|scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5]))$/;

export const isDrive = (option: string): boolean => driveKey.test(option);

const cloudInitSize = 4 * 1024 ** 2;

/** Formats that a storage can keep a disk in, its own choice first. Source: pve-storage, PVE/Storage/*Plugin.pm */
const formats = (isFiles: boolean): readonly string[] => (isFiles ? ["raw", "qcow2", "vmdk"] : ["raw"]);

interface NewVolume {
  readonly storage: string;
  readonly format: string | undefined;
  readonly size: number;
  readonly isCloudInit: boolean;
  readonly url?: string | undefined;
}

/** Sets a volume of the virtual machine aside on a storage. */
function allocate(
  datacentre: Datacentre,
  vm: Vm,
  { storage: name, format, size, isCloudInit, url }: NewVolume,
): Volume {
  const storage = findStorage(datacentre, vm.node, name);
  if (!storage.content.includes("images")) throw failure(`storage '${name}' does not support vm images`);
  const isFiles = storePath(storage) !== undefined;
  const chosen = format ?? (isFiles && isCloudInit ? "qcow2" : "raw");
  if (!formats(isFiles).includes(chosen))
    throw failure(`unsupported format '${chosen}' on storage '${name}' of type '${storage.type}'`);
  const left = available(datacentre, storage, vm.node);
  if (size > left)
    throw failure(
      `unable to allocate ${writeSize(size)} on storage '${name}' of node '${vm.node}': ${writeSize(left)} are free`,
    );
  const folder = isFiles ? `${vm.vmid}/` : "";
  const extension = isFiles ? `.${chosen}` : "";
  const taken = (index: number): string =>
    `${name}:${folder}vm-${vm.vmid}-${isCloudInit ? "cloudinit" : `disk-${index}`}${extension}`;
  let index = 0;
  while (findVolume(datacentre, vm.node, taken(index)) !== undefined) {
    if (isCloudInit) throw failure(`volume '${taken(0)}' already exists`);
    index++;
  }
  const volume: Volume = {
    ...{ volid: taken(index), storage: name, ...placeOf(storage, vm.node), content: "images" as const },
    ...{ format: chosen, size, vmid: vm.vmid, ctime: datacentre.epoch() },
    ...(url === undefined ? {} : { url }),
  };
  datacentre.volumes.push(volume);
  return volume;
}

function importSource(datacentre: Datacentre, vm: Vm, option: string, volid: string): Volume {
  const source = findVolume(datacentre, vm.node, volid);
  if (source === undefined)
    throw failure(`${option}: import failed: volume '${volid}' does not exist on node '${vm.node}'`);
  if (source.content !== "import" && source.content !== "images")
    throw failure(
      `${option}: import working storage: volume '${volid}' is of content type '${source.content}', not 'import' or 'images'`,
    );
  return source;
}

/** The value of a drive as the configuration keeps it, its volume made where the request asks for a new one. */
export function plugDrive(datacentre: Datacentre, caller: Caller, vm: Vm, option: string, text: string): string {
  if (!isDrive(option))
    throw new ParameterError({
      [option]: "property is not defined in schema and the schema does not allow additional properties",
    });
  const given = readProperties(text, "file");
  const file = given.get("file") ?? "";
  const kept = new Map([...given].filter(([name]) => !["file", "import-from", "format", "size"].includes(name)));
  const write = (volid: string, more: Readonly<Record<string, string>>): string =>
    writeProperties(new Map([["file", volid], ...kept, ...Object.entries(more)]), "file");
  if (file === "none" || file === "cdrom") return write(file, { media: "cdrom" });
  const colon = file.indexOf(":");
  if (colon < 0) throw new ParameterError({ [option]: `unable to parse drive options: '${file}' is no volume` });
  const storage = file.slice(0, colon);
  const name = file.slice(colon + 1);
  demand(caller, `/storage/${storage}`, "Datastore.AllocateSpace");
  if (name === "cloudinit") {
    const volume = allocate(datacentre, vm, {
      ...{ storage, format: given.get("format"), size: cloudInitSize, isCloudInit: true },
    });
    return write(volume.volid, { media: "cdrom", size: writeSize(volume.size) });
  }
  if (!/^\d+(\.\d+)?$/.test(name)) {
    const volume = findVolume(datacentre, vm.node, file);
    if (volume === undefined) throw failure(`volume '${file}' does not exist`);
    return write(file, { size: writeSize(volume.size) });
  }
  const from = given.get("import-from");
  const source = from === undefined ? undefined : importSource(datacentre, vm, option, from);
  if (source !== undefined && Number(name) !== 0)
    throw new ParameterError({
      [option]: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
    });
  const size = source === undefined ? Number(name) * gib : (source.virtualSize ?? source.size);
  if (size === 0) throw new ParameterError({ [option]: "a new disk has to have a size" });
  const volume = allocate(datacentre, vm, {
    ...{ storage, format: given.get("format"), size, isCloudInit: false, url: source?.url },
  });
  return write(volume.volid, { size: writeSize(size) });
}

/** Changes what a drive is set to, its volume kept. */
export function setDrive(datacentre: Datacentre, caller: Caller, vm: Vm, option: string, text: string): string {
  const before = vm.config.get(option);
  const wanted = readProperties(text, "file");
  const present = before === undefined ? undefined : readProperties(before, "file");
  if (present === undefined || wanted.get("file") !== present.get("file"))
    return plugDrive(datacentre, caller, vm, option, text);
  const size = present.get("size");
  const kept: Properties = new Map([
    ...[...wanted].filter(([name]) => name !== "format"),
    ...(size === undefined ? [] : ([["size", size]] as const)),
  ]);
  return writeProperties(kept, "file");
}

/** Makes a disk larger. Source: qemu-server, PVE/API2/Qemu.pm, resize_vm: a disk never shrinks. */
export function resizeDrive(datacentre: Datacentre, vm: Vm, option: string, text: string): void {
  const value = vm.config.get(option);
  if (value === undefined || !isDrive(option)) throw failure(`disk '${option}' does not exist`);
  const drive = readProperties(value, "file");
  const volume = findVolume(datacentre, vm.node, drive.get("file") ?? "");
  if (volume === undefined) throw failure(`volume '${drive.get("file") ?? ""}' does not exist`);
  const plus = text.startsWith("+");
  const wanted = readSize(plus ? text.slice(1) : text);
  if (wanted === undefined) throw new ParameterError({ size: "value does not match the regex pattern" });
  const size = plus ? volume.size + wanted : wanted;
  if (size < volume.size) throw failure("shrinking disks is not supported");
  const left = available(datacentre, findStorage(datacentre, vm.node, volume.storage), vm.node);
  if (size - volume.size > left)
    throw failure(
      `unable to grow '${volume.volid}' to ${writeSize(size)}: ${writeSize(left)} are free on storage '${volume.storage}' of node '${vm.node}'`,
    );
  volume.size = size;
  vm.config.set(option, writeProperties(new Map([...drive, ["size", writeSize(size)]]), "file"));
}

/** Volumes that a virtual machine's drives use. */
export const drives = (vm: Vm): readonly (readonly [option: string, volid: string])[] =>
  [...vm.config]
    .filter(([option]) => isDrive(option))
    .map(([option, value]) => [option, readProperties(value, "file").get("file") ?? ""] as const);

/** Volumes of its disks in the order of their names: neither its cloud-init drive nor what is in a CD-ROM drive. */
export const disksOf = (vm: Vm): readonly string[] =>
  drives(vm)
    .filter(([option]) => readProperties(vm.config.get(option) ?? "", "file").get("media") !== "cdrom")
    .filter(([, volid]) => !volid.includes("cloudinit"))
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([, volid]) => volid);

export function forgetVolumes(datacentre: Datacentre, vm: Vm, which: (volid: string) => boolean): void {
  for (let index = datacentre.volumes.length - 1; index >= 0; index--) {
    const volume = datacentre.volumes[index];
    if (volume?.vmid === vm.vmid && which(volume.volid)) datacentre.volumes.splice(index, 1);
  }
}
