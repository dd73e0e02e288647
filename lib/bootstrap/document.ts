import { k3sConfigFiles, type Membership } from "../k3s/config.ts";
import type { K3sOptions } from "../k3s/options.ts";
import { asset } from "./assets.ts";
import { nixosFiles } from "./nixos.ts";
import { shellAssignments } from "./shell.ts";
import type {
  Document,
  DocumentCommand,
  DocumentFile,
  HostKey,
  HostSystem,
  Network,
  Node,
  Tailscale,
} from "./types.ts";

export const libraryPath = "/usr/local/lib/groundwork";
const githubReleases = "https://github.com/k3s-io/k3s/releases/download";
const tailscalePackages = "https://pkgs.tailscale.com/stable";

export interface CommonArgs {
  readonly network: Network;
  readonly tailscale?: Tailscale;
  readonly temporaryHostKey?: HostKey;
  /** Public keys that may log in as root. */
  readonly authorizedKeys: readonly string[];
  /** More packages, by their name in the distribution. */
  readonly packages?: readonly string[];
  /** Present for a host that exists: it keeps its name, its network, its users and its SSH daemon. */
  readonly existing?: { readonly os: HostSystem };
}

/** What the platform's releases expect of a node beside its packages. */
export interface Provision {
  /** Kernel modules. */
  readonly modules: readonly string[];
  /** systemd units that have to run. */
  readonly enabled: readonly string[];
  /** systemd units that must not run. */
  readonly masked: readonly string[];
  /** What groundwork.nix turns on instead, by the names that it has for it. */
  readonly nixos: readonly string[];
}

export interface NodeDocumentArgs extends CommonArgs {
  readonly node: Node;
  readonly provision?: Provision;
  readonly k3s: K3sOptions;
  /**
   * The node may start the cluster when no other server answers: true only for the first control plane of a cluster
   * that has never existed. Any other node, and this one later on, can only join.
   */
  readonly mayInitialise: boolean;
}

/** A k3s node, set up to the point where only its token is missing. k3s is installed and not started. */
export function nodeDocument(args: NodeDocumentArgs): Document {
  const { node, k3s } = args;
  const server = node.role === "control-plane";
  if (args.mayInitialise && !server) {
    throw new Error(
      `${node.name} is a worker and cannot start a cluster → only a control plane may have mayInitialise`,
    );
  }
  if (k3s.transport === "tailnet" && args.tailscale === undefined) {
    throw new Error(
      `${node.name} talks to its peers over the tailnet but does not join one → give it tailscale, or use transport "private"`,
    );
  }
  const membership: Membership = args.mayInitialise ? { kind: "init" } : { kind: "join", server: k3s.endpoint };
  const unit = server ? "k3s" : "k3s-agent";
  return {
    hostname: node.name,
    authorizedKeys: args.authorizedKeys,
    ...(args.temporaryHostKey ? { temporaryHostKey: args.temporaryHostKey } : {}),
    packages: packagesOf(args),
    files: [
      environment(node.name, node.address, args, {
        GW_TRANSPORT: k3s.transport,
        GW_FLANNEL: k3s.flannelBackend,
        GW_K3S_UNIT: unit,
        GW_K3S_VERSION: k3s.version,
        // The plus sign of a k3s version means a space in a URL.
        GW_K3S_URL: `${(k3s.mirror ?? githubReleases).replace(/\/+$/, "")}/${encodeURIComponent(k3s.version)}`,
        GW_K3S_SHA256_AMD64: k3s.sha256.amd64,
        GW_K3S_SHA256_ARM64: k3s.sha256.arm64,
      }),
      ...systemFiles(args.existing?.os),
      ...provisionFiles(args),
      ...scripts("k3s-install.sh", "k3s-address.sh"),
      ...unitFiles(args, unit),
      ...k3sConfigFiles({ node, k3s, membership }),
      ...(args.mayInitialise
        ? [
            {
              path: "/etc/groundwork/init",
              mode: "0644",
              content: `${node.name} may start the cluster ${node.cluster}.\n`,
            },
          ]
        : []),
      ...tailscaleFiles(args.tailscale),
    ],
    commands: [
      ...systemCommands(args),
      ...(isEmpty(args.provision) || args.existing?.os === "nixos"
        ? []
        : [{ name: "provision", script: run("provision.sh") }]),
      ...tailscaleCommands(args.tailscale),
      { name: "k3s", script: run("k3s-install.sh") },
      ...(keepsUpdates(args.existing?.os) ? [] : [{ name: "updates-on", script: run("updates.sh release") }]),
    ],
  };
}

