/** A k3s release and what its binaries hash to. */
export interface K3sRelease {
  /** `v<Kubernetes>+k3s<n>`. */
  readonly version: string;
  /** SHA-256 of the release's files `k3s` (amd64) and `k3s-arm64`: https://github.com/k3s-io/k3s/releases, sha256sum-*.txt. */
  readonly sha256: { readonly amd64: string; readonly arm64: string };
}

/** Releases whose checksums are known; any other needs its own in the stack's configuration. Newest first. */
export const k3sReleases: readonly K3sRelease[] = [
  {
    // renovate: datasource=github-releases depName=k3s-io/k3s versioning=semver-coerced
    version: "v1.36.4+k3s1",
    sha256: {
      amd64: "835873f37245fc615f547a2fe2af9402a347875f13fa64a1f136de644955ea3f",
      arm64: "c920706346d5ad4e5cd3c7bf1bb09ce71ebe07fec829e513e40f1caf98aed8bb",
    },
  },
];

/** What a new stack gets. */
export const k3sDefault: K3sRelease = k3sReleases[0] as K3sRelease;

/**
 * First patch of each minor in which a server whose etcd member was removed no longer starts a second cluster:
 * https://github.com/k3s-io/k3s/issues/13623 names the January 2026 releases (1.32.11, 1.33.7, 1.34.3, 1.35.0, each
 * +k3s3) as affected, fixed by pull requests 13630 to 13633.
 */
const fixedPatch: Readonly<Record<number, number>> = { 32: 12, 33: 8, 34: 4, 35: 1 };

/**
 * Why a k3s release cannot be used, or undefined when it can.
 * @param version `v1.x.y+k3s1`
 */
export function k3sRefusal(version: string): string | undefined {
  const parts = /^v1\.(\d+)\.(\d+)\+k3s(\d+)$/.exec(version);
  if (!parts) return `"${version}" is no k3s release → write it as its tag, such as ${k3sDefault.version}`;
  const minor = Number(parts[1]);
  const patch = Number(parts[2]);
  const [oldest, newest] = [32, 35];
  const needed = fixedPatch[minor];
  if (minor > newest || (needed !== undefined && patch >= needed)) return undefined;
  const from = minor < oldest ? `v1.${oldest}.${fixedPatch[oldest] ?? 0}` : `v1.${minor}.${needed ?? 0}`;
  return `k3s ${version} can start a second cluster after its etcd member was removed (k3s issue 13623) → use ${from}+k3s1 or later`;
}

/** Known checksums of a release, by architecture; none when this program does not list it. */
export function k3sChecksums(version: string): Partial<K3sRelease["sha256"]> {
  return k3sReleases.find((release) => release.version === version)?.sha256 ?? {};
}

/** A k3d release and what its binaries hash to. */
export interface K3dRelease {
  readonly version: string;
  /** SHA-256 of `k3d-linux-<architecture>`: https://github.com/k3d-io/k3d/releases, checksums.txt. */
  readonly sha256: { readonly amd64: string; readonly arm64: string };
}

/** The one that a Docker host gets. */
export const k3dRelease: K3dRelease = {
  // renovate: datasource=github-releases depName=k3d-io/k3d
  version: "v5.9.0",
  sha256: {
    amd64: "06d8f25bc3a971c4eb29e0ff08429b180402db0f4dec838c9eac427e296800a0",
    arm64: "03cde5cf23e6e8e67de5a039ecf26e5b85aca82fba3e5d13dadf904cd218a250",
  },
};

/** The oldest Docker that k3d runs on. Source: k3d.io/stable/#requirements */
export const dockerMinimum = "20.10.5";
