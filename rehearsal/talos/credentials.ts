import { createPrivateKey, X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import type { Configuration } from "./machines.ts";

const talosconfig = z.object({
  context: z.string(),
  contexts: z.record(z.string(), z.looseObject({ ca: z.string(), crt: z.string(), key: z.string() })),
});

/** Talos' role for whoever may do everything. Source: docs.siderolabs.com/talos/v1.13/security/rbac */
const administrator = "O=os:admin";

/**
 * Why a machine turns a caller away, in the words of TLS and of Talos; undefined when it does not.
 * @param text the caller's talosconfig
 */
export function turnedAway(text: string, { main }: Configuration): string | undefined {
  const { context, contexts } = talosconfig.parse(parse(text));
  const given = contexts[context];
  if (given === undefined) return `context "${context}" is not defined`;
  const pem = (base64: string): string => Buffer.from(base64, "base64").toString();
  if (given.ca !== main.machine.ca.crt)
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  const certificate = new X509Certificate(pem(given.crt));
  if (!certificate.verify(new X509Certificate(pem(main.machine.ca.crt)).publicKey)) return "tls: bad certificate";
  const key = pem(given.key).replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY");
  if (!certificate.checkPrivateKey(createPrivateKey(key))) return "tls: private key does not match public key";
  return certificate.subject.split("\n").includes(administrator) ? undefined : "not authorized";
}