/** What makes a machine fit for containers. */
export function systemFiles(os: HostSystem | undefined): readonly DocumentFile[] {
  switch (os) {
    case undefined:
      return hostFiles();
    case "debian":
    case "arch":
      return [
        ...scripts("lib.sh", "lan.sh", "packages.sh", "host.sh", ...(keepsUpdates(os) ? [] : ["updates.sh"])),
        ...kernelFiles(),
      ];
    case "nixos":
      return scripts("lib.sh", "lan.sh", "nixos.sh");
    default:
      return os satisfies never;
  }
}

/** k3s's unit; on NixOS a module that holds it. */
function unitFiles(
  { node, k3s, existing, network, tailscale, packages, provision }: NodeDocumentArgs,
  unit: string,
): readonly DocumentFile[] {
  if (existing === undefined) return [unitFile(`${unit}.service`)];
  if (existing.os === "nixos")
    return nixosFiles({
      name: node.name,
      unit,
      trusted: [network.cidr, k3s.podCidr],
      tailnet: tailscale !== undefined,
      packages: packages ?? [],
      modules: provision?.modules ?? [],
      needs: provision?.nixos ?? [],
    });
  // No cloud's metadata service answers here, and the guard against it is not there.
  const guarded = unitFile(`${unit}.service`);
  return [{ ...guarded, content: guarded.content.replace(/^Requires=.*\n/m, "") }];
}

export function systemCommands(args: CommonArgs): readonly DocumentCommand[] {
  const os = args.existing?.os;
  switch (os) {
    case undefined:
      return hostCommands(args);
    case "debian":
    case "arch":
      return [
        { name: "network", script: run("lan.sh") },
        ...(keepsUpdates(os) ? [] : [{ name: "updates-off", script: run("updates.sh hold") }]),
        { name: "packages", script: run(`packages.sh ${packagesOf(args).join(" ")}`) },
        { name: "host", script: run("host.sh") },
      ];
    case "nixos":
      return [
        { name: "network", script: run("lan.sh") },
        { name: "nixos", script: run("nixos.sh") },
      ];
    default:
      return os satisfies never;
  }
}

/** Arch and NixOS update when somebody says so. */
export const keepsUpdates = (os: HostSystem | undefined): boolean => os === "arch" || os === "nixos";

export interface GatewayDocumentArgs extends CommonArgs {
  readonly name: string;
  /** Private IPv4 address. */
  readonly address: string;
}

/** The NAT gateway of a private network and its SSH jump host: the one machine with a public address. */
export function gatewayDocument(args: GatewayDocumentArgs): Document {
  return {
    hostname: args.name,
    authorizedKeys: args.authorizedKeys,
    ...(args.temporaryHostKey ? { temporaryHostKey: args.temporaryHostKey } : {}),
    packages: packagesOf(args),
    files: [
      environment(args.name, args.address, { ...args, network: { ...args.network, egress: "public" } }, {}),
      ...hostFiles(),
      ...scripts("gateway.sh"),
      unitFile("groundwork-gateway.service"),
      ...tailscaleFiles(args.tailscale),
    ],
    commands: [
      ...hostCommands(args),
      { name: "gateway", script: enable("groundwork-gateway.service") },
      ...tailscaleCommands(args.tailscale),
      { name: "updates-on", script: run("updates.sh release") },
    ],
  };
}

/** What the scripts on the machine read: the only data that they depend on. */
export function environment(
  name: string,
  address: string,
  args: CommonArgs,
  more: Readonly<Record<string, string>>,
): DocumentFile {
  const { network, tailscale } = args;
  if (network.nameservers.length > 3) {
    throw new Error(
      `${name} has ${network.nameservers.length} nameservers (${network.nameservers.join(", ")}), and a resolver reads three → remove all but three`,
    );
  }
  return {
    path: "/etc/groundwork/node.env",
    mode: "0644",
    content: shellAssignments({
      GW_NAME: name,
      GW_ADDRESS: address,
      GW_CIDR: network.cidr,
      GW_GATEWAY: network.gateway,
      GW_MTU: String(network.mtu),
      GW_NAMESERVERS: network.nameservers.join(" "),
      GW_EGRESS: network.egress,
      ...more,
      ...(tailscale
        ? {
            GW_TAILSCALE_REPOSITORY: (tailscale.repository ?? tailscalePackages).replace(/\/+$/, ""),
            GW_TAILSCALE_HOSTNAME: tailscale.hostname,
            GW_TAILSCALE_TAGS: tailscale.tags.join(","),
            GW_TAILSCALE_ROUTES: tailscale.advertiseRoutes.join(","),
          }
        : {}),
    }),
  };
}

