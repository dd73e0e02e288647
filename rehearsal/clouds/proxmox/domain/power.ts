import { type Caller, demand, may } from "./access.ts";
import { disksOf, drives } from "./disks.ts";
import { readProperties } from "./property.ts";
import { type Boot, type Datacentre, failure, findVm, type Vm } from "./state.ts";
import { findVolume } from "./storages.ts";
import { startFault } from "./vm-options.ts";

/** What the cloud-init drive is made of at each start. Source: qemu-server, PVE/QemuServer/Cloudinit.pm */
function bootOf(datacentre: Datacentre, vm: Vm): Boot | undefined {
  if (!drives(vm).some(([, volid]) => volid.includes("cloudinit"))) return undefined;
  const custom = readProperties(vm.config.get("cicustom") ?? "", "");
  const volid = custom.get("user");
  const snippet = volid === undefined ? undefined : findVolume(datacentre, vm.node, volid);
  if (volid !== undefined && snippet === undefined)
    throw failure(`can't open snippet '${volid}' on node '${vm.node}' - No such file or directory`);
  const keys = decodeURIComponent(vm.config.get("sshkeys") ?? "");
  const [system] = disksOf(vm);
  return {
    image: system === undefined ? undefined : findVolume(datacentre, vm.node, system)?.url,
    userData: snippet?.text,
    address: readProperties(vm.config.get("ipconfig0") ?? "", "").get("ip"),
    sshKeys: keys.split("\n").filter((line) => line !== ""),
  };
}

/** `status` and `agent` of a virtual machine: what is refused at once is thrown; the work itself is `run`. */
export function powerOperations(datacentre: Datacentre) {
  const machine = (caller: Caller, node: string, vmid: number, privilege: string): Vm => {
    const vm = findVm(datacentre, node, vmid);
    if (vm.pool === undefined || !may(caller, `/pool/${vm.pool}`, privilege)) demand(caller, `/vms/${vmid}`, privilege);
    return vm;
  };
  const stop = (caller: Caller, node: string, vmid: number): { run(): void } => {
    const vm = machine(caller, node, vmid, "VM.PowerMgmt");
    return {
      run() {
        vm.status = "stopped";
      },
    };
  };
  return {
    start(caller: Caller, node: string, vmid: number): { run(): void } {
      const vm = machine(caller, node, vmid, "VM.PowerMgmt");
      if (vm.template) throw failure("you can't start a vm if it's a template");
      if (vm.status === "running") throw failure(`VM ${vmid} already running`);
      return {
        run() {
          const fault = startFault(datacentre, vm);
          if (fault !== undefined) throw failure(fault);
          vm.boot = bootOf(datacentre, vm);
          vm.status = "running";
          vm.starts++;
        },
      };
    },
    /** Pulls the plug. */
    stop,
    /** Asks the guest, by ACPI or its agent. */
    shutdown(caller: Caller, node: string, vmid: number): { run(): void } {
      const task = stop(caller, node, vmid);
      return {
        run() {
          if (findVm(datacentre, node, vmid).status === "stopped") throw failure(`VM ${vmid} not running`);
          task.run();
        },
      };
    },
    reboot(caller: Caller, node: string, vmid: number): { run(): void } {
      const vm = machine(caller, node, vmid, "VM.PowerMgmt");
      if (vm.status !== "running") throw failure(`VM ${vmid} not running`);
      return { run: () => void vm.starts++ };
    },
    /** `agent/network-get-interfaces`. `answers`: whether the guest has its agent running by now. */
    interfaces(caller: Caller, node: string, vmid: number, answers: boolean) {
      const vm = findVm(datacentre, node, vmid);
      if (!may(caller, `/vms/${vmid}`, "VM.Monitor"))
        demand(caller, `/vms/${vmid}`, "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted");
      const agent = readProperties(vm.config.get("agent") ?? "", "enabled").get("enabled");
      if (agent !== "1") throw failure("No QEMU guest agent configured");
      if (vm.status !== "running") throw failure(`VM ${vmid} is not running`);
      if (!answers) throw failure("QEMU guest agent is not running");
      const [ip = "", bits = "24"] = (vm.boot?.address ?? "").split("/");
      const net = readProperties(vm.config.get("net0") ?? "", "model");
      const mac = [...net.values()].find((value) => /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i.test(value)) ?? "";
      return {
        result: [
          {
            name: "lo",
            "hardware-address": "00:00:00:00:00:00",
            "ip-addresses": [{ "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 }],
          },
          {
            name: "eth0",
            "hardware-address": mac.toLowerCase(),
            "ip-addresses": ip === "" ? [] : [{ "ip-address": ip, "ip-address-type": "ipv4", prefix: Number(bits) }],
          },
        ],
      };
    },
  };
}
