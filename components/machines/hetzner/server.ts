import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { firstBoot, installHostKey } from "../boot.ts";
import type { BootSecrets, Connection } from "../machine.ts";
import { remadeUnless } from "../remade.ts";
import { type Tailnet, tailnetDevice } from "../tailnet.ts";
import { ofNewServers, type ServerShape, serverInputs } from "./shape.ts";

export interface ServerArgs extends ServerShape {
  /** A higher one replaces the server. */
  readonly generation: number;
  /** Whether a server of its name has ever stood. */
  readonly stands: boolean;
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  readonly authorizedKeys: readonly string[];
  readonly operator: tls.PrivateKey;
  readonly sshKey: hcloud.SshKey;
  /** The host key that the server keeps; put in place by the first command. */
  readonly hostKey: tls.PrivateKey;
  /** Connection to the server, given the host key to expect; the server's own address when it is public. */
  readonly connection: (hostKey: tls.PrivateKey, publicAddress: pulumi.Output<string>) => Connection;
  /** Absent: it joins none. */
  readonly tailnet?: Tailnet;
  /** Resources that must be there before the server: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  /** Machines that a connection to the server goes through. */
  readonly via: readonly pulumi.Resource[];
  /** Whose disappearance spares the server's commands their own deletion. */
  readonly anchor?: pulumi.Resource;
}

/**
 * A Hetzner server that identifies itself with a pinned host key from its first second: it boots with a key from user
 * data, which anything on it can read, and exchanges that for its lasting one at the first command.
 *
 * What a new server takes and an old one keeps (image, user data, keys, location) is ignored after creation, so that
 * a changed template replaces nothing; `generation` asks for a replacement.
 */
export class Server extends pulumi.ComponentResource {
  readonly server: hcloud.Server;
  readonly connection: Connection;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: ServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:hetzner:Server", name, {}, opts);
    const parent = { parent: this };
    const renewed = { ...parent, replacementTrigger: args.generation };
    const { bootKey, userData } = firstBoot(
      name,
      { ...args, ...(args.tailnet === undefined ? {} : { tailnetTags: args.tailnet.joining }) },
      this,
    );
    this.server = new hcloud.Server(
      name,
      {
        ...serverInputs(args),
        sshKeys: [args.sshKey.id],
        userData,
      },
      {
        ...renewed,
        ...remadeUnless(args.stands),
        ignoreChanges: ofNewServers,
        dependsOn: [...args.network.ready, ...args.after],
      },
    );
    const device =
      args.tailnet === undefined
        ? []
        : [
            tailnetDevice(
              `${name}-tailnet-device`,
              { hostname: args.hostname, tailnet: args.tailnet, machine: this.server.id },
              parent,
            ),
          ];
    this.connection = args.connection(args.hostKey, this.server.ipv4Address);
    this.ready = installHostKey(
      name,
      {
        machine: this.server,
        identity: this.server.id,
        connection: args.connection(bootKey, this.server.ipv4Address),
        hostKey: args.hostKey,
        via: [...device, ...args.via],
        anchor: args.anchor,
      },
      this,
    );
    this.registerOutputs({ address: args.address });
  }
}
