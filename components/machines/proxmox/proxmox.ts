import { File as ImageFile } from "@muhlba91/pulumi-proxmoxve/download/file.js";
import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import * as pulumi from "@pulumi/pulumi";
import { bootImage, templateFor } from "../../../config/boot-image.ts";
import type { PoolOn } from "../../../config/pools.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import { hostOf } from "../../../lib/proxmox/nodes.ts";
import { connectionTo } from "../connection.ts";
import type {
  BlankFactory,
  BlankMachine,
  BlankRequest,
  Connection,
  Machine,
  MachineFactory,
  MachineRequest,
} from "../machine.ts";
import type { Identities } from "../operator.ts";
import type { Tailnet } from "../tailnet.ts";
import type { ProxmoxStage } from "./stage.ts";
import { VirtualMachine } from "./virtualMachine.ts";
import { identityOf, type Origin, vmArgs, vmOptions } from "./vm.ts";

type ProxmoxNode = PlannedMachine<PoolOn<"proxmox">>;

export interface ProxmoxArgs {
  readonly stage: ProxmoxStage;
  readonly nodes: readonly ProxmoxNode[];
  readonly identities: Identities;
  /** Names of the nodes that stand. */
  readonly established: ReadonlySet<string>;
  /** That every machine joins; absent: none. */
  readonly tailnet?: Tailnet;
}

/** Everything that a stage has on Proxmox VE. Machines of nodes are made on demand, so that the cluster decides their order. */
export class Proxmox
  extends pulumi.ComponentResource
  implements MachineFactory<PoolOn<"proxmox">>, BlankFactory<PoolOn<"proxmox">>
{
  readonly #args: ProxmoxArgs;
  readonly #origins = new Map<string, Origin>();

  constructor(name: string, args: ProxmoxArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:proxmox:Proxmox", name, {}, opts);
    this.#args = args;
    for (const host of new Set(args.nodes.map(hostOf))) this.#origins.set(host, this.#originOn(host));
    this.registerOutputs();
  }

  connection(node: ProxmoxNode): Connection {
    return this.#connection(node, this.#args.identities.hostKey(node.name));
  }

  create({ node, document, after, anchor, parent }: MachineRequest<PoolOn<"proxmox">>): Machine {
    const { stage, identities, tailnet, established } = this.#args;
    const { identity, connection, ready } = new VirtualMachine(
      node.name,
      {
        node,
        stage,
        origin: this.#origin(node),
        established,
        hostname: node.hostname,
        generation: node.generation,
        document,
        authorizedKeys: stage.access.authorizedKeys,
        operator: identities.operator,
        hostKey: identities.hostKey(node.name),
        connection: (hostKey) => this.#connection(node, hostKey),
        ...(tailnet === undefined ? {} : { tailnet }),
        after,
        anchor,
      },
      { parent },
    );
    return { node, id: identity, connection, ready };
  }

  /** It boots into Talos' maintenance mode at its address: nothing secret is on its drives, and nothing is done over SSH. */
  boot({ node, after, parent }: BlankRequest<PoolOn<"proxmox">>): BlankMachine {
    const machine = new VmLegacy(node.name, vmArgs({ node, stage: this.#args.stage, origin: this.#origin(node) }), {
      ...vmOptions({ node, established: this.#args.established }),
      parent,
      dependsOn: [...after],
    });
    return { id: identityOf(machine), ready: [machine], kept: false };
  }

  #originOn(host: string): Origin {
    const { stage } = this.#args;
    const template = templateFor(stage, host);
    if (template !== undefined) return { template };
    const { url, fileName, checksum, algorithm } = bootImage(stage);
    const image = new ImageFile(
      `${host}-image`,
      {
        nodeName: host,
        datastoreId: stage.proxmox.datastores.images,
        contentType: "import",
        fileName,
        url,
        checksum,
        checksumAlgorithm: algorithm,
        // What a download left behind whose reply got lost: its name is this stage's and this content's alone.
        overwriteUnmanaged: true,
        // A moved "latest" is for the checksum to refuse, not a reason to download again at a refresh.
        overwrite: false,
      },
      { parent: this },
    );
    return { image };
  }

  #origin(node: ProxmoxNode): Origin {
    const origin = this.#origins.get(hostOf(node));
    if (origin === undefined) throw new Error(`Proxmox node ${hostOf(node)} has no image for ${node.name}`);
    return origin;
  }

  #connection(node: ProxmoxNode, hostKey: ReturnType<Identities["hostKey"]>): Connection {
    return connectionTo({ host: node.address, hostKey, operator: this.#args.identities.operator });
  }
}
