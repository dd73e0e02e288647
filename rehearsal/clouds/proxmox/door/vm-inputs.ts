import { z } from "zod";
import type { Form } from "../domain/vm-options.ts";

const ip = z.object({ address: z.string().optional(), gateway: z.string().optional() }).optional();

/** `VmLegacyArgs`, as far as it is known here: what else is given is refused, so that nothing is silently left out. */
export const vmInputs = z.strictObject({
  nodeName: z.string(),
  vmId: z.number().int().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  poolId: z.string().optional(),
  agent: z
    .strictObject({
      enabled: z.boolean().default(false),
      timeout: z.string().default("15m"),
      trim: z.boolean().default(false),
      type: z.string().default("virtio"),
    })
    .optional(),
  bios: z.string().optional(),
  machine: z.string().optional(),
  scsiHardware: z.string().default("virtio-scsi-pci"),
  bootOrders: z.array(z.string()).optional(),
  clone: z
    .strictObject({
      vmId: z.number(),
      nodeName: z.string().optional(),
      datastoreId: z.string().optional(),
      full: z.boolean().default(true),
      retries: z.number().default(1),
    })
    .optional(),
  cpu: z
    .strictObject({
      cores: z.number().int().default(1),
      sockets: z.number().int().default(1),
      type: z.string().default("qemu64"),
    })
    .prefault({}),
  memory: z
    .strictObject({ dedicated: z.number().int().default(512), floating: z.number().int().default(0) })
    .prefault({}),
  disks: z
    .array(
      z.strictObject({
        interface: z.string(),
        datastoreId: z.string().default("local-lvm"),
        size: z.number().default(8),
        importFrom: z.string().optional(),
        fileFormat: z.string().optional(),
        discard: z.string().default("ignore"),
        cache: z.string().default("none"),
        iothread: z.boolean().default(false),
        ssd: z.boolean().default(false),
        serial: z.string().optional(),
        backup: z.boolean().default(true),
      }),
    )
    .default([]),
  initialization: z
    .strictObject({
      datastoreId: z.string().default("local-lvm"),
      interface: z.string().optional(),
      type: z.string().optional(),
      dns: z.strictObject({ domain: z.string().optional(), servers: z.array(z.string()).optional() }).optional(),
      ipConfigs: z.array(z.strictObject({ ipv4: ip, ipv6: ip })).default([]),
      userDataFileId: z.string().optional(),
      vendorDataFileId: z.string().optional(),
      networkDataFileId: z.string().optional(),
      metaDataFileId: z.string().optional(),
    })
    .optional(),
  networkDevices: z
    .array(
      z.strictObject({
        bridge: z.string().default("vmbr0"),
        model: z.string().default("virtio"),
        macAddress: z.string().optional(),
        vlanId: z.number().int().optional(),
        mtu: z.number().int().optional(),
        firewall: z.boolean().default(false),
      }),
    )
    .default([]),
  operatingSystem: z.strictObject({ type: z.string().default("other") }).optional(),
  serialDevices: z.array(z.strictObject({ device: z.string().default("socket") })).default([]),
  startup: z
    .strictObject({ order: z.number().optional(), upDelay: z.number().optional(), downDelay: z.number().optional() })
    .optional(),
  onBoot: z.boolean().default(true),
  protection: z.boolean().default(false),
  started: z.boolean().default(true),
  template: z.boolean().default(false),
  migrate: z.boolean().default(false),
  reboot: z.boolean().default(false),
  rebootAfterUpdate: z.boolean().default(true),
  stopOnDestroy: z.boolean().default(false),
  purgeOnDestroy: z.boolean().default(true),
  deleteUnreferencedDisksOnDestroy: z.boolean().default(true),
  timeoutCreate: z.number().optional(),
  timeoutShutdownVm: z.number().optional(),
  timeoutStopVm: z.number().optional(),
  timeoutStartVm: z.number().optional(),
});

export type VmInputs = z.output<typeof vmInputs>;

const flag = (value: boolean): string => (value ? "1" : "0");

