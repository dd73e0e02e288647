import { FileLegacy } from "@muhlba91/pulumi-proxmoxve/fileLegacy.js";
import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { PoolOn } from "../../../config/pools.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import { hostOf } from "../../../lib/proxmox/nodes.ts";
import { type FirstBootArgs, firstBoot, installHostKey } from "../boot.ts";
import type { Connection } from "../machine.ts";
import { type Tailnet, tailnetDevice } from "../tailnet.ts";
import type { ProxmoxStage } from "./stage.ts";
import { identityOf, type Origin, vmArgs, vmOptions } from "./vm.ts";

export interface VirtualMachineArgs extends FirstBootArgs {
  readonly node: PlannedMachine<PoolOn<"proxmox">>;
  readonly stage: ProxmoxStage;
  readonly origin: Origin;
  /** Names of the nodes that stand. */
  readonly established: ReadonlySet<string>;
  /** The host key that the machine keeps; put in place by the first command. */
  readonly hostKey: tls.PrivateKey;
  readonly connection: (hostKey: tls.PrivateKey) => Connection;
  /** That it joins; absent: none. */
  readonly tailnet?: Tailnet;
  /** Resources that must be there before the machine: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  readonly anchor: pulumi.Resource;
}

/**
 * A virtual machine on Proxmox VE that identifies itself with a pinned host key from its first second: it boots with a
 * key from user data and exchanges that for its lasting one at the first command.
 */
export class VirtualMachine extends pulumi.ComponentResource {
  /** Changes when the machine is another one. */
  readonly identity: pulumi.Output<string>;
  readonly connection: Connection;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: VirtualMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:proxmox:VirtualMachine", name, {}, opts);
    const { node, stage, origin } = args;
    const renewed = { parent: this, replacementTrigger: args.generation };
    const { tailnet } = args;
    const { bootKey, userData } = firstBoot(
      name,
      { ...args, ...(tailnet === undefined ? {} : { tailnetTags: tailnet.joining }) },
      this,
    );
    const snippet = new FileLegacy(
      `${name}-user-data`,
      {
        contentType: "snippets",
        datastoreId: stage.proxmox.datastores.snippets,
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
    const machine = new VmLegacy(name, vmArgs({ node, stage, origin, userData: snippet.id }), {
      ...vmOptions(args),
      parent: this,
      dependsOn: [...args.after],
    });
    this.identity = identityOf(machine);
    const device =
      tailnet === undefined
        ? []
        : [
            tailnetDevice(
              `${name}-tailnet-device`,
              { hostname: node.hostname, tailnet, machine: this.identity },
              { parent: this },
            ),
          ];
    this.connection = args.connection(args.hostKey);
    this.ready = installHostKey(
      name,
      {
        machine,
        identity: this.identity,
        connection: args.connection(bootKey),
        hostKey: args.hostKey,
        via: device,
        anchor: args.anchor,
      },
      this,
    );
    this.registerOutputs({ address: node.address });
  }
}
