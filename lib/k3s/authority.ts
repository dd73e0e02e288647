import { X509Certificate } from "node:crypto";

/**
 * The certificate authorities of a k3s cluster, by the names of their files below server/tls: of clients, of the API
 * server and kubelets, of aggregated APIs, of etcd's members and of etcd itself. k3s takes those that it finds at its
 * first start, each with its chain up to the root. Source: docs.k3s.io/cli/certificate#using-custom-ca-certificates
 */
export const authorityNames = [
  "client-ca",
  "server-ca",
  "request-header-ca",
  "etcd/peer-ca",
  "etcd/server-ca",
] as const;

/** A certificate and its key, PEM. */
export interface Signed {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityFile {
  /** Below /var/lib/rancher/k3s/server/tls. */
  readonly path: string;
  readonly content: string;
}

/** What servers and joining nodes are told of the authorities of their cluster. */
export interface Authorities {
  readonly files: readonly AuthorityFile[];
  /** SHA-256 of the root certificate in DER, hex: how a full token names it (docs.k3s.io/cli/token). */
  readonly rootHash: string;
}

/**
 * @param leaves One for each of `authorityNames`, in their order.
 * @param chain PEM certificates above them: what signed them first, the root last.
 */
export function clusterAuthorities(leaves: readonly Signed[], chain: readonly string[]): Authorities {
  const root = chain.at(-1);
  if (root === undefined) throw new Error("the authorities of the cluster have no root → give the chain above them");
  return {
    files: authorityNames.flatMap((name, index) => {
      const leaf = leaves[index];
      if (leaf === undefined) throw new Error(`the authority ${name} of the cluster is missing`);
      return [
        { path: `${name}.crt`, content: [leaf.certificate, ...chain].map(ended).join("") },
        { path: `${name}.key`, content: ended(leaf.key) },
      ];
    }),
    rootHash: new X509Certificate(root).fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

const ended = (pem: string): string => `${pem.trim()}\n`;

/** The certificates of a text, one after the other. */
export function splitCertificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}
