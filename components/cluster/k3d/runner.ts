import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { sshUser } from "../../../config/pools.ts";
import { asRoot } from "../../../lib/bootstrap/as-root.ts";
import type { Machine } from "../../machines/machine.ts";

/** A step of k3d's, wherever Docker is. */
export interface StepArgs {
  readonly create: string;
  /** What undoes it; absent: nothing to undo. */
  readonly delete?: string;
  readonly stdin?: pulumi.Output<string>;
  readonly logging: "stderr" | "none";
  /** Changed ones replace the command. */
  readonly triggers?: readonly pulumi.Input<unknown>[];
}

/** Where k3d's steps run: the one thing that a cluster on a Docker host has of its own. */
export interface Runner {
  /** The machine outlives the cluster, which is taken off it. A server or VM goes itself, and the cluster with it. */
  readonly kept: boolean;
  run(name: string, args: StepArgs, opts: pulumi.CustomResourceOptions): command.local.Command | command.remote.Command;
}

const common = ({ triggers, ...step }: StepArgs) => ({
  ...step,
  addPreviousOutputInEnv: false,
  ...(triggers === undefined ? {} : { triggers: [...triggers] }),
});

/** On the machine that runs the program. */
export const here: Runner = {
  kept: true,
  run: (name, args, opts) => new command.local.Command(name, common(args), opts),
};

/** Over SSH, on a machine that has Docker and k3d once `ready` is there. */
export const on = (machine: Machine, ready: pulumi.Resource): Runner => ({
  kept: machine.kept ?? false,
  run: (name, { triggers = [], ...step }, opts) =>
    new command.remote.Command(
      name,
      {
        ...common({ ...step, triggers: [machine.id, ...triggers] }),
        create: asRoot(sshUser(machine.node), step.create),
        ...(step.delete === undefined ? {} : { delete: asRoot(sshUser(machine.node), step.delete) }),
        connection: machine.connection,
      },
      pulumi.mergeOptions(opts, { dependsOn: [ready] }),
    ),
});
