import { createHash } from "node:crypto";
import { k3dRelease } from "../../lib/versions.ts";
import type { World } from "./world.ts";

/** In place of the k3s binary. Nobody runs it: `k3s` on a simulated machine is a stand-in, which asks that it is there. */
const binary = "#!/bin/sh\necho 'a stand-in for k3s' >&2\nexit 1\n";

/** What a stack's `cluster.sha256` has to be, so that simulated machines accept what they download. */
export const binaryChecksums = {
  amd64: createHash("sha256").update(binary).digest("hex"),
  arm64: createHash("sha256").update(binary).digest("hex"),
};

/** In place of k3d: it asks whoever simulates the machine's Docker. */
const k3d = (architecture: string): string =>
  `#!/bin/sh\n# ${architecture}\nexec sh "$WORLD/standins/daemon.sh" k3d "$@"\n`;

/** Puts there what the bootstrap downloads: k3s, k3d, and the key of Tailscale's packages for Debian 12. */
export function offerDownloads(world: World): void {
  for (const name of ["k3s", "k3s-arm64"]) world.download(name, binary);
  for (const architecture of ["amd64", "arm64"] as const)
    world.standIn(`k3d-linux-${architecture}`, k3d(architecture), k3dRelease.sha256[architecture]);
  world.download("bookworm.noarmor.gpg", "a keyring\n");
}
