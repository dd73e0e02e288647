import type { Oidc } from "../oidc.ts";
import type { Platform, Schematic } from "./schematic.ts";

/** What all machines of one Talos cluster agree on. */
export interface TalosOptions {
  /** `v1.13.9` */
  readonly version: string;
  /** `v1.36.3` */
  readonly kubernetes: string;
  readonly cluster: string;
  /** `https://host:port` of the API server. */
  readonly endpoint: string;
  readonly schematic: Schematic;
  /** Host of the Image Factory that installers come from. */
  readonly factory: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** `none`: nodes are Ready once a release brings a network. */
  readonly cni: "none" | "flannel";
  readonly kubeProxy: boolean;
  /** Local port at which every node finds the API servers, whatever becomes of the endpoint. */
  readonly kubePrismPort: number;
  /** A virtual address that control planes hold in turn. */
  readonly vip?: string;
  /** More names and addresses of both APIs. */
  readonly certSans: readonly string[];
  readonly externalCloudProvider: boolean;
  /** WireGuard between all nodes. */
  readonly kubeSpan: boolean;
  /**
   * IPv4 ranges that the metrics of the control plane's parts, of etcd and of kube-proxy are shown to; empty: to nobody
   * outside their machine. etcd's have neither TLS nor authentication.
   */
  readonly metricsFor: readonly string[];
  /** `name=value` */
  readonly kubeletArgs: readonly string[];
  readonly oidc?: Oidc;
}

/** How the disk that Talos is installed on is known: by its path, or by what it says of itself. */
export type InstallDisk =
  | { readonly device: string }
  | { readonly serial: string }
  | { readonly wwid: string }
  | { readonly model: string };

/** How the network interface is known. `only`: the machine has a single physical one. */
export type Link = { readonly name: string } | { readonly mac: string } | "only";

export interface TalosNode {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  /** IPv4 in its network. */
  readonly address: string;
  /** Its name in the tailnet; absent: it joins none. */
  readonly tailnetName?: string;
  readonly platform: Platform;
  readonly network: {
    readonly cidr: string;
    readonly gateway?: string;
    readonly nameservers: readonly string[];
    /** Bytes. */
    readonly mtu: number;
  };
  /**
   * `static`: the configuration sets the address. `dhcp`: the network hands it out, or the platform does. `routed`: it
   * hands out the address alone, as Hetzner's does; way out and MTU are the configuration's.
   */
  readonly addressing: "static" | "dhcp" | "routed";
  readonly link: Link;
  readonly disk: InstallDisk;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect` */
  readonly taints: readonly string[];
  /** Partitions of further disks, each formatted and mounted at /var/mnt/<name>. */
  readonly volumes: readonly {
    readonly name: string;
    /** CEL over `disk`, such as `disk.transport == "nvme" && !system_disk`. */
    readonly match: string;
    readonly minSize: string;
    readonly maxSize?: string;
  }[];
  /** Services of system extensions, such as `tailscale`. Their variables may be secrets. */
  readonly extensionServices: readonly {
    readonly name: string;
    readonly environment: Readonly<Record<string, string>>;
  }[];
}

/** A node of a Talos cluster: what its configuration says, and what replaces it. */
export interface ClusterNode extends TalosNode {
  /** `<pool>-<n>`: names the resources. */
  readonly id: string;
  readonly pool: string;
  /** A higher one replaces the node. */
  readonly generation: number;
  /** What a restart of the machine in place comes with: its cores and memory, or its type. */
  readonly size: string;
}
