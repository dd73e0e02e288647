import { createHash } from "node:crypto";
import { stringify } from "yaml";

/** What an image has beyond plain Talos. */
export interface Schematic {
  /** Official system extensions, such as `siderolabs/iscsi-tools`. */
  readonly extensions: readonly string[];
  /** Of images only: what is installed takes its arguments from the image. */
  readonly kernelArgs: readonly string[];
}

/** What an image is made for. `nocloud`: VMs that are given a configuration drive, as Proxmox does. */
export type Platform = "metal" | "nocloud" | "hcloud";

export const publicFactory = "factory.talos.dev";

/**
 * The schematic as Image Factory writes it: fields in this order, indented by four, empty ones left out.
 * Source: siderolabs/image-factory, pkg/schematic/schematic.go
 */
export function schematicYaml({ extensions, kernelArgs }: Schematic): string {
  return stringify(
    {
      customization: {
        ...(kernelArgs.length === 0 ? {} : { extraKernelArgs: kernelArgs }),
        ...(extensions.length === 0 ? {} : { systemExtensions: { officialExtensions: extensions } }),
      },
    },
    { indent: 4, lineWidth: 0 },
  );
}

/** Image Factory's id of a schematic: SHA-256 of its canonical text, so that no upload is needed to know it. */
export function schematicId(schematic: Schematic): string {
  return createHash("sha256").update(schematicYaml(schematic)).digest("hex");
}

export interface ImageArgs {
  readonly schematic: Schematic;
  /** `v1.13.9` */
  readonly version: string;
  readonly platform: Platform;
  /** Host of an Image Factory. */
  readonly factory: string;
}

/** A cluster's images for one kind of machine. */
export function imageArgs(
  { extensions, version, factory }: Pick<ImageArgs, "version" | "factory"> & Pick<Schematic, "extensions">,
  platform: Platform,
): ImageArgs {
  return { schematic: { extensions, kernelArgs: [] }, version, factory, platform };
}

/**
 * Where a disk with Talos on it is downloaded. Image Factory makes it when it is first asked for.
 * @param form `qcow2` is what Proxmox VE imports, `raw.xz` what is written to a disk.
 * Source: siderolabs/image-factory, docs/api.md
 */
export function diskImageUrl(
  { schematic, version, platform, factory }: ImageArgs,
  form: "qcow2" | "raw.xz",
  architecture: "amd64" | "arm64" = "amd64",
): string {
  return `https://${factory}/image/${schematicId(schematic)}/${version}/${platform}-${architecture}.${form}`;
}

/** The image that a machine installs itself from, and is upgraded with. */
export function installerImage({ schematic, version, platform, factory }: ImageArgs): string {
  return `${factory}/${platform}-installer/${schematicId(schematic)}:${version}`;
}
