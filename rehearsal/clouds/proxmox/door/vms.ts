import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Context, type Existing, type Props, ServiceError } from "../../../model.ts";
import type { Caller } from "../domain/access.ts";
import { readProperties, readSize } from "../domain/property.ts";
import { callerOf, type Door, type Resources, seconds, unlessGone } from "./session.ts";
import { creationOf, diskOptions, settingsOf, type VmInputs, vmInputs } from "./vm-inputs.ts";

/** Options that a running machine takes only at its next start, so that the provider restarts it. */
const needRestart = ["cores", "sockets", "cpu", "memory", "balloon", "bios", "machine", "scsihw", "agent"];

function outputsOf({ model }: Door, caller: Caller, inputs: VmInputs, vmid: number): Props {
  const config = model.vms.config(caller, inputs.nodeName, vmid);
  const mac = inputs.networkDevices.map(
    (_, index) =>
      [...readProperties(config[`net${index}`] ?? "", "model").values()].find((value) =>
        /^([0-9A-F]{2}:){5}/i.test(value),
      ) ?? "",
  );
  const hasAgent = inputs.agent?.enabled ?? false;
  const address = model.machine(inputs.nodeName, vmid).boot?.address?.split("/")[0];
  return withoutUndefined({
    vmId: vmid,
    macAddresses: mac,
    ipv4Addresses: hasAgent && address !== undefined ? [["127.0.0.1"], [address]] : [],
    ipv6Addresses: [],
    networkInterfaceNames: hasAgent ? ["lo", "eth0"] : [],
  });
}

/** Grows disks that are to be larger. A smaller one is refused by the provider itself. */
function resize({ model }: Door, caller: Caller, inputs: VmInputs, vmid: number): void {
  const config = model.vms.config(caller, inputs.nodeName, vmid);
  for (const disk of inputs.disks) {
    const size = readSize(readProperties(config[disk.interface] ?? "", "file").get("size") ?? "") ?? 0;
    const wanted = disk.size * 1024 ** 3;
    if (wanted === size) continue;
    if (wanted < size)
      throw new ServiceError(
        "InvalidInput",
        `disk resize failure: requested size (${disk.size}G) of ${disk.interface} is lower than current size (${size / 1024 ** 3}G)`,
      );
    model.vms.resize(caller, inputs.nodeName, vmid, { disk: disk.interface, size: `${disk.size}G` }).run();
  }
}

function create(door: Door, caller: Caller, inputs: VmInputs): number {
  const { vms } = door.model;
  const vmid = inputs.vmId ?? vms.nextId();
  if (inputs.clone === undefined) vms.create(caller, inputs.nodeName, creationOf(inputs, vmid)).run();
  else {
    const { clone, name, poolId } = inputs;
    const from = clone.nodeName ?? inputs.nodeName;
    const form = withoutUndefined({
      ...{ newid: String(vmid), full: clone.full ? "1" : "0", name, pool: poolId, storage: clone.datastoreId },
      ...(from === inputs.nodeName ? {} : { target: inputs.nodeName }),
    }) as Readonly<Record<string, string>>;
    vms.clone(caller, from, clone.vmId, form).run();
    const { boot: _boot, vmid: _vmid, pool: _pool, ...all } = creationOf(inputs, vmid);
    const present = vms.config(caller, inputs.nodeName, vmid);
    const disks = new Set(inputs.disks.map((disk) => disk.interface));
    const wanted = Object.entries(all).filter(([option]) => !(disks.has(option) && present[option] !== undefined));
    vms.configure(caller, inputs.nodeName, vmid, Object.fromEntries(wanted)).run();
  }
  resize(door, caller, inputs, vmid);
  return vmid;
}

function report(door: Door, inputs: VmInputs, vmid: number, context: Context): void {
  if (inputs.agent?.enabled !== true) return;
  const { boot } = door.model.machine(inputs.nodeName, vmid);
  if (door.hasAgent(boot?.userData)) return;
  context.finding({
    rule: "agent-never-answers",
    message: `the guest agent of '${inputs.name ?? vmid}' is enabled, but nothing in its user data starts one: the provider waits ${inputs.agent.timeout} for it at every creation and refresh`,
    remedy: "install qemu-guest-agent in the user data, or set agent.enabled to false",
  });
}

