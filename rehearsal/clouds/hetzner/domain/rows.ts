import type { Labels } from "../../shared/labels.ts";

// What the cloud keeps of each thing. What the API shows beside it is worked out when it is asked for.

export type Algorithm = "round_robin" | "least_connections";

export type IpType = "ipv4" | "ipv6";

export type TargetRow =
  | { readonly type: "server"; readonly server: { readonly id: number }; readonly use_private_ip: boolean }
  | {
      readonly type: "label_selector";
      readonly label_selector: { readonly selector: string };
      readonly use_private_ip: boolean;
    }
  | { readonly type: "ip"; readonly ip: { readonly ip: string }; readonly use_private_ip: false };

export interface Subnet {
  readonly type: "cloud" | "server" | "vswitch";
  readonly ip_range: string;
  readonly network_zone: string;
  readonly gateway: string;
  readonly vswitch_id: number | null;
}

export interface Route {
  readonly destination: string;
  readonly gateway: string;
}

export interface NetworkRow {
  readonly id: number;
  name: string;
  readonly created: string;
  ip_range: string;
  subnets: Subnet[];
  routes: Route[];
  labels: Labels;
  expose_routes_to_vswitch: boolean;
  protection: { delete: boolean };
}

export interface PrivateNet {
  readonly network: number;
  readonly ip: string;
  alias_ips: string[];
  readonly mac_address: string;
}

export interface ServerRow {
  readonly id: number;
  name: string;
  readonly created: string;
  status: "running" | "off";
  server_type: string;
  readonly location: string;
  image: number;
  labels: Labels;
  protection: { delete: boolean; rebuild: boolean };
  placement_group: number | null;
  private_net: PrivateNet[];
  /** GB; a rescale that keeps the disk leaves it smaller than the type's. */
  primary_disk_size: number;
  backup_window: string | null;
  readonly user_data: string;
  readonly ssh_keys: readonly number[];
}

/** A rule as the API returns it. */
export interface Rule {
  readonly direction: "in" | "out";
  readonly protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
  readonly port: string | null;
  readonly source_ips: readonly string[];
  readonly destination_ips: readonly string[];
  readonly description: string | null;
}

export type AppliedTo =
  | { readonly type: "server"; readonly server: { readonly id: number } }
  | { readonly type: "label_selector"; readonly label_selector: { readonly selector: string } };

export interface FirewallRow {
  readonly id: number;
  name: string;
  readonly created: string;
  labels: Labels;
  rules: Rule[];
  applied_to: AppliedTo[];
}

/** A service as the API returns it. */
export interface Service {
  readonly protocol: "tcp" | "http" | "https";
  readonly listen_port: number;
  readonly destination_port: number;
  readonly proxyprotocol: boolean;
  readonly http: {
    readonly cookie_name: string;
    readonly cookie_lifetime: number;
    readonly certificates: readonly number[];
    readonly redirect_http: boolean;
    readonly sticky_sessions: boolean;
    readonly timeout_idle: number;
  } | null;
  readonly health_check: {
    readonly protocol: "tcp" | "http";
    readonly port: number;
    readonly interval: number;
    readonly timeout: number;
    readonly retries: number;
    readonly http: {
      readonly domain: string | null;
      readonly path: string;
      readonly response: string;
      readonly status_codes: readonly string[];
      readonly tls: boolean;
    } | null;
  };
}

export interface LoadBalancerRow {
  readonly id: number;
  name: string;
  readonly created: string;
  load_balancer_type: string;
  readonly location: string;
  algorithm: Algorithm;
  labels: Labels;
  protection: { delete: boolean };
  public_interface: boolean;
  readonly ipv4: string;
  readonly ipv6: string;
  private_net: { readonly network: number; readonly ip: string }[];
  services: Service[];
  targets: TargetRow[];
}

export interface PlacementGroupRow {
  readonly id: number;
  name: string;
  readonly created: string;
  labels: Labels;
  readonly type: "spread";
}

export interface PrimaryIpRow {
  readonly id: number;
  name: string;
  readonly created: string;
  readonly type: IpType;
  /** An address, or a network of 64 bits. */
  readonly ip: string;
  readonly location: string;
  assignee_id: number | null;
  readonly assignee_type: "server";
  auto_delete: boolean;
  labels: Labels;
  protection: { delete: boolean };
}

export interface VolumeRow {
  readonly id: number;
  name: string;
  readonly created: string;
  /** GB */
  size: number;
  server: number | null;
  readonly location: string;
  readonly format: string | null;
  labels: Labels;
  protection: { delete: boolean };
}

/** An SSH key as the API returns it. */
export interface SshKeyRow {
  readonly id: number;
  name: string;
  readonly created: string;
  /** MD5, in pairs of hex digits. */
  readonly fingerprint: string;
  readonly public_key: string;
  labels: Labels;
}

export interface CertificateRow {
  readonly id: number;
  name: string;
  readonly created: string;
  readonly type: "uploaded" | "managed";
  readonly certificate: string | null;
  /** SHA-256, in pairs of hex digits. */
  readonly fingerprint: string | null;
  readonly domain_names: readonly string[];
  readonly not_valid_before: string | null;
  readonly not_valid_after: string | null;
  readonly status: { readonly issuance: "completed"; readonly renewal: "scheduled"; readonly error: null } | null;
  labels: Labels;
}
