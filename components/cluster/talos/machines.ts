import type * as pulumi from "@pulumi/pulumi";
import type { TalosNode } from "../../../lib/talos/options.ts";

/** A node of a Talos cluster: what its configuration says, and what replaces it. */
export interface ClusterNode extends TalosNode {
  /** `<pool>-<n>`: names the resources. */
  readonly id: string;
  readonly pool: string;
  /** A higher one replaces the node. */
  readonly generation: number;
}

/** A machine that runs Talos in maintenance mode and answers its API at the node's address. It has no SSH. */
export interface TalosMachine {
  /** Changes when the machine is another one. */
  readonly id: pulumi.Input<string>;
  /** What to depend on before it is given its configuration. */
  readonly ready: readonly pulumi.Resource[];
  /** The machine outlives the node: it is wiped when the node goes. A server or VM goes itself. */
  readonly kept: boolean;
}

export interface TalosMachineRequest {
  readonly node: ClusterNode;
  /** Resources that must be there first: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
  readonly parent: pulumi.Resource;
}

/** One kind of machine. */
export interface TalosMachineFactory {
  create(request: TalosMachineRequest): TalosMachine;
}

/** Machines that exist, and that somebody has booted from an image of Talos. */
export const metal: TalosMachineFactory = {
  create: ({ node, after }) => ({ id: String(node.generation), ready: after, kept: true }),
};
