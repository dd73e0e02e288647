import { generateKeyPairSync, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { stringify } from "yaml";
import * as x509 from "../../tls/x509.ts";

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8 in PEM. */
  readonly key: string;
}

export interface Pki {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  /** Client certificate of group system:masters. */
  readonly admin: KeyPair;
  /** Key that service account tokens are signed with, in PEM as SEC 1: of PKCS #8 Kubernetes reads no public half. */
  readonly serviceAccountKey: string;
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;
const day = 86_400_000;

/** What an API server and its administrator need. The server is called by these DNS names and addresses. */
export async function createPki(names: readonly string[]): Promise<Pki> {
  const authority = await createAuthority();
  const [server, admin] = await Promise.all([issueServer(authority, names), issueAdmin(authority)]);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve.namedCurve });
  return { authority, server, admin, serviceAccountKey: String(privateKey.export({ type: "sec1", format: "pem" })) };
}

/** A new certificate of an API server that is called by these DNS names and addresses. */
export const issueServer = (authority: KeyPair, names: readonly string[]): Promise<KeyPair> =>
  issue(authority, "CN=kube-apiserver", [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const),
    ),
  ]);

/** A new certificate of an administrator. */
export const issueAdmin = (authority: KeyPair): Promise<KeyPair> =>
  issue(authority, "O=system:masters,CN=admin", [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);

async function createAuthority(): Promise<KeyPair> {
  const keys = await generate();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=engine-tests-ca",
    keys,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}

async function issue(authority: KeyPair, subject: string, extensions: readonly x509.Extension[]): Promise<KeyPair> {
  const keys = await generate();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}

/** From an hour ago, since clocks differ, for a year, as a distribution has it: what ends sooner is made anew. */
const validity = () => ({ notBefore: new Date(Date.now() - day / 24), notAfter: new Date(Date.now() + 365 * day) });

const generate = () => webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]);

const signingKey = (pem: string) =>
  webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), curve, false, ["sign"]);

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), x509.PemConverter.PrivateKeyTag)}\n`;
}

/** A kubeconfig of one context, in YAML. */
export function adminKubeconfig(args: { readonly server: string; readonly name: string; readonly pki: Pki }): string {
  const { server, name, pki } = args;
  const data = (text: string): string => Buffer.from(text).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server, "certificate-authority-data": data(pki.authority.certificate) } }],
      users: [
        {
          name,
          user: {
            "client-certificate-data": data(pki.admin.certificate),
            "client-key-data": data(pki.admin.key),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    },
    { lineWidth: 0 },
  );
}