const pairs = (values: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join(",");

/** A disk's options, without the volume itself. */
export const diskOptions = (disk: VmInputs["disks"][number]): string =>
  pairs({
    ...{ backup: flag(disk.backup), cache: disk.cache, discard: disk.discard, iothread: flag(disk.iothread) },
    ...{ serial: disk.serial, ...(disk.interface.startsWith("virtio") ? {} : { ssd: flag(disk.ssd) }) },
  });

function disksOf({ disks }: VmInputs): Form {
  return Object.fromEntries(
    disks.map((disk) => {
      const format = disk.fileFormat === undefined ? "" : `,format=${disk.fileFormat}`;
      const volume =
        disk.importFrom === undefined
          ? `file=${disk.datastoreId}:${disk.size}`
          : `file=${disk.datastoreId}:0,import-from=${disk.importFrom}`;
      return [disk.interface, `${volume}${format},${diskOptions(disk)}`];
    }),
  );
}

function initializationOf({ initialization }: VmInputs): Form {
  if (initialization === undefined) return {};
  const files = pairs({
    meta: initialization.metaDataFileId,
    network: initialization.networkDataFileId,
    user: initialization.userDataFileId,
    vendor: initialization.vendorDataFileId,
  });
  const addresses = initialization.ipConfigs.map(
    ({ ipv4, ipv6 }, index) =>
      [
        `ipconfig${index}`,
        pairs({ ip: ipv4?.address, gw: ipv4?.gateway, ip6: ipv6?.address, gw6: ipv6?.gateway }),
      ] as const,
  );
  const { dns, type } = initialization;
  return {
    ...(files === "" ? {} : { cicustom: files }),
    ...Object.fromEntries(addresses),
    ...(dns?.domain === undefined ? {} : { searchdomain: dns.domain }),
    ...(dns?.servers === undefined ? {} : { nameserver: dns.servers.join(" ") }),
    ...(type === undefined ? {} : { citype: type }),
  };
}

/** Options that a change brings to a virtual machine that is there. */
export function settingsOf(inputs: VmInputs): Form {
  const { agent, cpu, memory, startup } = inputs;
  return {
    ...(inputs.name === undefined ? {} : { name: inputs.name }),
    ...(inputs.description === undefined ? {} : { description: inputs.description }),
    ...(inputs.tags === undefined ? {} : { tags: inputs.tags.join(";") }),
    ...(inputs.bios === undefined ? {} : { bios: inputs.bios }),
    ...(inputs.machine === undefined ? {} : { machine: inputs.machine }),
    ...(inputs.operatingSystem === undefined ? {} : { ostype: inputs.operatingSystem.type }),
    ...(startup === undefined
      ? {}
      : { startup: pairs({ order: startup.order, up: startup.upDelay, down: startup.downDelay }) }),
    ...Object.fromEntries(inputs.serialDevices.map(({ device }, index) => [`serial${index}`, device])),
    ...Object.fromEntries(
      inputs.networkDevices.map((net, index) => [
        `net${index}`,
        pairs({
          ...{ model: net.model, bridge: net.bridge, firewall: flag(net.firewall), macaddr: net.macAddress },
          ...{ mtu: net.mtu, tag: net.vlanId },
        }),
      ]),
    ),
    agent: `enabled=${flag(agent?.enabled ?? false)},fstrim_cloned_disks=${flag(agent?.trim ?? false)},type=${agent?.type ?? "virtio"}`,
    cores: String(cpu.cores),
    sockets: String(cpu.sockets),
    cpu: `cputype=${cpu.type}`,
    memory: String(memory.dedicated),
    balloon: String(memory.floating),
    scsihw: inputs.scsiHardware,
    onboot: flag(inputs.onBoot),
    protection: flag(inputs.protection),
    ...initializationOf(inputs),
  };
}

/** What the provider asks for when it makes a virtual machine from nothing. */
export function creationOf(inputs: VmInputs, vmid: number): Form {
  const { initialization, bootOrders } = inputs;
  const first = ["ide0", "sata0", "scsi0", "virtio0"].filter((each) =>
    inputs.disks.some((disk) => disk.interface === each),
  );
  const order = bootOrders ?? [...first, ...(inputs.networkDevices.length > 0 ? ["net0"] : [])];
  return {
    vmid: String(vmid),
    ...(inputs.poolId === undefined ? {} : { pool: inputs.poolId }),
    ...settingsOf(inputs),
    ...disksOf(inputs),
    ...(initialization === undefined
      ? {}
      : { [initialization.interface ?? "ide2"]: `file=${initialization.datastoreId}:cloudinit,media=cdrom` }),
    boot: `order=${order.join(";")}`,
  };
}
