import { type Caller, demand, may } from "./access.ts";
import { isDrive } from "./disks.ts";
import { readProperties } from "./property.ts";
import { type Datacentre, findNode, ParameterError, type Vm } from "./state.ts";

/** A request's parameters: those of a form, all text. */
export type Form = Readonly<Record<string, string>>;

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const dnsName = new RegExp(`^${label}(?:\\.${label})*$`);
const tag = /^[a-z0-9_][a-z0-9_\-+.]*$/i;

const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (value: string): string | undefined => {
    if (!/^-?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
    if (Number(value) < least) return `value must have a minimum value of ${least}`;
    return Number(value) > most ? `value must have a maximum value of ${most}` : undefined;
  };

const matching =
  (pattern: RegExp, what: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : `invalid format - ${what}`;

function networkFault(value: string): string | undefined {
  const net = readProperties(value, "model");
  const vlan = net.get("tag");
  if (vlan !== undefined && integer(1, 4094)(vlan) !== undefined)
    return `invalid format - tag: ${integer(1, 4094)(vlan)}`;
  const mtu = net.get("mtu");
  return mtu !== undefined && integer(1, 65520)(mtu) !== undefined ? "invalid format - mtu out of range" : undefined;
}

const address = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const isAddress = (text: string): boolean =>
  (address.exec(text)?.slice(1) ?? ["256"]).every((part) => Number(part) < 256);

function addressFault(value: string): string | undefined {
  const config = readProperties(value, "");
  const [ip, gateway] = [config.get("ip"), config.get("gw")];
  if (ip !== undefined && ip !== "dhcp") {
    const [own = "", bits = ""] = ip.split("/");
    if (!isAddress(own) || integer(1, 32)(bits) !== undefined)
      return "invalid format - ip: value does not look like a valid ipv4 network configuration";
  }
  if (gateway === undefined) return undefined;
  if (ip === undefined || ip === "dhcp") return "invalid format - gateway specified without specifying an IP address";
  return isAddress(gateway) ? undefined : "invalid format - gw: value does not look like a valid ipv4 address";
}

/** What the schema says of an option; undefined: any text. Source: qemu-server, PVE/QemuServer.pm, $confdesc */
function checkOf(option: string): ((value: string) => string | undefined) | undefined {
  switch (option) {
    case "name":
      return matching(dnsName, "value does not look like a valid DNS name");
    case "cores":
    case "sockets":
      return integer(1);
    case "memory":
      return integer(16);
    case "balloon":
      return integer(0);
    case "tags":
      return (value) =>
        value.split(/[;, ]+/).every((each) => each === "" || tag.test(each))
          ? undefined
          : "invalid format - invalid characters in tag";
    case "nameserver":
      return (value) =>
        value.split(/[ ,]+/).every(isAddress)
          ? undefined
          : "invalid format - value does not look like a valid address list";
    default:
      if (/^net\d+$/.test(option)) return networkFault;
      if (/^ipconfig\d+$/.test(option)) return addressFault;
      return undefined;
  }
}

/** The privilege that each option takes. Source: qemu-server, PVE/API2/Qemu.pm, check_vm_modify_config_perm */
function privilegeOf(option: string): readonly string[] {
  if (isDrive(option)) return ["VM.Config.Disk"];
  if (["cores", "sockets", "cpu", "cpulimit", "cpuunits", "numa", "vcpus", "affinity"].includes(option))
    return ["VM.Config.CPU"];
  if (["memory", "balloon", "shares"].includes(option)) return ["VM.Config.Memory"];
  if (/^net\d+$/.test(option)) return ["VM.Config.Network"];
  if (
    /^ipconfig\d+$/.test(option) ||
    ["cicustom", "cipassword", "citype", "ciuser", "ciupgrade", "nameserver", "searchdomain", "sshkeys"].includes(
      option,
    )
  )
    return ["VM.Config.Cloudinit", "VM.Config.Network"];
  if (
    ["bios", "keyboard", "machine", "scsihw", "vga", "tablet", "serial0", "serial1", "watchdog", "smbios1"].includes(
      option,
    )
  )
    return ["VM.Config.HWType"];
  return ["VM.Config.Options"];
}

/** Parameters of a request that are no options of the virtual machine. */
const ofRequest = new Set([
  "vmid",
  "node",
  "pool",
  "delete",
  "digest",
  "start",
  "unique",
  "storage",
  "force",
  "template",
]);

export const optionsOf = (form: Form): readonly (readonly [string, string])[] =>
  Object.entries(form).filter(([name]) => !ofRequest.has(name));

/** @throws ServiceError 400 naming every option whose value is none, 403 for one that the caller may not set. */
export function checkOptions(datacentre: Datacentre, caller: Caller, vmid: number, form: Form): void {
  const faults = optionsOf(form).flatMap(([option, value]) => {
    const fault = checkOf(option)?.(value);
    return fault === undefined ? [] : [[option, fault] as const];
  });
  if (faults.length > 0) throw new ParameterError(Object.fromEntries(faults));
  for (const [option, value] of optionsOf(form)) {
    const wanted = privilegeOf(option);
    const pool = datacentre.vms.get(vmid)?.pool ?? form.pool;
    if (pool === undefined || !wanted.some((privilege) => may(caller, `/pool/${pool}`, privilege)))
      demand(caller, `/vms/${vmid}`, ...wanted);
    const bridge = /^net\d+$/.test(option) ? readProperties(value, "model").get("bridge") : undefined;
    if (bridge !== undefined) demand(caller, `/sdn/zones/localnetwork/${bridge}`, "SDN.Use");
    // Only root itself may hand arguments to KVM.
    if (option === "args" && value.trim() !== "" && caller.id !== "root@pam")
      throw new ParameterError({ args: "only root can set 'args' config" });
  }
}

/** The value as the configuration keeps it. */
export function keptValue(option: string, value: string): string {
  if (option !== "tags") return value;
  const tags = value.split(/[;, ]+/).filter((each) => each !== "");
  return [...new Set(tags.map((each) => each.toLowerCase()))].toSorted().join(";");
}

/** What a node cannot run. @throws Error text as the start task ends with; undefined when it can. */
export function startFault(datacentre: Datacentre, vm: Vm): string | undefined {
  const node = findNode(datacentre, vm.node);
  const number = (option: string, otherwise: number): number => Number(vm.config.get(option) ?? otherwise);
  const cpus = number("cores", 1) * number("sockets", 1);
  const cores = node.cores ?? 16;
  if (cpus > cores) return `MAX ${cores} vcpus allowed per VM on this node`;
  const memory = number("memory", 512);
  const used = [...datacentre.vms.values()]
    .filter((other) => other !== vm && other.node === vm.node && other.status === "running")
    .reduce((sum, other) => sum + Number(other.config.get("memory") ?? 512), 0);
  const all = node.memory ?? 65_536;
  if (used + memory > all)
    return `start failed: QEMU exited with code 1: cannot set up guest memory 'pc.ram': Cannot allocate memory (${memory} MiB asked for, ${used} of ${all} MiB in use on node '${vm.node}')`;
  for (const [option, value] of vm.config) {
    const bridge = /^net\d+$/.test(option) ? readProperties(value, "model").get("bridge") : undefined;
    if (bridge !== undefined && !(node.bridges ?? ["vmbr0"]).includes(bridge))
      return `bridge '${bridge}' does not exist`;
  }
  return undefined;
}
