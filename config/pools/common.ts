import { z } from "zod";
import { address, label, labelKey, labelValue, taint } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";

/** What a pool says whatever its machines are. */
export const commonPool = {
  role: z.enum(["control-plane", "worker", "docker-host"]).meta({
    description:
      "Control planes hold the cluster's etcd; workers join them. A `docker-host` is no node: it runs the Docker that k3d makes its nodes in.",
  }),
  count: z
    .int()
    .min(1, { error: ({ input }) => `a pool of ${shown(input)} nodes → use at least 1, or remove the pool` })
    .max(1000)
    .meta({ description: "How many nodes. Control planes: an odd number over all pools." }),
  skip: z
    .array(z.int().min(1))
    .default([])
    .meta({ description: "Numbers that no node has: how one node is removed without renaming the rest." }),
  generation: z
    .int()
    .min(1)
    .default(1)
    .meta({ description: "Raise it to replace the pool's nodes, one control plane at a time." }),
  network: label.default("main").meta({ description: "The network (`groundwork:networks`) that the nodes are in." }),
  firstAddress: address.meta({ description: "Address of node 1; node n has the n-th from there." }),
  labels: z.record(labelKey, labelValue).default({}).meta({ description: "Labels of the Kubernetes nodes." }),
  taints: z.array(taint).default([]).meta({ description: "Taints of the Kubernetes nodes: key=value:Effect." }),
};

const disk = z.string().regex(/^\/dev\/[A-Za-z0-9/_.:-]+$/, {
  error: ({ input }) =>
    `${shown(input)} is no disk → write its path, such as /dev/nvme0n1 or one below /dev/disk/by-id`,
});

/** Of machines that are there already: what Ceph may take. */
export const emptyDisks = z.array(disk).meta({
  description: "Paths of disks that hold nothing, for Ceph alone (rook-ceph-cluster), which takes them whole.",
});

/** What one node may have of its own, whatever it runs on. */
export const nodeOverride = {
  generation: z.int().min(1).optional().meta({ description: "Raise it to replace this node alone." }),
  labels: z
    .record(labelKey, labelValue)
    .default({})
    .meta({ description: "Labels of this node alone, laid over the pool's." }),
};

/** Single nodes by number: `fields` are those that this kind of machine has. */
export const nodeOverrides = <Fields extends z.ZodRawShape>(fields: Fields) =>
  z
    .record(
      z.string().regex(/^[1-9]\d*$/, {
        error: ({ input }) => `${shown(input)} is no node number → use the n of <pool>-<n>`,
      }),
      z.strictObject({ ...nodeOverride, ...fields }),
    )
    .default({})
    .meta({ description: "What single nodes have of their own, by number." });
