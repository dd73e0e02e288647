import { ServiceError } from "../../../model.ts";
import { createCounter } from "../../shared/ids.ts";

// The rules and texts here are those of Proxmox VE 9: pve.proxmox.com/pve-docs/api-viewer, and the sources behind it
// (pve-manager, qemu-server, pve-storage, pve-access-control at git.proxmox.com).

export interface NodeOption {
  readonly name: string;
  /** Its own address, by which SSH reaches it. */
  readonly address: string;
  /** CPU threads. Absent: 16. */
  readonly cores?: number;
  /** MiB. Absent: 65,536. */
  readonly memory?: number;
  /** Bridges that virtual machines can be on. Absent: `vmbr0`. */
  readonly bridges?: readonly string[];
}

export type Content = "images" | "import" | "iso" | "vztmpl" | "snippets" | "backup" | "rootdir";

export interface StorageOption {
  readonly name: string;
  readonly type: "dir" | "lvmthin" | "zfspool" | "nfs" | "rbd" | "btrfs";
  readonly content: readonly Content[];
  /** One and the same on every node. Absent: each node has its own. */
  readonly shared?: boolean;
  /** Nodes that have it. Absent: all. */
  readonly nodes?: readonly string[];
  /** GiB on each node. Absent: 1,024. */
  readonly size?: number;
  /** Folder of a file storage. Absent: `/var/lib/vz`, where files are kept at all. */
  readonly path?: string;
}

export interface Acl {
  /** `/`, `/vms`, `/storage/local`, ... */
  readonly path: string;
  readonly privileges: readonly string[];
}

export interface TokenOption {
  /** `user@realm!name=secret` */
  readonly token: string;
  /** Absent: everything. */
  readonly acl?: readonly Acl[];
}

/** What a URL leads to. */
export interface RemoteFile {
  /** Bytes. */
  readonly size: number;
  /** Algorithm -> hex digits. */
  readonly checksums?: Readonly<Record<string, string>>;
  /** Of a disk image: GiB of the disk in it. Absent: 3. */
  readonly virtualSize?: number;
}

export interface ProxmoxOptions {
  readonly nodes: readonly NodeOption[];
  readonly storages: readonly StorageOption[];
  readonly tokens: readonly TokenOption[];
  /** Passwords of users who may sign in, by `user@realm`; they may do everything. */
  readonly users?: Readonly<Record<string, string>>;
  readonly pools?: readonly string[];
  /** What URLs lead to; undefined: nothing. Absent: every URL leads to an image that is what its checksum says. */
  readonly download?: (url: string) => RemoteFile | undefined;
  /** Templates that were there before. */
  readonly templates?: readonly {
    readonly vmid: number;
    readonly node: string;
    readonly name: string;
    readonly storage: string;
    /** GiB */
    readonly disk: number;
  }[];
  readonly now: () => Date;
  /** MAC addresses and the like follow from it. */
  readonly seed?: string;
}

/** A volume of a storage: a disk, an image, a snippet. */
export interface Volume {
  /** `local:iso/debian.iso`, `local-lvm:vm-100-disk-0` */
  readonly volid: string;
  readonly storage: string;
  /** Absent on a shared storage. */
  readonly node?: string;
  readonly content: Content;
  readonly format: string;
  /** Bytes. */
  size: number;
  /** Bytes of the disk in an image. */
  readonly virtualSize?: number;
  readonly vmid?: number;
  readonly ctime: number;
  /** Of a snippet. */
  readonly text?: string;
  /** Where what is on it was downloaded. */
  readonly url?: string;
}

export interface Vm {
  readonly vmid: number;
  node: string;
  /** Option -> value, as in its configuration file. */
  readonly config: Map<string, string>;
  status: "running" | "stopped";
  pool: string | undefined;
  template: boolean;
  /** What its cloud-init drive held at its last start. */
  boot: Boot | undefined;
  /** Starts so far. */
  starts: number;
}

/** What a virtual machine boots with. */
export interface Boot {
  readonly userData: string | undefined;
  /** `a.b.c.d/n`, of its first network device. */
  readonly address: string | undefined;
  readonly sshKeys: readonly string[];
  /** Where what is on its first disk was downloaded. */
  readonly image: string | undefined;
}

export interface Datacentre {
  readonly options: ProxmoxOptions;
  readonly seed: string;
  readonly volumes: Volume[];
  readonly vms: Map<number, Vm>;
  readonly pools: Set<string>;
  nextTask(): number;
  /** Seconds since 1970. */
  epoch(): number;
}

export const gib = 1024 ** 3;

export function createDatacentre(options: ProxmoxOptions): Datacentre {
  return {
    options,
    seed: options.seed ?? "proxmox",
    volumes: [],
    vms: new Map(),
    pools: new Set(options.pools ?? []),
    nextTask: createCounter(0x3a00),
    epoch: () => Math.floor(options.now().getTime() / 1000),
  };
}

/** A refusal that names parameters. */
export class ParameterError extends ServiceError {
  readonly fields: Readonly<Record<string, string>>;
  constructor(fields: Readonly<Record<string, string>>) {
    const faults = Object.entries(fields).map(([field, fault]) => `${field}: ${fault}`);
    super("400", `Parameter verification failed. ${faults.join("; ")}`);
    this.fields = fields;
  }
}

export const failure = (message: string): ServiceError => new ServiceError("500", message);

/** @throws ServiceError as a node does that is asked to pass a request on to one that nobody knows. */
export function findNode(datacentre: Datacentre, name: string): NodeOption {
  const node = datacentre.options.nodes.find((row) => row.name === name);
  if (node === undefined)
    throw failure(
      `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
    );
  return node;
}

/** @throws ServiceError when the virtual machine is not there, or on another node. */
export function findVm(datacentre: Datacentre, node: string, vmid: number): Vm {
  findNode(datacentre, node);
  const vm = datacentre.vms.get(vmid);
  if (vm?.node !== node) throw failure(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
  return vm;
}
