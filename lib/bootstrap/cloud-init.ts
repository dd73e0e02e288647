import { gzipSync } from "node:zlib";
import { parse, stringify } from "yaml";
import { asset } from "./assets.ts";
import { bootstrapFile } from "./bootstrap.ts";
import type { Document, DocumentFile } from "./types.ts";

/** Bytes of user data that Hetzner takes (https://docs.hetzner.cloud/reference/cloud#servers-create-a-server). */
export const userDataLimit = 32_768;

/** Starts the bootstrap when the machine boots, until it has ended well. */
export const perBootFile: DocumentFile = {
  path: "/var/lib/cloud/scripts/per-boot/groundwork",
  mode: "0755",
  content: asset("per-boot.sh"),
};

/** cloud-init user data: `#cloud-config`, at most `userDataLimit` bytes, else an error. */
export function renderCloudInit(document: Document): string {
  const files = [...document.files, bootstrapFile(document), perBootFile];
  const plain = render(document, files, () => false);
  if (bytes(plain) <= userDataLimit) return plain;
  // Only when it must: what is compressed cannot be read in a preview.
  const packed = render(document, files, (file) => bytes(file.content) > 512);
  if (bytes(packed) <= userDataLimit) return packed;
  const largest = [...files].sort((a, b) => bytes(b.content) - bytes(a.content)).slice(0, 3);
  throw new Error(
    `the user data of ${document.hostname} has ${bytes(packed)} bytes even when compressed, and ${userDataLimit} are allowed; ` +
      `largest: ${largest.map((file) => `${file.path} (${bytes(file.content)})`).join(", ")} → shorten these, or fetch them in a command`,
  );
}

function render(document: Document, files: readonly DocumentFile[], compress: (file: DocumentFile) => boolean): string {
  const hostKey = document.temporaryHostKey;
  const config: Record<string, unknown> = {
    hostname: document.hostname,
    ...(parse(asset("base.yaml")) as Record<string, unknown>),
    users: [{ name: "root", lock_passwd: true, ssh_authorized_keys: [...document.authorizedKeys] }],
    ...(hostKey ? { ssh_keys: { ecdsa_private: hostKey.private, ecdsa_public: hostKey.public } } : {}),
    write_files: files.map((file) => ({
      path: file.path,
      owner: file.owner ?? "root:root",
      permissions: file.mode,
      ...(compress(file) ? { encoding: "gz+b64", content: gzip(file.content) } : { content: file.content }),
    })),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0, defaultStringType: "PLAIN", blockQuote: "literal" })}`;
}

/** Base64. The same on every platform: the operating system's byte of the header is set to "unknown". */
function gzip(text: string): string {
  const packed = gzipSync(Buffer.from(text), { level: 9 });
  packed[9] = 255;
  return packed.toString("base64");
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
