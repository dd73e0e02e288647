import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { authorityNames, splitCertificates } from "../../../lib/k3s/authority.ts";
import type { Source } from "../../random/source.ts";
import { authority, issue } from "../../tls/authority.ts";
import { subjectName } from "../../tls/certificates.ts";
import { generateKey } from "../../tls/keys.ts";
import { publicHalf } from "../../tls/openssh.ts";
import { k3sKubeconfig } from "./kubeconfig.ts";

/** A certificate authority: its certificate in PEM, with those above it where there are any, and its key. */
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
    issuer: authority(splitCertificates(pki.client.certificate)[0] ?? "", "the cluster").certificate,
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

/**
 * The authorities that a server finds at its first start.
 * @param files Path below server/tls -> content; empty: k3s makes its own.
 * @throws Error with what k3s or a component would fail at.
 */
export function givenPki(files: ReadonlyMap<string, string>): Pki | undefined {
  if (files.size === 0) return undefined;
  const given = authorityNames.map((name) => ({ name, ...givenAuthority(files, name) }));
  const roots = new Set(given.map(({ certificate }) => rootHash(certificate)));
  if (roots.size > 1) throw new Error(`its authorities are under ${roots.size} roots, where one is asked for`);
  const [client, server] = ["client-ca", "server-ca"].map((wanted) => given.find(({ name }) => name === wanted));
  return client === undefined || server === undefined ? undefined : { client, server };
}

function givenAuthority(files: ReadonlyMap<string, string>, name: string): Authority {
  const [certificate, key] = [files.get(`${name}.crt`), files.get(`${name}.key`)];
  if (certificate === undefined || key === undefined)
    throw new Error(`server/tls/${name} is not there whole: k3s would make an authority of its own, under no root`);
  const chain = splitCertificates(certificate).map((pem) => new X509Certificate(pem));
  const own = createPrivateKey(key);
  if (chain[0]?.checkPrivateKey(own) !== true) throw new Error(`server/tls/${name}.key is not the key of ${name}.crt`);
  for (const [index, each] of chain.entries()) {
    const above = chain[index + 1] ?? each;
    if (!each.ca || !each.checkIssued(above) || !each.verify(above.publicKey))
      throw new Error(
        `server/tls/${name}.crt is no chain of authorities: ${each.subject} is not signed by ${above.subject}`,
      );
  }
  return { certificate, key: own };
}

const rootHash = (chain: string): string =>
  createHash("sha256")
    .update(new X509Certificate(splitCertificates(chain).at(-1) ?? "").raw)
    .digest("hex");

/** The hash that a full k3s token carries: of the root, or of the text of an authority that signed itself. */
export function caHash(pki: Pki): string {
  const { certificate } = pki.server;
  return splitCertificates(certificate).length > 1
    ? rootHash(certificate)
    : createHash("sha256").update(certificate).digest("hex");
}

function ecdsaKey(source: Source): Promise<KeyObject> {
  return generateKey({ algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 0, source });
}
