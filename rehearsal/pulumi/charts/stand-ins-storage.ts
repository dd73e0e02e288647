import type { StandIn } from "./stand-in.ts";
import { expression } from "./template.ts";

const releaseName = expression(".Release.Name");

/** Charts of storage on the nodes' own disks or on a server of the network: see stand-ins.ts. */
export const storageStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "longhorn",
    {
      values: {
        persistence: { defaultClass: true, reclaimPolicy: "Delete" },
        metrics: { serviceMonitor: { enabled: false } },
      },
      workloads: [
        {
          kind: "DaemonSet",
          name: "longhorn-manager",
          image: "docker.io/longhornio/longhorn-manager:v1.12.1",
          serves: ["longhorn-admission-webhook", "longhorn-backend", "longhorn-recovery-backend"],
        },
        {
          kind: "Deployment",
          name: "longhorn-driver-deployer",
          image: "docker.io/longhornio/longhorn-manager:v1.12.1",
        },
        {
          kind: "Deployment",
          name: "longhorn-ui",
          image: "docker.io/longhornio/longhorn-ui:v1.12.1",
          serves: ["longhorn-frontend"],
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["longhorn-prometheus-servicemonitor"],
        when: ".Values.metrics.serviceMonitor.enabled",
      },
    },
  ],
  [
    "rook-ceph",
    {
      definitionsStay: true,
      workloads: [
        { kind: "Deployment", name: "rook-ceph-operator", image: "docker.io/rook/ceph:v1.20.6" },
        { kind: "Deployment", name: "ceph-csi-controller-manager", image: "quay.io/cephcsi/ceph-csi-operator:v1.0.4" },
      ],
    },
  ],
  // Objects alone: extras/.
  ["ceph-csi-drivers", { values: { drivers: { rbd: { name: "rbd.csi.ceph.com" } } }, workloads: [] }],
  ["rook-ceph-cluster", { values: { cephBlockPools: [] }, workloads: [] }],
  [
    "proxmox-csi-plugin",
    {
      values: { storageClass: [], node: { nodeSelector: {} } },
      workloads: [
        {
          kind: "Deployment",
          name: "proxmox-csi-plugin-controller",
          image: "ghcr.io/sergelogvinov/proxmox-csi-controller:v0.19.1",
        },
        {
          kind: "DaemonSet",
          name: "proxmox-csi-plugin-node",
          image: "ghcr.io/sergelogvinov/proxmox-csi-node:v0.19.1",
          nodeSelector: ".Values.node.nodeSelector",
        },
      ],
    },
  ],
  [
    "local-path-provisioner",
    {
      values: { storageClass: { name: "local-path", defaultClass: false, reclaimPolicy: "Delete" } },
      workloads: [
        {
          kind: "Deployment",
          name: "local-path-provisioner",
          image: "docker.io/rancher/local-path-provisioner:v0.0.37",
        },
      ],
    },
  ],
  [
    "nfs-subdir-external-provisioner",
    {
      values: { storageClass: { name: "nfs-client", defaultClass: false, reclaimPolicy: "Delete" } },
      workloads: [
        {
          kind: "Deployment",
          name: "nfs-subdir-external-provisioner",
          image: "registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2",
        },
      ],
    },
  ],
  [
    "democratic-csi",
    {
      values: { csiDriver: { name: "" }, storageClasses: [] },
      workloads: [
        {
          kind: "Deployment",
          name: `${releaseName}-democratic-csi-controller`,
          image: "ghcr.io/democratic-csi/democratic-csi:v1.9.4",
        },
        {
          kind: "DaemonSet",
          name: `${releaseName}-democratic-csi-node`,
          image: "ghcr.io/democratic-csi/democratic-csi:v1.9.4",
          hostNetwork: true,
        },
      ],
    },
  ],
];
