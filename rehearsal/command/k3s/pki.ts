import { createHash, type KeyObject } from "node:crypto";
import type { Source } from "../../random/source.ts";
import { authority, issue } from "../../tls/authority.ts";
import { subjectName } from "../../tls/certificates.ts";
import { generateKey } from "../../tls/keys.ts";
import { publicHalf } from "../../tls/openssh.ts";
import { k3sKubeconfig } from "./kubeconfig.ts";

/** A certificate authority: its certificate in PEM, and its key. */
export interface Authority {
  readonly certificate: string;
  readonly key: KeyObject;
}

/** What a cluster vouches with: for its servers to clients, and for clients to its servers. */
export interface Pki {
  readonly server: Authority;
  readonly client: Authority;
}

const hoursOfTenYears = 87_600;
const hoursOfAYear = 8_760;

/** Two authorities, each ECDSA on P-256 and valid for ten years, as k3s makes them (k3s-io/k3s, pkg/daemons/control/deps). */
export async function createPki(args: { readonly source: Source; readonly now: Date }): Promise<Pki> {
  return { server: await root("k3s-server-ca", args), client: await root("k3s-client-ca", args) };
}

async function root(
  name: string,
  { source, now }: { readonly source: Source; readonly now: Date },
): Promise<Authority> {
  const key = await ecdsaKey(source);
  const { certPem } = await issue({
    subject: subjectName({ commonName: `${name}@${Math.floor(now.getTime() / 1000)}` }),
    publicKey: publicHalf(key),
    signingKey: key,
    allowedUses: ["digital_signature", "key_encipherment", "cert_signing"],
    isCaCertificate: true,
    setSubjectKeyId: true,
    setAuthorityKeyId: false,
    ...{ dnsNames: [], ipAddresses: [], uris: [] },
    now,
    validityPeriodHours: hoursOfTenYears,
    serial: source.bytes(16),
  });
  return { certificate: certPem, key };
}

/** The administrator's kubeconfig, with a key and certificate of its own. */
export async function adminKubeconfig(args: {
  readonly pki: Pki;
  readonly source: Source;
  readonly now: Date;
}): Promise<string> {
  const { pki, source, now } = args;
  const key = await ecdsaKey(source);
  const { certPem } = await issue({
    subject: subjectName({ organization: "system:masters", commonName: "system:admin" }),
    publicKey: publicHalf(key),
    issuer: authority(pki.client.certificate, "the cluster").certificate,
    signingKey: pki.client.key,
    allowedUses: ["digital_signature", "key_encipherment", "client_auth"],
    isCaCertificate: false,
    setSubjectKeyId: false,
    setAuthorityKeyId: false,
    ...{ dnsNames: [], ipAddresses: [], uris: [] },
    now,
    validityPeriodHours: hoursOfAYear,
    serial: source.bytes(16),
  });
  return k3sKubeconfig({
    authority: pki.server.certificate,
    chain: `${certPem}${pki.client.certificate}`,
    key: String(key.export({ format: "pem", type: "sec1" })),
  });
}

/** The hash that a full k3s token carries: of the server authority's certificate. */
export function caHash(pki: Pki): string {
  return createHash("sha256").update(pki.server.certificate).digest("hex");
}

function ecdsaKey(source: Source): Promise<KeyObject> {
  return generateKey({ algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 0, source });
}
