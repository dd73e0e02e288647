import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { ServiceError } from "../../../model.ts";
import type { CertificateRow } from "./rows.ts";
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
  timestamp,
} from "./state.ts";

/** A certificate as the API returns it: never its key. */
export interface Certificate extends CertificateRow {
  readonly used_by: readonly { readonly id: number; readonly type: "load_balancer" }[];
}

const certificateRequest = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("uploaded"),
    name: z.string().min(1),
    labels: labelsField.default({}),
    certificate: z.string(),
    private_key: z.string(),
  }),
  z.object({
    type: z.literal("managed"),
    name: z.string().min(1),
    labels: labelsField.default({}),
    domain_names: z.array(z.string()).min(1),
  }),
]);

type Details = Omit<CertificateRow, "id" | "name" | "created" | "labels">;

function uploaded(pem: string, key: string): Details {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw invalid("certificate", "it is no certificate in PEM form");
  }
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw invalid("private_key", "it is no private key in PEM form");
  }
  if (!fits) throw invalid("private_key", "it is not the certificate's key");
  const names = certificate.subjectAltName
    ?.split(", ")
    .flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4)] : []));
  return {
    type: "uploaded",
    certificate: pem,
    fingerprint: certificate.fingerprint256.toLowerCase(),
    domain_names: names ?? [],
    not_valid_before: timestamp(certificate.validFromDate),
    not_valid_after: timestamp(certificate.validToDate),
    status: null,
  };
}

const managedDays = 90;

function managed(cloud: Cloud, domains: readonly string[]): Details {
  const now = cloud.options.now();
  return {
    type: "managed",
    certificate: null,
    fingerprint: null,
    domain_names: domains,
    not_valid_before: timestamp(now),
    not_valid_after: timestamp(new Date(now.getTime() + managedDays * 86_400_000)),
    status: { issuance: "completed", renewal: "scheduled", error: null },
  };
}

/** `/certificates` of the API. Managed ones are issued at once: whose domain it is, is not simulated. */
export function certificateOperations(cloud: Cloud) {
  const find = (id: number): CertificateRow => findRow(cloud.certificates, id);
  const users = (id: number) =>
    [...cloud.load_balancers.rows.values()]
      .filter((row) => row.services.some((service) => service.http?.certificates.includes(id)))
      .map((row) => ({ id: row.id, type: "load_balancer" as const }));
  const view = (row: CertificateRow): Certificate => copy({ ...row, used_by: users(row.id) });
  return {
    list: (): Certificate[] => [...cloud.certificates.rows.values()].map(view),
    get: (id: number): Certificate => view(find(id)),
    create(body: unknown): Certificate {
      // `uploaded` is what the API takes it for when the type is left out.
      const request = read(certificateRequest, { type: "uploaded", ...(typeof body === "object" ? body : {}) });
      claimName(cloud.certificates, request.name);
      claimQuota(cloud, "certificates");
      const details =
        request.type === "uploaded"
          ? uploaded(request.certificate, request.private_key)
          : managed(cloud, request.domain_names);
      const row: CertificateRow = {
        id: cloud.certificates.nextId(),
        name: request.name,
        created: cloud.timestamp(),
        labels: request.labels,
        ...details,
      };
      cloud.certificates.rows.set(row.id, row);
      return view(row);
    },
    update(id: number, body: unknown): Certificate {
      const row = find(id);
      rename(cloud.certificates, row, read(renameRequest, body));
      return view(row);
    },
    delete(id: number): void {
      const row = find(id);
      const used = users(id);
      if (used.length > 0)
        throw new ServiceError(
          "resource_in_use",
          `certificate '${row.name}' is used by load balancer ${used.map((user) => user.id).join(", ")}`,
        );
      cloud.certificates.rows.delete(id);
    },
  };
}
