import type { HostSystem } from "../bootstrap/types.ts";
import { catalogue } from "./catalogue.ts";
import type { NodeNeed, PlatformContext } from "./release.ts";

/** What a node has to have for one need, on each kind of operating system that this program makes nodes of. */
export interface NodeProvision {
  /** By the system that they are named in. */
  readonly packages: Readonly<Record<HostSystem, readonly string[]>>;
  /** What groundwork.nix turns on by this name. */
  readonly nixos: readonly NodeNeed[];
  /** Loaded at boot and at once. */
  readonly modules: readonly string[];
  /** systemd units that have to run. */
  readonly enabled: readonly string[];
  /** systemd units that must not run. */
  readonly masked: readonly string[];
  readonly talos: {
    /** System extensions: https://github.com/siderolabs/extensions */
    readonly extensions: readonly string[];
    /** User volumes by name, mounted at /var/mnt/<name>. */
    readonly volumes: readonly string[];
  };
}

const nothing: Omit<NodeProvision, "nixos"> = {
  packages: { debian: [], arch: [], nixos: [] },
  modules: [],
  enabled: [],
  masked: [],
  talos: { extensions: [], volumes: [] },
};

const nfsUtils = ["nfs-utils"];

/**
 * NixOS has a module for a service, which brings its packages along: packages.nixos is for what only the kubelet calls.
 * Sources: longhorn.io/docs, "Installation requirements", "Talos Linux support" and "Volume with multipath";
 * github.com/democratic-csi/democratic-csi, "Node Prep"; rook.io/docs, "Prerequisites"; archlinux.org/packages for the
 * names in Arch; nixpkgs, nixos/modules/services/networking/iscsi/initiator.nix and tasks/filesystems/nfs.nix.
 */
const provisions: Readonly<Record<NodeNeed, Omit<NodeProvision, "nixos">>> = {
  iscsi: {
    ...nothing,
    packages: { debian: ["open-iscsi"], arch: ["open-iscsi"], nixos: ["openiscsi"] },
    modules: ["iscsi_tcp"],
    enabled: ["iscsid.service"],
    talos: { extensions: ["siderolabs/iscsi-tools"], volumes: [] },
  },
  // The kernel of Talos mounts NFS by itself.
  nfs: { ...nothing, packages: { debian: ["nfs-common"], arch: nfsUtils, nixos: nfsUtils } },
  // It takes block devices that look like disks of a storage network for its own, those of a volume included.
  "multipath-off": { ...nothing, masked: ["multipathd.service", "multipathd.socket"] },
  // Volumes are trimmed and grown with fstrim and blkid of the host.
  "util-linux": { ...nothing, talos: { extensions: ["siderolabs/util-linux-tools"], volumes: [] } },
  "longhorn-volume": { ...nothing, talos: { extensions: [], volumes: ["longhorn"] } },
  "local-path-volume": { ...nothing, talos: { extensions: [], volumes: ["local-path-provisioner"] } },
  rbd: { ...nothing, modules: ["rbd"] },
};

/** What every node of a stage has to have for the releases that are on, each thing once and sorted. */
export function nodeProvision(context: PlatformContext): NodeProvision {
  const needs = catalogue.flatMap(({ name, nodeNeeds }) =>
    context.releases.has(name) ? (nodeNeeds?.(context.releases.get(name), context) ?? []) : [],
  );
  const all = needs.map((need) => provisions[need]);
  const each = (list: (provision: (typeof all)[number]) => readonly string[]): readonly string[] =>
    [...new Set(all.flatMap(list))].sort();
  return {
    packages: {
      debian: each(({ packages }) => packages.debian),
      arch: each(({ packages }) => packages.arch),
      nixos: each(({ packages }) => packages.nixos),
    },
    nixos: [...new Set(needs)].sort(),
    modules: each(({ modules }) => modules),
    enabled: each(({ enabled }) => enabled),
    masked: each(({ masked }) => masked),
    talos: { extensions: each(({ talos }) => talos.extensions), volumes: each(({ talos }) => talos.volumes) },
  };
}
