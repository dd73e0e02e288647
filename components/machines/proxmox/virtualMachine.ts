import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { PoolOn } from "../../../config/pools.ts";
import { cidr, firstAddress } from "../../../lib/address.ts";
import type { Node } from "../../../lib/nodes.ts";
import { hostOf, sizeOf } from "../../../lib/proxmox/nodes.ts";
import { type FirstBootArgs, firstBoot, installHostKey } from "../boot.ts";
import type { Connection } from "../machine.ts";
import type { ProxmoxStage } from "./stage.ts";

export interface VirtualMachineArgs extends FirstBootArgs {
  readonly node: Node<PoolOn<"proxmox">>;
  readonly stage: ProxmoxStage;
  /** The downloaded image on the machine's Proxmox node. */
  readonly image: proxmoxve.download.File;
  /** The host key that the machine keeps; put in place by the first command. */
  readonly hostKey: tls.PrivateKey;
  readonly connection: (hostKey: tls.PrivateKey) => Connection;
  /** Resources that must be there before the machine: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  readonly anchor: pulumi.Resource;
}

/** Everything that only a new machine takes, so that a changed template replaces nothing; `generation` asks for it. */
const ofNewMachines = ["disks[0].importFrom", "initialization", "nodeName"];

/**
 * A virtual machine on Proxmox VE that identifies itself with a pinned host key from its first second: it boots with a
 * key from user data and exchanges that for its lasting one at the first command.
 */
export class VirtualMachine extends pulumi.ComponentResource {
  /** Its number, which the next machine may have again, and the MAC address that each is given anew. */
  readonly identity: pulumi.Output<string>;
  readonly connection: Connection;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: VirtualMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:proxmox:VirtualMachine", name, {}, opts);
    const { node, stage } = args;
    const { pool } = node;
    const { datastores } = stage.proxmox;
    const parent = { parent: this };
    const renewed = { ...parent, replacementTrigger: args.generation };
    const { bootKey, userData } = firstBoot(name, args, this);
    const snippet = new proxmoxve.FileLegacy(
      `${name}-user-data`,
      {
        contentType: "snippets",
        datastoreId: datastores.snippets,
        nodeName: hostOf(node),
        // Whoever can read it can pose as the machine until its lasting host key is installed.
        fileMode: "0600",
        sourceRaw: { fileName: `${node.hostname}.yaml`, data: userData },
      },
      {
        ...renewed,
        deleteBeforeReplace: true,
        ignoreChanges: ["sourceRaw", "nodeName", "datastoreId"],
        additionalSecretOutputs: ["sourceRaw"],
      },
    );
    const network = stage.networks[node.network];
    if (network?.kind !== "lan") throw new Error(`${name} is in network ${node.network}, which is no lan`);
    const { cores, memory } = sizeOf(node);
    const disk = { discard: "on", iothread: true, ssd: true };
    const machine = new proxmoxve.VmLegacy(
      name,
      {
        name: node.hostname,
        nodeName: hostOf(node),
        description: `Node ${node.name} of cluster ${stage.cluster.name}, made by groundwork.`,
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
            datastoreId: pool.datastore ?? datastores.disks,
            size: pool.disk,
            importFrom: args.image.id,
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
          userDataFileId: snippet.id,
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
      },
      {
        ...renewed,
        deleteBeforeReplace: true,
        ignoreChanges: ofNewMachines,
        dependsOn: [...args.after],
      },
    );
    this.identity = pulumi.all([machine.id, machine.macAddresses]).apply(([id, macs]) => [id, ...macs].join(" "));
    this.connection = args.connection(args.hostKey);
    this.ready = installHostKey(
      name,
      {
        machine,
        identity: this.identity,
        connection: args.connection(bootKey),
        hostKey: args.hostKey,
        via: [],
        anchor: args.anchor,
      },
      this,
    );
    this.registerOutputs({ address: node.address });
  }
}
