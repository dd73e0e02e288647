import { expect, test } from "vitest";
import { bootImage } from "../../config/boot-image.ts";
import type { Stage } from "../../config/stage.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { sectionsOf, stageOf } from "../../rehearsal/pulumi/sections.ts";

// The image of virtual machines is made anew, and the old one deleted, whenever one of these changes: were they one file,
// none would be left, and the next machine could not be made.

const stage = stageOf(sectionsOf(loadStackConfig(process.cwd(), "homelab-production")));
const fileOf = (image: Partial<NonNullable<Stage["proxmox"]>["image"]>): string => {
  const { proxmox } = stage;
  if (proxmox === undefined) throw new Error("homelab-production is on Proxmox VE");
  return bootImage({ ...stage, proxmox: { ...proxmox, image: { ...proxmox.image, ...image } } }).fileName;
};

test("a download from elsewhere, or with another checksum, is a file of its own", () => {
  const names = [
    fileOf({}),
    fileOf({ url: "https://images.example.com/debian-13-genericcloud-amd64.qcow2" }),
    fileOf({ checksum: "1".repeat(128) }),
    fileOf({ checksum: "0".repeat(64), algorithm: "sha256" }),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toMatch(/^homelab-[0-9a-f]{12}\.qcow2$/);
  expect(fileOf({})).toBe(names[0]);
});
