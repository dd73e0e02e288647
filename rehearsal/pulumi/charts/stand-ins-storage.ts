import type { StandIn } from "./stand-in.ts";
import { expression } from "./template.ts";

const releaseName = expression(".Release.Name");

/** Charts of storage on the nodes' own disks or on a server of the network: see stand-ins.ts. */
export const storageStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "longhorn",
    {
      values: { metrics: { serviceMonitor: { enabled: false } } },
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
    "nfs-subdir-external-provisioner",
    {
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
