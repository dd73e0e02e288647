import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Pool, sshUser } from "../../../config/pools.ts";
import type { StageOf } from "../../../config/stage.ts";
import { asRoot } from "../../../lib/bootstrap/as-root.ts";
import { dockerHostDocument } from "../../../lib/bootstrap/docker-host.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { bootWaitStep } from "../../../lib/k3s/steps.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import { k3dRelease } from "../../../lib/versions.ts";
import type { BootSecrets, Machine, MachineFactory } from "../../machines/machine.ts";
import { hostNetwork, tailscaleOf } from "../surroundings.ts";

export interface DockerHostArgs {
  readonly stage: StageOf<"k3d">;
  readonly host: PlannedMachine<Pool>;
  readonly machines: MachineFactory;
  /** Whose disappearance spares the machine's commands their own deletion. */
  readonly anchor: pulumi.Resource;
}

/** Seconds. Packages over a slow line. */
const bootTimeout = 900;

/** A machine of the stage with Docker and k3d on it. */
export class DockerHost extends pulumi.ComponentResource {
  readonly machine: Machine;
  /** Docker answers, and k3d is there. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: DockerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:k3d:DockerHost", name, {}, opts);
    const { stage, host, machines, anchor } = args;
    this.machine = machines.create({
      node: host,
      document: pulumi.output((secrets: BootSecrets) => documentOf(stage, host, secrets)),
      after: [],
      anchor,
      parent: this,
    });
    this.ready = new command.remote.Command(
      `${name}-boot`,
      {
        connection: this.machine.connection,
        create: asRoot(sshUser(host), bootWaitStep({ timeout: bootTimeout })),
        logging: "stderr",
        addPreviousOutputInEnv: false,
        triggers: [this.machine.id],
      },
      { parent: this, dependsOn: [this.machine.ready], ignoreChanges: ["create"], deletedWith: anchor },
    );
    this.registerOutputs({ address: host.address });
  }
}

function documentOf(stage: StageOf<"k3d">, host: PlannedMachine<Pool>, secrets: BootSecrets): Document {
  const network = stage.networks[host.network];
  if (network === undefined)
    throw new Error(`${host.name} is in network ${host.network}, which the stage does not have`);
  // The API and SSH are at its private address: with access over the tailnet it leads there.
  const tailscale = tailscaleOf(stage, host.hostname, host.network, true, secrets.tailnetKey);
  return dockerHostDocument({
    name: host.hostname,
    address: host.address,
    k3d: k3dRelease,
    network: hostNetwork(network),
    ...("os" in host.pool ? { existing: { os: host.pool.os }, packages: host.pool.packages } : {}),
    ...(secrets.temporaryHostKey === undefined ? {} : { temporaryHostKey: secrets.temporaryHostKey }),
    authorizedKeys: secrets.authorizedKeys,
    ...(tailscale === undefined ? {} : { tailscale }),
  });
}
