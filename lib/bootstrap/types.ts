/** What a machine is told about itself and its surroundings. Plain values: nothing here knows Pulumi. */

export type Role = "control-plane" | "worker";

/** What runs on a host: Debian or Ubuntu, which machines that are made have too, or another. */
export type HostSystem = "debian" | "arch" | "nixos";

export interface Node {
  /** Name of the cluster: the prefix of server names, and what a node belongs to. */
  readonly cluster: string;
  /** `<cluster>-<pool>-<n>`: hostname and Kubernetes node name. */
  readonly name: string;
  readonly role: Role;
  /** Private IPv4 address, which finds the interface. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`. */
  readonly taints: readonly string[];
}

export interface Network {
  /** The whole private range, e.g. `10.0.0.0/16`. */
  readonly cidr: string;
  /** The network's router; on Hetzner the first address of the range. Used when `egress` is `gateway`. */
  readonly gateway: string;
  /** Bytes; 1450 on Hetzner. */
  readonly mtu: number;
  /** At most three: a resolver reads no more. Empty leaves the machine's own. */
  readonly nameservers: readonly string[];
  /** `gateway`: the default route is set to `gateway`. `public`: the machine has a way out of its own. */
  readonly egress: "gateway" | "public";
}

export interface Tailscale {
  /** Lives in user data until the machine has joined: one use, short expiry. */
  readonly authKey: string;
  readonly hostname: string;
  /** `tag:name`, at least one: a key that was made by an OAuth client gives tagged devices only. */
  readonly tags: readonly string[];
  /** Networks that this machine offers to the tailnet, in CIDR notation. */
  readonly advertiseRoutes: readonly string[];
  /** Package repository; default `https://pkgs.tailscale.com/stable`. */
  readonly repository?: string;
}

/** An ECDSA key pair: the private half as PEM or in OpenSSH's format, `ecdsa-sha2-nistp256 AAAA…` being the public one. */
export interface HostKey {
  readonly private: string;
  readonly public: string;
}

/** A file on the machine. */
export interface DocumentFile {
  /** Absolute. */
  readonly path: string;
  /** Four octal digits, e.g. `0644`. */
  readonly mode: string;
  /** `user:group`; default `root:root`. */
  readonly owner?: string;
  readonly content: string;
  /** Never printed, never in the text of a script. */
  readonly secret?: boolean;
}

/** A step of the setup. Its script may run any number of times: it looks before it changes something. */
export interface DocumentCommand {
  /** Named when it fails. */
  readonly name: string;
  /** POSIX shell, run with `-eu` and without standard input. */
  readonly script: string;
}

/** What a machine is, whether it is made with it (cloud-init) or exists and is brought to it (script). */
export interface Document {
  readonly hostname: string;
  /** Of root. */
  readonly authorizedKeys: readonly string[];
  /** Replaced by a permanent one in the first step over SSH, since user data can be read on the machine. */
  readonly temporaryHostKey?: HostKey;
  readonly files: readonly DocumentFile[];
  /** In order. */
  readonly commands: readonly DocumentCommand[];
  /** Distribution packages that the commands need. */
  readonly packages: readonly string[];
}
