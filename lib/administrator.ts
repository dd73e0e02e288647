import { X509Certificate } from "node:crypto";
import { parseK3sYaml } from "./kubeconfig.ts";

/**
 * Days before the end of the administrator's certificate in which a run makes another. k3s makes what it starts with anew
 * in the last 90 days (docs.k3s.io/cli/certificate), before them it would give the old one again.
 */
const days = 60;

/** Whether a run has the administrator's certificate made anew. */
export interface Renewal {
  /** When the certificate of the last run ends, ISO 8601; undefined: this run leaves it as it is. */
  readonly of?: string;
}

/** @param kubeconfig of the last run that succeeded; undefined before there was one. */
export function renewalOf(kubeconfig: string | undefined, now: Date): Renewal {
  const end = kubeconfig === undefined ? undefined : certificateEnd(kubeconfig);
  if (end === undefined || end.getTime() - now.getTime() > days * 86_400_000) return {};
  return { of: end.toISOString() };
}

/** Inputs of the command that fetches the kubeconfig that have it fetched again, and are looked at only then. */
export const ignoredUnless = ({ of }: Renewal): string[] => (of === undefined ? ["create", "stdin"] : []);

/** When the administrator's certificate in a kubeconfig ends; undefined when it holds none that can be read. */
export function certificateEnd(kubeconfig: string): Date | undefined {
  try {
    const { clientCertificateData } = parseK3sYaml(kubeconfig);
    return new X509Certificate(Buffer.from(clientCertificateData, "base64")).validToDate;
  } catch {
    return undefined;
  }
}
