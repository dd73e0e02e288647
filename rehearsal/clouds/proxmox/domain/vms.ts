import { digest } from "../../shared/digest.ts";
import { type Caller, demand, may } from "./access.ts";
import { drives, forgetVolumes, isDrive, plugDrive, resizeDrive, setDrive } from "./disks.ts";
import { readProperties, writeProperties } from "./property.ts";
import { type Datacentre, failure, findNode, findVm, gib, ParameterError, type Vm } from "./state.ts";
import { findVolume } from "./storages.ts";
import { checkOptions, type Form, keptValue, optionsOf } from "./vm-options.ts";

/** A request that goes on as a task: what is refused at once was thrown, the work itself is `run`. */
export interface Work {
  readonly vmid: number;
  run(): void;
}

const firstId = 100;
const lastId = 999_999_999;

function readId(text: string | undefined, field: string): number {
  const vmid = Number(text);
  if (text === undefined) throw new ParameterError({ [field]: "property is missing and it is not optional" });
  if (!Number.isInteger(vmid) || vmid < firstId || vmid > lastId)
    throw new ParameterError({ [field]: `invalid format - value does not look like a valid VM ID` });
  return vmid;
}

/** A network device without a MAC address is given one, from Proxmox's own range. */
function withMac(datacentre: Datacentre, vmid: number, option: string, value: string): string {
  const net = new Map(readProperties(value, "model"));
  const model = net.get("model") ?? "virtio";
  if ([...net.values()].some((each) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(each)) || net.has("macaddr")) {
    const mac = net.get("macaddr");
    net.delete("macaddr");
    net.delete("model");
    return writeProperties(
      new Map([...(mac === undefined ? [] : ([["model", `${model}=${mac}`]] as const)), ...net]),
      "model",
    );
  }
  const hex = digest(datacentre.seed, "mac", vmid, option, datacentre.nextTask()).toUpperCase();
  net.delete("model");
  const mac = `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
  return writeProperties(new Map([["model", `${model}=${mac}`], ...net]), "model");
}

function allow(caller: Caller, vm: Pick<Vm, "vmid" | "pool">, privilege: string): void {
  if (vm.pool !== undefined && may(caller, `/pool/${vm.pool}`, privilege)) return;
  demand(caller, `/vms/${vm.vmid}`, privilege);
}

/** `/nodes/{node}/qemu` of the API, without power. */
export function vmOperations(datacentre: Datacentre) {
  const { vms, options } = datacentre;
  const blank = (vmid: number, node: string, pool?: string): Vm => ({
    ...{ vmid, node, config: new Map(), status: "stopped", pool, template: false, boot: undefined, starts: 0 },
  });
  const claim = (vmid: number): void => {
    const there = vms.get(vmid);
    if (there !== undefined)
      throw failure(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${there.node}'`);
  };
  const claimPool = (caller: Caller, vmid: number, pool: string | undefined): void => {
    if (pool !== undefined && !datacentre.pools.has(pool)) throw failure(`pool '${pool}' does not exist`);
    if (pool === undefined || !may(caller, `/pool/${pool}`, "VM.Allocate"))
      demand(caller, `/vms/${vmid}`, "VM.Allocate");
  };
  const set = (caller: Caller, vm: Vm, form: Form): void => {
    for (const [option, value] of optionsOf(form)) {
      if (isDrive(option)) vm.config.set(option, setDrive(datacentre, caller, vm, option, value));
      else if (/^net\d+$/.test(option)) vm.config.set(option, withMac(datacentre, vm.vmid, option, value));
      else vm.config.set(option, keptValue(option, value));
    }
  };
  const view = (vm: Vm) => ({
    vmid: vm.vmid,
    name: vm.config.get("name") ?? `VM ${vm.vmid}`,
    status: vm.status,
    qmpstatus: vm.status,
    cpus: Number(vm.config.get("cores") ?? 1) * Number(vm.config.get("sockets") ?? 1),
    maxmem: Number(vm.config.get("memory") ?? 512) * 1024 ** 2,
    ...(vm.config.has("tags") ? { tags: vm.config.get("tags") } : {}),
    ...(vm.template ? { template: 1 } : {}),
    ...(readProperties(vm.config.get("agent") ?? "", "enabled").get("enabled") === "1" ? { agent: 1 } : {}),
  });

  for (const { vmid, node, name, storage, disk } of options.templates ?? []) {
    const vm = blank(vmid, node);
    const volid = `${storage}:base-${vmid}-disk-0`;
    vm.template = true;
    for (const [option, value] of [
      ["name", name],
      ["template", "1"],
      ["scsi0", `${volid},size=${disk}G`],
      ["memory", "2048"],
      ["boot", "order=scsi0"],
    ] as const)
      vm.config.set(option, value);
    datacentre.volumes.push({
      volid,
      storage,
      node,
      content: "images",
      format: "raw",
      size: disk * gib,
      vmid,
      ctime: datacentre.epoch(),
    });
    vms.set(vmid, vm);
  }

  return {
    /** `GET /cluster/nextid`: the lowest that is free, or the one asked about. @throws ServiceError 400 when it is taken */
    nextId(wanted?: string): number {
      if (wanted !== undefined) {
        const vmid = readId(wanted, "vmid");
        if (vms.has(vmid)) throw new ParameterError({ vmid: `VM ${vmid} already exists` });
        return vmid;
      }
      let vmid = firstId;
      while (vms.has(vmid)) vmid++;
      return vmid;
    },
    /** All that the caller may see. */
    all: (caller: Caller): readonly (ReturnType<typeof view> & { readonly node: string; readonly pool?: string })[] =>
      [...vms.values()]
        .filter(
          (vm) =>
            may(caller, `/vms/${vm.vmid}`, "VM.Audit") ||
            (vm.pool !== undefined && may(caller, `/pool/${vm.pool}`, "VM.Audit")),
        )
        .map((vm) => ({ ...view(vm), node: vm.node, ...(vm.pool === undefined ? {} : { pool: vm.pool }) })),
    status(caller: Caller, node: string, vmid: number) {
      const vm = findVm(datacentre, node, vmid);
      allow(caller, vm, "VM.Audit");
      return { ...view(vm), uptime: vm.status === "running" ? 1 : 0 };
    },
    config(caller: Caller, node: string, vmid: number): Readonly<Record<string, string>> {
      const vm = findVm(datacentre, node, vmid);
      allow(caller, vm, "VM.Audit");
      const all = Object.fromEntries([...vm.config].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      return { ...all, digest: digest(all as never).slice(0, 40) };
    },
    create(caller: Caller, node: string, form: Form): Work {
      findNode(datacentre, node);
      const vmid = readId(form.vmid, "vmid");
      claimPool(caller, vmid, form.pool);
      checkOptions(datacentre, caller, vmid, form);
      claim(vmid);
      return {
        vmid,
        run() {
          claim(vmid);
          const vm = blank(vmid, node, form.pool);
          try {
            set(caller, vm, form);
          } catch (error) {
            // Half a virtual machine is taken apart again.
            forgetVolumes(datacentre, vm, () => true);
            throw error;
          }
          const hex = digest(datacentre.seed, "uuid", vmid);
          const uuid = [
            hex.slice(0, 8),
            hex.slice(8, 12),
            `4${hex.slice(13, 16)}`,
            `a${hex.slice(17, 20)}`,
            hex.slice(20, 32),
          ].join("-");
          vm.config.set("meta", `creation-qemu=10.1.2,ctime=${datacentre.epoch()}`);
          if (!vm.config.has("smbios1")) vm.config.set("smbios1", `uuid=${uuid}`);
          if (!vm.config.has("vmgenid")) vm.config.set("vmgenid", uuid);
          vms.set(vmid, vm);
        },
      };
    },
    clone(caller: Caller, node: string, source: number, form: Form): Work {
      const original = findVm(datacentre, node, source);
      allow(caller, original, "VM.Clone");
      const vmid = readId(form.newid, "newid");
      claimPool(caller, vmid, form.pool);
      const name = form.name === undefined ? {} : { name: form.name };
      checkOptions(datacentre, caller, vmid, { ...name, ...(form.pool === undefined ? {} : { pool: form.pool }) });
      claim(vmid);
      const isFull = form.full === "1" || !original.template;
      if (form.storage !== undefined && !isFull)
        throw new ParameterError({ storage: "parameter 'storage' not allowed for linked clones" });
      const target = form.target ?? node;
      findNode(datacentre, target);
      const local = drives(original).find(([, volid]) => findVolume(datacentre, node, volid)?.node !== undefined);
      if (target !== node && local !== undefined)
        throw failure(
          `can't clone VM to node '${target}' (VM uses local storage): disk '${local[0]}' is on '${local[1]}'`,
        );
      return {
        vmid,
        run() {
          claim(vmid);
          const vm = blank(vmid, target, form.pool);
          for (const [option, value] of original.config) {
            if (["template", "vmgenid", "smbios1", "meta"].includes(option)) continue;
            if (!isDrive(option)) {
              vm.config.set(
                option,
                /^net\d+$/.test(option)
                  ? withMac(datacentre, vmid, option, value.replace(/=([0-9A-F]{2}:){5}[0-9A-F]{2}/i, ""))
                  : value,
              );
              continue;
            }
            const volume = findVolume(datacentre, node, readProperties(value, "file").get("file") ?? "");
            if (volume === undefined) continue;
            const storage = form.storage ?? volume.storage;
            const drive = volume.volid.includes("cloudinit")
              ? `${storage}:cloudinit`
              : `${storage}:${volume.size / gib}`;
            vm.config.set(option, plugDrive(datacentre, caller, vm, option, drive));
          }
          if (form.name !== undefined) vm.config.set("name", form.name);
          if (form.description !== undefined) vm.config.set("description", form.description);
          vms.set(vmid, vm);
        },
      };
    },
    /** `PUT` and `POST config`. What a running machine cannot take at once waits for its next start; it is not told apart here. */
    configure(caller: Caller, node: string, vmid: number, form: Form): Work {
      const vm = findVm(datacentre, node, vmid);
      checkOptions(datacentre, caller, vmid, form);
      const dropped = (form.delete ?? "").split(/[, ;]+/).filter((option) => option !== "");
      const lost = [...dropped, ...optionsOf(form).map(([option]) => option)].find(
        (option) => isDrive(option) && vm.config.has(option) && dropped.includes(option),
      );
      if (lost !== undefined && vm.config.get("protection") === "1")
        throw failure(`can't remove drive '${lost}' - protection mode enabled`);
      return {
        vmid,
        run() {
          for (const option of dropped) {
            const volid = readProperties(vm.config.get(option) ?? "", "file").get("file");
            vm.config.delete(option);
            if (isDrive(option)) forgetVolumes(datacentre, vm, (each) => each === volid);
          }
          set(caller, vm, form);
        },
      };
    },
    resize(caller: Caller, node: string, vmid: number, form: Form): Work {
      const vm = findVm(datacentre, node, vmid);
      allow(caller, vm, "VM.Config.Disk");
      return { vmid, run: () => resizeDrive(datacentre, vm, form.disk ?? "", form.size ?? "") };
    },
    template(caller: Caller, node: string, vmid: number): Work {
      const vm = findVm(datacentre, node, vmid);
      allow(caller, vm, "VM.Allocate");
      if (vm.status === "running") throw failure(`you can't convert a VM to template if VM is running`);
      return {
        vmid,
        run() {
          vm.template = true;
          vm.config.set("template", "1");
        },
      };
    },
    remove(caller: Caller, node: string, vmid: number): Work {
      const vm = findVm(datacentre, node, vmid);
      allow(caller, vm, "VM.Allocate");
      if (vm.config.get("protection") === "1") throw failure(`can't remove VM ${vmid} - protection mode enabled`);
      if (vm.status === "running") throw failure(`VM ${vmid} is running - destroy failed`);
      return {
        vmid,
        run() {
          forgetVolumes(datacentre, vm, () => true);
          vms.delete(vmid);
        },
      };
    },
  };
}
