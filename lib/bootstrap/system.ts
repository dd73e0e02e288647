import { asset } from "./assets.ts";
import { shellAssignments } from "./shell.ts";
import type { Document, DocumentCommand, DocumentFile, HostKey, HostSystem, Network, Tailscale } from "./types.ts";

const libraryPath = "/usr/local/lib/groundwork";
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

/** A machine's document: what is common to all, and what is its own. */
export function documentOf(name: string, args: CommonArgs, own: Pick<Document, "files" | "commands">): Document {
  const { authorizedKeys, temporaryHostKey } = args;
  return {
    hostname: name,
    authorizedKeys,
    ...(temporaryHostKey === undefined ? {} : { temporaryHostKey }),
    packages: packagesOf(args),
    ...own,
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
function packagesOf(args: CommonArgs): readonly string[] {
  const filter = args.existing === undefined ? ["nftables"] : [];
  return [...new Set(["ca-certificates", "curl", ...filter, ...(args.packages ?? [])])];
}

export function scripts(...names: readonly string[]): readonly DocumentFile[] {
  return names.map((name) => ({ path: `${libraryPath}/${name}`, mode: "0755", content: asset(name) }));
}

export function unitFile(name: string): DocumentFile {
  return { path: `/etc/systemd/system/${name}`, mode: "0644", content: asset(name) };
}

export function run(command: string): string {
  return `sh "$ROOT${libraryPath}/"${command}`;
}

/** Reloaded when it ran before: a restart would take k3s along, which requires the metadata guard. */
export function enable(unit: string): string {
  return `systemctl daemon-reload\nsystemctl enable --quiet ${unit}\nsystemctl start ${unit}\nsystemctl reload ${unit}`;
}
