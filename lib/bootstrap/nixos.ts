import { asset } from "./assets.ts";
import type { DocumentFile } from "./types.ts";

export interface NixosArgs {
  /** The node's. */
  readonly name: string;
  /** `k3s` or `k3s-agent`. */
  readonly unit: string;
  /** The networks of nodes and of pods: what comes from there may reach every port. */
  readonly trusted: readonly string[];
  readonly tailnet: boolean;
  /** Kernel modules beside those of every node. */
  readonly modules: readonly string[];
  /** By their names in nixpkgs. */
  readonly packages: readonly string[];
  /** What the platform's releases expect, by the names that groundwork.nix has for it. */
  readonly needs: readonly string[];
}

const lines = (name: string): readonly string[] =>
  asset(name)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

/** A module that the host's configuration imports, and beside it what is this node's own. */
export function nixosFiles(args: NixosArgs): readonly DocumentFile[] {
  const sysctl = Object.fromEntries(
    lines("sysctl.conf").map((line) => {
      const [key = "", value = ""] = line.split(" = ");
      return [key, Number(value)];
    }),
  );
  const node = { ...args, modules: [...lines("modules.conf"), ...args.modules], sysctl };
  return [
    { path: "/etc/nixos/groundwork.nix", mode: "0644", content: asset("groundwork.nix") },
    { path: "/etc/nixos/groundwork.json", mode: "0644", content: `${JSON.stringify(node, undefined, 2)}\n` },
  ];
}
