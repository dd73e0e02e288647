import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { renderCloudInit } from "../../lib/bootstrap/cloud-init.ts";
import type { Document } from "../../lib/bootstrap/types.ts";
import { hostKeyStdin, hostKeyStep } from "../../lib/k3s/steps.ts";
import type { BootSecrets, Connection } from "./machine.ts";
import { tailnetKey } from "./tailnet-key.ts";

export interface FirstBootArgs {
  readonly hostname: string;
  /** A higher one makes all of it anew. */
  readonly generation: number;
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  readonly authorizedKeys: readonly string[];
  readonly operator: tls.PrivateKey;
  /** Tags of its device in the tailnet; absent: it joins none. */
  readonly tailnetTags?: readonly string[];
}

export interface FirstBoot {
  /** The host key that the machine has until its lasting one is installed. */
  readonly bootKey: tls.PrivateKey;
  /** Secret, as the keys in it are. */
  readonly userData: pulumi.Output<string>;
}

/**
 * What a new machine boots with: a host key of its own, which it can be pinned by from its first second, and which
 * anything on it can read.
 */
export function firstBoot(name: string, args: FirstBootArgs, parent: pulumi.Resource): FirstBoot {
  const renewed = { parent, replacementTrigger: args.generation };
  const bootKey = new tls.PrivateKey(`${name}-boot-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, renewed);
  const joinKey =
    args.tailnetTags === undefined
      ? undefined
      : tailnetKey(`${name}-tailnet-key`, { hostname: args.hostname, tags: args.tailnetTags }, renewed);
  // What it takes beside the first key is brought together when that is there: until then one output waits for each of
  // a thousand servers, not ten.
  const userData = bootKey.privateKeyOpenssh.apply((bootHostKey) =>
    pulumi
      .all([args.document, bootKey.publicKeyOpenssh, args.operator.publicKeyOpenssh, joinKey?.key])
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
  return { bootKey, userData };
}

export interface HostKeyArgs {
  readonly machine: pulumi.CustomResource;
  /** Changes when the machine is another one, which has its key installed again. */
  readonly identity: pulumi.Output<string>;
  /** Pinned to the key that it boots with. */
  readonly connection: Connection;
  /** The host key that the machine keeps. */
  readonly hostKey: tls.PrivateKey;
  /** Machines that a connection to it goes through. */
  readonly via: readonly pulumi.Resource[];
  /** Whose disappearance spares the command its own deletion. */
  readonly anchor?: pulumi.Resource | undefined;
}

/** Exchanges the host key that a machine booted with for its lasting one. */
export function installHostKey(name: string, args: HostKeyArgs, parent: pulumi.Resource): command.remote.Command {
  return new command.remote.Command(
    `${name}-host-key-install`,
    {
      connection: args.connection,
      create: hostKeyStep({ timeout: 120 }),
      // Only a new machine has the key to exchange: nothing else may run this again.
      update: "true",
      stdin: args.hostKey.privateKeyOpenssh.apply(hostKeyStdin),
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: [args.machine, ...args.via],
      replacementTrigger: args.identity,
      ignoreChanges: ["connection", "create", "stdin"],
      ...(args.anchor === undefined ? {} : { deletedWith: args.anchor }),
    },
  );
}
