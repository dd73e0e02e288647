import type * as pulumi from "@pulumi/pulumi";
import type { ClusterNode } from "../../../lib/talos/options.ts";
import type { BlankMachine } from "../../machines/machine.ts";

export interface TalosMachineRequest {
  readonly node: ClusterNode;
  /** Resources that must be there first: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  readonly parent: pulumi.Resource;
}

/** One kind of machine: it runs Talos in maintenance mode and answers its API at the node's address. It has no SSH. */
export interface TalosMachineFactory {
  create(request: TalosMachineRequest): BlankMachine;
}

/** Machines that exist, and that somebody has booted from an image of Talos. */
export const metal: TalosMachineFactory = {
  create: ({ node, after }) => ({ id: String(node.generation), ready: after, kept: true }),
};
