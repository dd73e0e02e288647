import { createHash } from "node:crypto";
import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import type { SshKeyRow } from "./rows.ts";
import {
  type Cloud,
  claimName,
  claimQuota,
  copy,
  findRow,
  invalid,
  labelsField,
  read,
  rename,
  renameRequest,
} from "./state.ts";

const keyRequest = z.object({ name: z.string().min(1), public_key: z.string(), labels: labelsField.default({}) });

const algorithms =
  /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)$/;

/** MD5 fingerprint of a public key in authorized_keys form. @throws ServiceError `invalid_input` */
function fingerprintOf(publicKey: string): string {
  const [algorithm = "", encoded = ""] = publicKey.trim().split(/\s+/);
  const blob = Buffer.from(encoded, "base64");
  // The blob begins with the algorithm's name, four bytes of length before it.
  const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1") : "";
  if (!algorithms.test(algorithm) || named !== algorithm) throw invalid("public_key", "it is no SSH public key");
  return createHash("md5")
    .update(blob)
    .digest("hex")
    .replace(/..(?=.)/g, "$&:");
}

/** `/ssh_keys` of the API. */
export function sshKeyOperations(cloud: Cloud) {
  const find = (id: number): SshKeyRow => findRow(cloud.ssh_keys, id);
  return {
    list: (): SshKeyRow[] => copy([...cloud.ssh_keys.rows.values()]),
    get: (id: number): SshKeyRow => copy(find(id)),
    create(body: unknown): SshKeyRow {
      const request = read(keyRequest, body);
      const fingerprint = fingerprintOf(request.public_key);
      claimName(cloud.ssh_keys, request.name);
      for (const other of cloud.ssh_keys.rows.values()) {
        if (other.fingerprint === fingerprint) {
          throw new ServiceError(
            "uniqueness_error",
            `SSH key with the same fingerprint already exists: '${other.name}' (${other.id})`,
          );
        }
      }
      claimQuota(cloud, "ssh_keys");
      const row: SshKeyRow = { id: cloud.ssh_keys.nextId(), created: cloud.timestamp(), fingerprint, ...request };
      cloud.ssh_keys.rows.set(row.id, row);
      return copy(row);
    },
    update(id: number, body: unknown): SshKeyRow {
      const row = find(id);
      rename(cloud.ssh_keys, row, read(renameRequest, body));
      return copy(row);
    },
    /** Servers keep what they were created with. */
    delete(id: number): void {
      cloud.ssh_keys.rows.delete(find(id).id);
    },
  };
}
