import { messageOf } from "../../lib/words.ts";
import { ServiceError } from "../model.ts";
import { type CertificatePlan, issueCertificate } from "./certificates.ts";
import { BasicConstraintsExtension, type Pkcs10CertificateRequest, X509Certificate } from "./x509.ts";

export interface Issued {
  /** The serial number, decimal. */
  readonly id: string;
  readonly certPem: string;
  /** RFC 3339. */
  readonly validityStartTime: string;
  readonly validityEndTime: string;
}

export type IssuePlan = Omit<CertificatePlan, "notBefore" | "notAfter"> & {
  readonly now: Date;
  readonly validityPeriodHours: number;
};

/** Issues a certificate that is valid from now. */
export async function issue(plan: IssuePlan): Promise<Issued> {
  // Certificates count whole seconds.
  const notBefore = new Date(Math.floor(plan.now.getTime() / 1000) * 1000);
  const notAfter = new Date(notBefore.getTime() + plan.validityPeriodHours * 3_600_000);
  const certificate = await issueCertificate({ ...plan, notBefore, notAfter });
  return {
    id: BigInt(`0x${certificate.serialNumber}`).toString(),
    certPem: pem(certificate),
    validityStartTime: notBefore.toISOString().replace(".000", ""),
    validityEndTime: notAfter.toISOString().replace(".000", ""),
  };
}

/** The certificate that signs, and whether it may. */
export function authority(
  certificatePem: string,
  owner: string,
): { readonly certificate: X509Certificate; readonly isCa: boolean } {
  try {
    const certificate = new X509Certificate(certificatePem);
    const constraints = certificate.extensions.find((extension) => extension instanceof BasicConstraintsExtension);
    return { certificate, isCa: constraints?.ca ?? false };
  } catch (error) {
    const reason = messageOf(error);
    throw new ServiceError("InvalidCertificate", `failed to parse the CA certificate of ${owner}: ${reason}`);
  }
}

export function pem(data: X509Certificate | Pkcs10CertificateRequest): string {
  return `${data.toString("pem").trim()}\n`;
}
