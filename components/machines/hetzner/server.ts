import * as command from "@pulumi/command";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";
import * as tls from "@pulumi/tls";
import { renderCloudInit } from "../../../lib/bootstrap/cloud-init.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { hostKeyStdin, hostKeyStep } from "../../../lib/k3s/steps.ts";
import type { BootSecrets, Connection } from "../machine.ts";
import { asNumber } from "./ids.ts";
import type { Network } from "./network.ts";

export interface ServerArgs {
  readonly hostname: string;
  readonly type: string;
  readonly location: string;
  readonly image: string;
  readonly network: Network;
  readonly address: string;
  readonly public: boolean;
  readonly firewall: hcloud.Firewall;
  readonly placementGroup?: hcloud.PlacementGroup;
  readonly labels: Record<string, string>;
  readonly protect: boolean;
  /** A higher one replaces the server. */
  readonly generation: number;
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  readonly authorizedKeys: readonly string[];
  readonly operator: tls.PrivateKey;
  readonly sshKey: hcloud.SshKey;
  /** The host key that the server keeps; put in place by the first command. */
  readonly hostKey: tls.PrivateKey;
  /** Connection to the server, given the host key to expect; the server's own address when it is public. */
  readonly connection: (hostKey: tls.PrivateKey, publicAddress: pulumi.Output<string>) => Connection;
  /** Tags of its device in the tailnet; absent: it joins none. */
  readonly tailnetTags?: readonly string[];
  /** Resources that must be there before the server: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  /** Machines that a connection to the server goes through. */
  readonly via: readonly pulumi.Resource[];
  /** Whose disappearance spares the server's commands their own deletion. */
  readonly anchor?: pulumi.Resource;
}

/** Seconds that a join key is good for: long enough for a server that is slow to come, useless soon after. */
const keyExpiry = 24 * 60 * 60;

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
    const bootKey = new tls.PrivateKey(`${name}-boot-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, renewed);
    const tailnetKey =
      args.tailnetTags === undefined
        ? undefined
        : new tailscale.TailnetKey(
            `${name}-tailnet-key`,
            // A spent key is invalid for good; making it anew at every refresh would change nothing but the state.
            {
              reusable: false,
              ephemeral: false,
              preauthorized: true,
              expiry: keyExpiry,
              recreateIfInvalid: "never",
              tags: [...args.tailnetTags],
              description: `groundwork ${args.hostname}`.slice(0, 50),
            },
            renewed,
          );
    // Secret, as the keys in it are. What it takes beside the first key is brought together when that is there: until
    // then one output waits for each of a thousand servers, not ten.
    const userData = bootKey.privateKeyOpenssh.apply((bootHostKey) =>
      pulumi
        .all([args.document, bootKey.publicKeyOpenssh, args.operator.publicKeyOpenssh, tailnetKey?.key])
        .apply(([render, bootHostPublicKey, operator, key]) =>
          renderCloudInit(
            render({
              temporaryHostKey: { private: bootHostKey, public: bootHostPublicKey.trim() },
              authorizedKeys: [operator.trim(), ...args.authorizedKeys],
              ...(key === undefined ? {} : { tailnetKey: key }),
            }),
          ),
        ),
    );
    this.server = new hcloud.Server(
      name,
      {
        name: args.hostname,
        serverType: args.type,
        location: args.location,
        image: args.image,
        sshKeys: [args.sshKey.id],
        userData,
        labels: args.labels,
        publicNets: [{ ipv4Enabled: args.public, ipv6Enabled: args.public }],
        // An empty aliasIps: without it the provider attaches the network anew at every run (terraform-provider-hcloud #650).
        networks: [{ networkId: args.network.id, ip: args.address, aliasIps: [] }],
        // A firewall filters public interfaces only: on a private server it would be one more thing to attach.
        ...(args.public ? { firewallIds: [asNumber(args.firewall.id)] } : {}),
        ...(args.placementGroup === undefined ? {} : { placementGroupId: asNumber(args.placementGroup.id) }),
        deleteProtection: args.protect,
        rebuildProtection: args.protect,
        // The root disk stays as it is, so that a server can go back to a smaller type.
        keepDisk: true,
        shutdownBeforeDeletion: true,
      },
      {
        ...renewed,
        deleteBeforeReplace: true,
        ignoreChanges: ["image", "userData", "sshKeys", "location"],
        dependsOn: [...args.network.ready, ...args.after],
      },
    );
    this.connection = args.connection(args.hostKey, this.server.ipv4Address);
    this.ready = new command.remote.Command(
      `${name}-host-key-install`,
      {
        connection: args.connection(bootKey, this.server.ipv4Address),
        create: hostKeyStep({ timeout: 120 }),
        // Only a new server has the key to exchange: nothing else may run this again.
        update: "true",
        stdin: args.hostKey.privateKeyOpenssh.apply(hostKeyStdin),
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      {
        ...parent,
        dependsOn: [this.server, ...args.via],
        replacementTrigger: this.server.id,
        ignoreChanges: ["connection", "create", "stdin"],
        ...(args.anchor === undefined ? {} : { deletedWith: args.anchor }),
      },
    );
    this.registerOutputs({ address: args.address });
  }
}