function hostFiles(): readonly DocumentFile[] {
  return [
    ...scripts("lib.sh", "network.sh", "updates.sh", "packages.sh", "host.sh"),
    unitFile("groundwork-network.service"),
    unitFile("groundwork-metadata.service"),
    { path: "/etc/groundwork/metadata.nft", mode: "0644", content: asset("metadata.nft") },
    ...kernelFiles(),
    { path: "/etc/ssh/sshd_config.d/10-groundwork.conf", mode: "0644", content: asset("sshd.conf") },
  ];
}

function kernelFiles(): readonly DocumentFile[] {
  return [
    { path: "/etc/sysctl.d/90-groundwork.conf", mode: "0644", content: asset("sysctl.conf") },
    { path: "/etc/modules-load.d/90-groundwork.conf", mode: "0644", content: asset("modules.conf") },
  ];
}

function hostCommands(args: CommonArgs): readonly DocumentCommand[] {
  return [
    // Before anything is downloaded: until then a private machine has no way out. Later boots do it by the unit.
    {
      name: "network",
      script: `${run("network.sh")}\nsystemctl daemon-reload\nsystemctl enable --quiet groundwork-network.service`,
    },
    { name: "updates-off", script: run("updates.sh hold") },
    { name: "packages", script: run(`packages.sh ${packagesOf(args).join(" ")}`) },
    { name: "host", script: run("host.sh") },
    { name: "metadata", script: enable("groundwork-metadata.service") },
  ];
}

const isEmpty = (provision: Provision | undefined): provision is undefined =>
  provision === undefined ||
  [provision.modules, provision.enabled, provision.masked].every(({ length }) => length === 0);

/** On NixOS all of it is in groundwork.nix. */
function provisionFiles({ provision, existing }: NodeDocumentArgs): readonly DocumentFile[] {
  if (isEmpty(provision) || existing?.os === "nixos") return [];
  const { modules, enabled, masked } = provision;
  return [
    ...scripts("provision.sh"),
    {
      path: "/etc/groundwork/provision.env",
      mode: "0644",
      content: shellAssignments({
        GW_MODULES: modules.join(" "),
        GW_ENABLED: enabled.join(" "),
        GW_MASKED: masked.join(" "),
      }),
    },
    {
      path: "/etc/modules-load.d/91-groundwork-platform.conf",
      mode: "0644",
      content: modules.map((module) => `${module}\n`).join(""),
    },
  ];
}

export function tailscaleFiles(tailscale: Tailscale | undefined): readonly DocumentFile[] {
  if (tailscale === undefined) return [];
  return [
    ...scripts("tailscale.sh"),
    { path: "/etc/groundwork/tailscale.key", mode: "0600", content: `${tailscale.authKey}\n`, secret: true },
  ];
}

export function tailscaleCommands(tailscale: Tailscale | undefined): readonly DocumentCommand[] {
  return tailscale === undefined ? [] : [{ name: "tailscale", script: run("tailscale.sh") }];
}

/** `curl` for downloads, `nftables` for the metadata guard and the gateway: neither is on a host that exists. */
export function packagesOf(args: CommonArgs): readonly string[] {
  const filter = args.existing === undefined ? ["nftables"] : [];
  return [...new Set(["ca-certificates", "curl", ...filter, ...(args.packages ?? [])])];
}

export function scripts(...names: readonly string[]): readonly DocumentFile[] {
  return names.map((name) => ({ path: `${libraryPath}/${name}`, mode: "0755", content: asset(name) }));
}

function unitFile(name: string): DocumentFile {
  return { path: `/etc/systemd/system/${name}`, mode: "0644", content: asset(name) };
}

export function run(command: string): string {
  return `sh "$ROOT${libraryPath}/"${command}`;
}

/** Reloaded when it ran before: a restart would take k3s along, which requires the metadata guard. */
function enable(unit: string): string {
  return `systemctl daemon-reload\nsystemctl enable --quiet ${unit}\nsystemctl start ${unit}\nsystemctl reload ${unit}`;
}
