import { createPublicKey } from "node:crypto";
import type { Stage } from "../../config/stage.ts";
import { serveCloudflare } from "../clouds/cloudflare/http/serve.ts";
import type { CloudflareModel } from "../clouds/cloudflare/model.ts";
import { serveHetzner } from "../clouds/hetzner/http/serve.ts";
import type { HetznerModel } from "../clouds/hetzner/model.ts";
import type { Door, DoorOptions } from "../clouds/http/door.ts";
import { serveProxmox } from "../clouds/proxmox/http/serve.ts";
import type { ProxmoxModel } from "../clouds/proxmox/model.ts";
import { serveTailscale } from "../clouds/tailscale/http/serve.ts";
import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import { type HetznerHostsArgs, withHosts } from "../hosts/hetzner.ts";
import { type TalosRack, withVirtualMachines } from "../hosts/proxmox.ts";
import { serveProxmoxNodes } from "../hosts/proxmox-node.ts";
import { type Address, ownAddresses } from "../hosts/wires.ts";
import { parsePrivateKey } from "../tls/keys.ts";
import { sshPublicLine } from "../tls/openssh.ts";
import { accountsOf, type StackValues } from "../world/accounts.ts";
import type { ControlPlane } from "./kube/control-plane.ts";
import type { StartedMachines } from "./machines.ts";

export interface DoorsOptions {
  readonly hetzner?: DoorOptions;
  readonly proxmox?: DoorOptions;
  readonly cloudflare?: DoorOptions;
  readonly tailscale?: DoorOptions;
  /** Absent: the API server itself is dialled, without a door before it. */
  readonly kubernetes?: DoorOptions;
}

interface Models {
  readonly hetzner: HetznerModel;
  readonly proxmox: ProxmoxModel;
  readonly cloudflare: CloudflareModel;
  readonly tailscale: TailscaleModel;
}

export interface OpenDoorsArgs {
  readonly models: Models;
  readonly started: StartedMachines;
  /** Where virtual machines go that boot Talos; absent: none does. */
  readonly talos?: TalosRack;
  readonly api: () => Address;
  readonly stage: Stage;
  readonly stack: StackValues;
  /** Whose certificate Proxmox VE shows. */
  readonly kube: ControlPlane;
  readonly options: DoorsOptions;
}

export interface OpenDoors {
  readonly doors: Readonly<Record<keyof Models, Door>>;
  failures(): readonly string[];
  stop(): Promise<void>;
}

/** The services' models over the network, with the machines that are made there. */
export async function openDoors(args: OpenDoorsArgs): Promise<OpenDoors> {
  const { models, started, api, stage, stack, kube, options } = args;
  const { machines, networkOf } = started;
  const { certificate: cert, key } = kube.pki.server;
  const proxmox = withVirtualMachines({
    ...{ model: models.proxmox, machines, networkOf },
    ...(args.talos === undefined ? {} : { talos: args.talos }),
  });
  const doors = {
    hetzner: await serveHetzner(followed(models.hetzner, { machines, api }), {
      requestsPerHour: 1_000_000,
      ...options.hetzner,
    }),
    proxmox: await serveProxmox(proxmox, { tls: { cert, key }, ...options.proxmox }),
    cloudflare: await serveCloudflare(models.cloudflare, options.cloudflare),
    tailscale: await serveTailscale(models.tailscale, options.tailscale),
  };
  const failures: string[] = [];
  const ssh =
    stage.proxmox === undefined ? undefined : await proxmoxNodes(models.proxmox, stage.proxmox, stack, failures);
  return {
    doors,
    failures: () => failures,
    async stop() {
      ssh?.();
      await Promise.all(Object.values(doors).map((door) => door.close()));
    },
  };
}

/** SSH to the nodes of the Proxmox VE cluster; none where the stack has no key for it. */
async function proxmoxNodes(
  model: ProxmoxModel,
  { sshUser }: NonNullable<Stage["proxmox"]>,
  stack: StackValues,
  failures: string[],
): Promise<(() => void) | undefined> {
  const key = stack.config["secret:proxmox-ssh-key"];
  if (key === undefined) return undefined;
  return await serveProxmoxNodes({
    model,
    nodes: accountsOf(stack).proxmox.nodes,
    wires: ownAddresses(),
    user: sshUser,
    key: sshPublicLine(createPublicKey(parsePrivateKey(key, "secret:proxmox-ssh-key"))) ?? "",
    report: (failure) => failures.push(failure),
  });
}

/**
 * The project with machines. The provider attaches a public server to its network when it runs already, about when it
 * boots; a simulated machine has the interfaces that it was made with, so it is made when the network is there: every
 * server of this program has one.
 */
function followed(model: HetznerModel, args: Omit<HetznerHostsArgs, "model">): HetznerModel {
  const { list } = model.servers;
  const held = { ...model.servers, list: () => list().filter(({ private_net }) => private_net.length > 0) };
  const watched = withHosts({ ...args, model: { ...model, servers: held } });
  return { ...watched, servers: { ...watched.servers, list } };
}
