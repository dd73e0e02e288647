import type { File as ImageFile } from "@muhlba91/pulumi-proxmoxve/download/file.js";
import type { VmLegacy, VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import * as pulumi from "@pulumi/pulumi";
import type { Template } from "../../../config/boot-image.ts";
import type { PoolOn } from "../../../config/pools.ts";
import { cidr, firstAddress } from "../../../lib/address.ts";
import { isNode, type PlannedMachine } from "../../../lib/nodes.ts";
import { hostOf, sizeOf } from "../../../lib/proxmox/nodes.ts";
import { remadeUnless, stands } from "../remade.ts";
import type { ProxmoxStage } from "./stage.ts";

/** What a machine's system disk is made of: the image downloaded to its Proxmox node, or a template. */
export type Origin = { readonly image: ImageFile } | { readonly template: Template };

export interface VmArgs {
  readonly node: PlannedMachine<PoolOn<"proxmox">>;
  readonly stage: ProxmoxStage;
  readonly origin: Origin;
  /** Volume id of its user data; absent: it is given none. */
  readonly userData?: pulumi.Input<string>;
}

/**
 * Everything that only a new machine takes, so that a changed template replaces nothing; `generation` asks for it. And what
 * the provider holds against itself: it gives every disk a speed of zeros, reads none back, and takes that for a change.
 */
const ignoredOf = ({ pool }: PlannedMachine<PoolOn<"proxmox">>): string[] => [
  ...["clone", "disks[0].importFrom", "initialization", "nodeName", "vmId"],
  // One by one: it does not know [*].
  ...["system", ...pool.disks].map((_, index) => `disks[${index}].speed`),
];

export interface VmOptionsArgs {
  readonly node: PlannedMachine<PoolOn<"proxmox">>;
  /** Names of the nodes that stand. */
  readonly established: ReadonlySet<string>;
}

export const vmOptions = ({ node, established }: VmOptionsArgs) => ({
  replacementTrigger: node.generation,
  ignoreChanges: ignoredOf(node),
  ...remadeUnless(stands(node, established)),
});

/** A virtual machine with its disks, and a static address that its cloud-init drive tells it. */
export function vmArgs({ node, stage, origin, userData }: VmArgs): VmLegacyArgs {
  const { pool } = node;
  const { datastores } = stage.proxmox;
  const network = stage.networks[node.network];
  if (network?.kind !== "lan") throw new Error(`${node.name} is in network ${node.network}, which is no lan`);
  const { cores, memory } = sizeOf(node);
  const systemDisks = pool.datastore ?? datastores.disks;
  const disk = { discard: "on", iothread: true, ssd: true };
  return {
    name: node.hostname,
    ...(pool.firstId === undefined ? {} : { vmId: pool.firstId + node.number - 1 }),
    nodeName: hostOf(node),
    description: `${isNode(node) ? "Node" : "Machine"} ${node.name} of cluster ${stage.cluster.name}, made by groundwork.`,
    ...("template" in origin
      ? { clone: { vmId: origin.template.id, nodeName: origin.template.node, full: true, datastoreId: systemDisks } }
      : {}),
    tags: [...new Set([...pool.tags, "groundwork", stage.cluster.name, node.role])].sort(),
    // Said either way: a template's own choice would have the provider wait for an agent that never answers (#3047).
    agent: { enabled: pool.agent },
    cpu: { cores, type: "host" },
    memory: { dedicated: memory },
    scsiHardware: "virtio-scsi-single",
    operatingSystem: { type: "l26" },
    // Cloud images write their console there, and some stop without it.
    serialDevices: [{ device: "socket" }],
    disks: [
      {
        ...disk,
        interface: "scsi0",
        datastoreId: systemDisks,
        size: pool.disk,
        ...("image" in origin ? { importFrom: origin.image.id } : {}),
      },
      ...pool.disks.map(({ size, datastore }, index) => ({
        ...disk,
        interface: `scsi${index + 1}`,
        datastoreId: datastore ?? datastores.disks,
        size,
        serial: `disk-${index + 1}`,
      })),
    ],
    networkDevices: [{ bridge: pool.bridge, ...(pool.vlan === undefined ? {} : { vlanId: pool.vlan }) }],
    initialization: {
      datastoreId: datastores.disks,
      ...(userData === undefined ? {} : { userDataFileId: userData }),
      ipConfigs: [
        {
          ipv4: {
            address: `${node.address}/${cidr(network.cidr).prefix}`,
            gateway: network.gateway ?? firstAddress(network.cidr),
          },
        },
      ],
      ...(network.nameservers.length === 0 ? {} : { dns: { servers: [...network.nameservers] } }),
    },
    onBoot: true,
    ...(pool.startOrder === undefined ? {} : { startup: { order: pool.startOrder } }),
    protection: pool.protect,
    stopOnDestroy: pool.stopOnDestroy,
  };
}

/** What tells a machine from the next one with its number: that, and the MAC address that each is given anew. */
export function identityOf(machine: VmLegacy): pulumi.Output<string> {
  return pulumi.all([machine.id, machine.macAddresses]).apply(([id, macs]) => [id, ...macs].join(" "));
}
