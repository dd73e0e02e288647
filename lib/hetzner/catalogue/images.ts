type Labels = Readonly<Record<string, string>>;

/** An image as `GET /images` returns it. */
export interface Image {
  readonly id: number;
  readonly type: "system" | "snapshot" | "backup" | "app";
  readonly status: "available" | "creating" | "unavailable";
  /** Only system images have one. */
  readonly name: string | null;
  readonly description: string;
  readonly image_size: number | null;
  readonly disk_size: number;
  readonly created: string;
  readonly created_from: null;
  readonly bound_to: null;
  readonly os_flavor: string;
  readonly os_version: string | null;
  readonly architecture: "x86" | "arm";
  readonly rapid_deploy: boolean;
  readonly protection: { readonly delete: boolean };
  /** RFC 3339; the image can be used for three more months. */
  readonly deprecated: string | null;
  readonly deleted: null;
  readonly labels: Labels;
}

// The ids are made up; the names are those of docs.hetzner.com/cloud/servers/overview.
const systems: readonly (readonly [
  id: number,
  flavor: string,
  version: string,
  description: string,
  deprecated?: string,
])[] = [
  [15512617, "debian", "12", "Debian 12"],
  [15512619, "debian", "13", "Debian 13"],
  [15512621, "ubuntu", "20.04", "Ubuntu 20.04", "2025-05-13T00:00:00+00:00"],
  [15512623, "ubuntu", "22.04", "Ubuntu 22.04"],
  [15512625, "ubuntu", "24.04", "Ubuntu 24.04"],
  [15512627, "rocky", "9", "Rocky Linux 9"],
  [15512629, "alma", "9", "AlmaLinux 9"],
  [15512631, "fedora", "43", "Fedora 43"],
  [15512633, "opensuse", "15", "openSUSE Leap 15"],
];

export const systemImages: readonly Image[] = systems.flatMap(([id, flavor, version, description, deprecated]) =>
  (["x86", "arm"] as const).map((architecture, index) => ({
    id: id + index,
    type: "system" as const,
    status: "available" as const,
    name: `${flavor}-${version}`,
    description,
    image_size: null,
    disk_size: 5,
    created: "2025-08-20T08:00:00+00:00",
    created_from: null,
    bound_to: null,
    os_flavor: flavor,
    os_version: version,
    architecture,
    rapid_deploy: true,
    protection: { delete: false },
    deprecated: deprecated ?? null,
    deleted: null,
    labels: {},
  })),
);

/** A snapshot that the project is given, e.g. a Talos image. */
export interface SnapshotOption {
  readonly id: number;
  readonly description: string;
  readonly architecture: "x86" | "arm";
  /** GB */
  readonly diskSize: number;
  readonly labels?: Labels;
}

export function snapshot(option: SnapshotOption): Image {
  return {
    id: option.id,
    type: "snapshot",
    status: "available",
    name: null,
    description: option.description,
    image_size: option.diskSize / 10,
    disk_size: option.diskSize,
    created: "2026-01-05T08:00:00+00:00",
    created_from: null,
    bound_to: null,
    os_flavor: "unknown",
    os_version: null,
    architecture: option.architecture,
    rapid_deploy: false,
    protection: { delete: false },
    deprecated: null,
    deleted: null,
    labels: option.labels ?? {},
  };
}
