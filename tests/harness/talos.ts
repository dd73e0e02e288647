import type { TalosNode, TalosOptions } from "../../lib/talos/options.ts";
import { publicFactory } from "../../lib/talos/schematic.ts";
import type { TalosSecrets } from "../../lib/talos/secrets.ts";
import { talosDefault } from "../../lib/talos/versions.ts";

/** The layout of the reference system `talos-metal`: what tests of Talos machines are made of. */

export const talos: TalosOptions = {
  ...talosDefault,
  cluster: "metal",
  endpoint: "https://10.42.0.100:6443",
  schematic: { extensions: ["siderolabs/iscsi-tools", "siderolabs/util-linux-tools"], kernelArgs: [] },
  factory: publicFactory,
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/12",
  cni: "none",
  kubeProxy: false,
  kubePrismPort: 7445,
  vip: "10.42.0.100",
  certSans: ["api.metal.example.com"],
  externalCloudProvider: false,
  kubeSpan: false,
  metricsFor: ["10.42.0.0/24", "10.244.0.0/16"],
  kubeletArgs: [],
};

export const controlPlane: TalosNode = {
  name: "metal-cp-1",
  role: "control-plane",
  address: "10.42.0.101",
  platform: "metal",
  network: { cidr: "10.42.0.0/24", gateway: "10.42.0.1", nameservers: ["10.42.0.1"], mtu: 1500 },
  addressing: "static",
  link: { mac: "AA:BB:CC:00:11:01" },
  disk: { device: "/dev/nvme0n1" },
  labels: { "example.com/rack": "a" },
  taints: [],
  volumes: [],
  extensionServices: [],
};

export const worker: TalosNode = {
  ...controlPlane,
  name: "metal-worker-1",
  role: "worker",
  address: "10.42.0.111",
  platform: "nocloud",
  addressing: "dhcp",
  link: "only",
  disk: { serial: "S4EVNX0M" },
  labels: {},
  taints: ["app-type=db:NoSchedule", "example.com/slow:PreferNoSchedule"],
  volumes: [{ name: "data", match: 'disk.transport == "nvme" && !system_disk', minSize: "100GiB" }],
  extensionServices: [{ name: "tailscale", environment: { TS_AUTHKEY: "tskey-auth-canary" } }],
};

/** A virtual machine on Proxmox VE, as `talos-proxmox` has them. */
export const virtualMachine: TalosNode = {
  ...worker,
  name: "lab-worker-1",
  address: "10.0.40.71",
  platform: "nocloud",
  network: { cidr: "10.0.40.0/24", gateway: "10.0.40.1", nameservers: ["10.0.40.1"], mtu: 1500 },
  addressing: "static",
  link: { name: "eth0" },
  disk: { device: "/dev/sda" },
  taints: [],
  volumes: [],
  extensionServices: [],
};

/** A server in a private network of Hetzner's. */
export const server: TalosNode = {
  ...virtualMachine,
  name: "cloud-worker-1",
  address: "10.0.2.10",
  platform: "hcloud",
  network: { cidr: "10.0.0.0/16", gateway: "10.0.0.1", nameservers: ["185.12.64.1"], mtu: 1450 },
  addressing: "routed",
};

const authority = (name: string) => ({ crt: `${name}-crt`, key: `${name}-key` });

export const secrets: TalosSecrets = {
  clusterId: "cluster-id",
  clusterSecret: "cluster-secret",
  bootstrapToken: "bootstrap.token",
  machineToken: "machine.token",
  secretboxKey: "secretbox-key",
  talos: authority("talos"),
  etcd: authority("etcd"),
  kubernetes: authority("kubernetes"),
  aggregator: authority("aggregator"),
  serviceAccountKey: "service-account-key",
};
