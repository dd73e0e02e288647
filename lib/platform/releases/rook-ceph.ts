import { z } from "zod";
import { label } from "../../primitives.ts";
import { chartKinds } from "../facts.ts";
import { monitored } from "../monitoring.ts";
import {
  type Capability,
  commonOptions,
  defineRelease,
  type PlannedManifest,
  type PlatformContext,
} from "../release.ts";
import { defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const repository = "https://charts.rook.io/release";
// The operator's, the drivers' and the cluster's: what one makes is looked for by the next.
const namespace = "rook-ceph";
const rbdDriver = `${namespace}.rbd.csi.ceph.com`;

/** The operator runs what it makes with the host's devices and directories. */
const podSecurity = "privileged";

const operatorChart = {
  chart: "rook-ceph",
  repository,
  // renovate: datasource=helm depName=rook-ceph registryUrl=https://charts.rook.io/release
  version: "v1.20.6",
};

/** Chart facts: github.com/rook/rook, deploy/charts/rook-ceph. */
export const rookCeph = defineRelease({
  name: "rook-ceph",
  description: "Operator of Ceph clusters and of their drivers; rook-ceph-cluster is the cluster.",
  chart: operatorChart,
  namespace,
  podSecurity,
  options: z.strictObject(commonOptions),
  provides: () => chartKinds(operatorChart.chart),
  // What it makes, it makes while it runs: monitors for a cluster's metrics with this switch.
  values: (_, context) => ({ monitoring: { enabled: monitored(context) } }),
});

/**
 * Since Rook 1.20 the drivers are a chart of their own. Source of the values that differ from its defaults: Rook's for it,
 * github.com/rook/rook, deploy/charts/ceph-csi-drivers/values.yaml.
 */
export const cephCsiDrivers = defineRelease({
  name: "ceph-csi-drivers",
  description: "Driver that gives pods the volumes of rook-ceph-cluster.",
  chart: {
    chart: "ceph-csi-drivers",
    repository: "https://ceph.github.io/ceph-csi-operator",
    // renovate: datasource=helm depName=ceph-csi-drivers registryUrl=https://ceph.github.io/ceph-csi-operator
    version: "1.0.4",
  },
  namespace,
  podSecurity,
  options: z.strictObject(commonOptions),
  requires: ["rook-ceph"],
  provides: () => [rbdDriverMade],
  needs: () => ["crd:csi.ceph.io/Driver", "crd:csi.ceph.io/OperatorConfig"],
  values: () => ({
    operatorConfig: {
      namespace,
      driverSpecDefaults: {
        // Made by the operator, with the images that its release was tested with.
        imageSet: { name: "rook-csi-operator-image-set-configmap" },
        nodePlugin: { priorityClassName: "system-node-critical" },
      },
    },
    drivers: {
      rbd: { enabled: true, name: rbdDriver },
      cephfs: { enabled: false },
      nfs: { enabled: false },
      nvmeof: { enabled: false },
    },
  }),
});

const rbdDriverMade: Capability = `object:driver/${namespace}/${rbdDriver}`;

const clusterOptions = z.strictObject({
  ...commonOptions,
  class: label.default("ceph-block").meta({ description: "Name of the storage class." }),
  default: defaultClass(true),
  replicas: z.int().min(1).max(10).default(3).meta({ description: "Copies of each block, on nodes of their own." }),
  reclaimPolicy,
  toolbox: z.boolean().default(false).meta({ description: "A pod with Ceph's own commands." }),
});
type ClusterOptions = z.output<typeof clusterOptions>;

/** Chart facts: github.com/rook/rook, deploy/charts/rook-ceph-cluster; the cluster: rook.io/docs, "CephCluster CRD". */
export const rookCephCluster = defineRelease({
  name: "rook-ceph-cluster",
  description:
    "A Ceph cluster on the disks that pools name as `disks`: replicated block volumes, class `ceph-block`. Each disk is taken whole.",
  chart: {
    chart: "rook-ceph-cluster",
    repository,
    // renovate: datasource=helm depName=rook-ceph-cluster registryUrl=https://charts.rook.io/release
    version: "v1.20.6",
  },
  namespace,
  podSecurity,
  options: clusterOptions,
  requires: ["rook-ceph", "ceph-csi-drivers"],
  needs: (_, context) => [
    "crd:ceph.rook.io/CephCluster",
    "crd:ceph.rook.io/CephBlockPool",
    ...(monitored(context) ? (["crd:monitoring.coreos.com/PrometheusRule"] as const) : []),
  ],
  nodeNeeds: () => ["rbd"],
  values: (chosen, context) => ({
    operatorNamespace: namespace,
    toolbox: { enabled: chosen.toolbox },
    monitoring: { enabled: monitored(context), createPrometheusRules: monitored(context) },
    cephClusterSpec: {
      mon: daemons(context, 3),
      mgr: daemons(context, 2),
      storage: {
        // A disk that nobody has named is never taken.
        useAllNodes: false,
        useAllDevices: false,
        nodes: storageNodes(context).map(({ name, disks = [] }) => ({
          name,
          devices: disks.map((path) => ({ name: path })),
        })),
      },
    },
    cephBlockPools: [blockPool(chosen)],
    cephFileSystems: [],
    cephObjectStores: [],
  }),
  manifests: (chosen) => [firstVolume(chosen)],
  faults: ({ replicas }, context) => {
    const nodes = storageNodes(context);
    if (nodes.length === 0) {
      return [
        {
          path: [],
          message: "no node has a disk for it",
          remedy: "name disks that hold nothing in groundwork:pools.<name>.disks",
        },
      ];
    }
    return replicas <= nodes.length
      ? []
      : [
          {
            path: ["replicas"],
            message: `${replicas} copies on nodes of their own, and ${nodes.length} ${nodes.length === 1 ? "node has disks" : "nodes have disks"} for it`,
            remedy: `lower replicas to ${nodes.length}, or name disks of more nodes in groundwork:pools.<name>.disks`,
          },
        ];
  },
});

const allNodes = ({ controlPlanes, workers }: PlatformContext) => [...controlPlanes, ...workers];

const storageNodes = (context: PlatformContext) => allNodes(context).filter(({ disks = [] }) => disks.length > 0);

/** Each on a node of its own; monitors vote, and two of them are no better than one. */
function daemons(context: PlatformContext, wanted: number) {
  return { count: allNodes(context).length < wanted ? 1 : wanted, allowMultiplePerNode: false };
}

/** Helm does not merge lists: what the chart's own entry says has to be said again. */
function blockPool({ class: name, default: standard, replicas, reclaimPolicy: policy }: ClusterOptions) {
  const secret = (role: string, of: string) => ({
    [`csi.storage.k8s.io/${role}-secret-name`]: `rook-csi-rbd-${of}`,
    [`csi.storage.k8s.io/${role}-secret-namespace`]: namespace,
  });
  return {
    name: "ceph-blockpool",
    spec: {
      failureDomain: "host",
      // Ceph refuses a single copy unless it is told that it is meant.
      replicated: { size: replicas, ...(replicas === 1 ? { requireSafeReplicaSize: false } : {}) },
    },
    storageClass: {
      enabled: true,
      name,
      isDefault: standard,
      reclaimPolicy: policy,
      allowVolumeExpansion: true,
      volumeBindingMode: "Immediate",
      parameters: {
        imageFormat: "2",
        imageFeatures: "layering",
        ...secret("provisioner", "provisioner"),
        ...secret("controller-expand", "provisioner"),
        ...secret("controller-publish", "provisioner"),
        ...secret("node-stage", "node"),
        "csi.storage.k8s.io/fstype": "ext4",
      },
    },
  };
}

/**
 * Helm waits for none of what the operator makes of a cluster: monitors, disks and drivers take minutes more, and whoever
 * claims a volume meanwhile waits in vain. A claim that is bound proves them all, so the class counts as there only then.
 */
function firstVolume({ class: name, default: standard }: ClusterOptions): PlannedManifest {
  return {
    manifest: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: "first-volume",
        namespace,
        // Seconds. Images are pulled, and every disk is prepared.
        annotations: { "pulumi.com/timeoutSeconds": "1800" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: name,
        // It holds nothing, and takes no room on the disks.
        resources: { requests: { storage: "1Gi" } },
      },
    },
    provides: storageClass(name, standard),
    needs: [rbdDriverMade],
  };
}