function update(door: Door, caller: Caller, inputs: VmInputs, old: Existing): number {
  const { vms } = door.model;
  const vmid = Number(old.id);
  const before = settingsOf(readInputs(vmInputs, old.inputs));
  const wanted = Object.fromEntries(
    Object.entries(settingsOf(inputs)).filter(([option, value]) => before[option] !== value),
  );
  const present = vms.config(caller, inputs.nodeName, vmid);
  for (const disk of inputs.disks) {
    const volume = readProperties(present[disk.interface] ?? "", "file").get("file");
    if (volume === undefined) wanted[disk.interface] = `file=${disk.datastoreId}:${disk.size},${diskOptions(disk)}`;
  }
  if (Object.keys(wanted).length > 0) vms.configure(caller, inputs.nodeName, vmid, wanted).run();
  resize(door, caller, inputs, vmid);
  const { status } = vms.status(caller, inputs.nodeName, vmid);
  if (inputs.started && status === "stopped") vms.power.start(caller, inputs.nodeName, vmid).run();
  const restarts = Object.keys(wanted).some((option) => needRestart.includes(option));
  if (!restarts || status !== "running") return seconds.quick;
  if (!inputs.rebootAfterUpdate) return seconds.quick;
  vms.power.stop(caller, inputs.nodeName, vmid).run();
  vms.power.start(caller, inputs.nodeName, vmid).run();
  return seconds.reboot;
}

/** `VmLegacy`. */
export function vmResources(door: Door): Resources {
  const { vms } = door.model;
  return {
    "proxmoxve:index/vmLegacy:VmLegacy": {
      replaceOn: [
        ...["clone", "nodeName", "vmId", "initialization.type", "initialization.userDataFileId"],
        ...["initialization.vendorDataFileId", "initialization.networkDataFileId", "initialization.metaDataFileId"],
      ],
      create(given, context) {
        const inputs = readInputs(vmInputs, given);
        const caller = callerOf(door, context);
        const vmid = create(door, caller, inputs);
        let duration: number = inputs.clone === undefined ? seconds.create : seconds.clone;
        duration += inputs.disks.filter(({ importFrom }) => importFrom !== undefined).length * seconds.importDisk;
        if (inputs.template) vms.template(caller, inputs.nodeName, vmid).run();
        else if (inputs.started) {
          try {
            vms.power.start(caller, inputs.nodeName, vmid).run();
          } catch (error) {
            // The real provider leaves a machine that does not start in the state; the engine here knows only all or nothing.
            vms.remove(caller, inputs.nodeName, vmid).run();
            throw error;
          }
          duration += seconds.start;
          report(door, inputs, vmid, context);
        }
        return { id: String(vmid), outputs: outputsOf(door, caller, inputs, vmid), seconds: duration };
      },
      // `<node>/<number>`. Source: bpg/terraform-provider-proxmox, docs/resources/virtual_environment_vm.md, "Import"
      importId: ({ id, inputs }) => `${String(inputs.nodeName)}/${id}`,
      read(id, _given, context) {
        const [node = "", number = ""] = id.split("/");
        const vmid = Number(number);
        const { name } = vms.config(callerOf(door, context), node, vmid);
        return { id: number, inputs: withoutUndefined({ nodeName: node, name }), outputs: { vmId: vmid } };
      },
      update(given, old, context) {
        const inputs = readInputs(vmInputs, given);
        const caller = callerOf(door, context);
        const duration = update(door, caller, inputs, old);
        return { outputs: outputsOf(door, caller, inputs, Number(old.id)), seconds: duration };
      },
      delete(old, context) {
        const inputs = readInputs(vmInputs, old.inputs);
        const caller = callerOf(door, context);
        const vmid = Number(old.id);
        let duration: number = seconds.delete;
        unlessGone(() => {
          if (vms.status(caller, inputs.nodeName, vmid).status === "running") {
            vms.power.stop(caller, inputs.nodeName, vmid).run();
            duration += inputs.stopOnDestroy ? seconds.stop : seconds.shutdown;
          }
          vms.remove(caller, inputs.nodeName, vmid).run();
        });
        return duration;
      },
    },
  };
}
