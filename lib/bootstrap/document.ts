import { k3sConfigFiles, type Membership } from "../k3s/config.ts";
import type { K3sOptions } from "../k3s/options.ts";
import { nixosFiles } from "./nixos.ts";
import { shellAssignments } from "./shell.ts";
import {
  type CommonArgs,
  documentOf,
  environment,
  keepsUpdates,
  run,
  scripts,
  systemCommands,
  systemFiles,
  tailscaleCommands,
  tailscaleFiles,
  unitFile,
} from "./system.ts";
import type { Document, DocumentFile, Node } from "./types.ts";

const githubReleases = "https://github.com/k3s-io/k3s/releases/download";

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
  return documentOf(node.name, args, {
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
      ...scripts("binary.sh", "k3s-install.sh", "k3s-address.sh"),
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
  });
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
