import { dockerMinimum, type K3dRelease } from "../versions.ts";
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
} from "./system.ts";
import type { Document } from "./types.ts";

export interface DockerHostArgs extends CommonArgs {
  readonly name: string;
  /** Private IPv4 address. */
  readonly address: string;
  readonly k3d: K3dRelease;
}

/** There before Docker is, which reads it when it first starts. */
const daemonJson = {
  // Containers run on while an update of the distribution restarts the daemon.
  "live-restore": true,
  // Without a limit the logs of nodes fill the disk.
  "log-driver": "json-file",
  "log-opts": { "max-size": "20m", "max-file": "3" },
};

/** A machine that runs Docker for the nodes of k3d, and k3d. The cluster itself is made later, over SSH. */
export function dockerHostDocument(given: DockerHostArgs): Document {
  const os = given.existing?.os;
  if (os === "nixos") throw new Error(`${given.name} runs NixOS, which takes Docker from its own configuration`);
  // Where the kernel has AppArmor, Docker starts no container without its tools; Debian only recommends them.
  const docker = os === "arch" ? ["docker"] : ["docker.io", "apparmor"];
  const args = { ...given, packages: [...(given.packages ?? []), ...docker] };
  return documentOf(args.name, args, {
    files: [
      environment(args.name, args.address, args, {
        GW_DOCKER_MINIMUM: dockerMinimum,
        GW_K3D_VERSION: args.k3d.version,
        GW_K3D_URL: `https://github.com/k3d-io/k3d/releases/download/${args.k3d.version}`,
        GW_K3D_SHA256_AMD64: args.k3d.sha256.amd64,
        GW_K3D_SHA256_ARM64: args.k3d.sha256.arm64,
      }),
      ...systemFiles(os),
      { path: "/etc/docker/daemon.json", mode: "0644", content: `${JSON.stringify(daemonJson, undefined, 2)}\n` },
      ...scripts("binary.sh", "docker-host.sh"),
      ...tailscaleFiles(args.tailscale),
    ],
    commands: [
      ...systemCommands(args),
      ...tailscaleCommands(args.tailscale),
      { name: "docker", script: run("docker-host.sh") },
      ...(keepsUpdates(os) ? [] : [{ name: "updates-on", script: run("updates.sh release") }]),
    ],
  });
}
