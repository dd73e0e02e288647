/** A certificate authority: PEM in base64, as Talos takes it. */
export interface Authority {
  readonly crt: string;
  readonly key: string;
}

/** What the machines of one cluster share and nobody else knows. Names and forms: `talosctl gen secrets`. */
export interface TalosSecrets {
  /** 32 bytes in base64. */
  readonly clusterId: string;
  /** 32 bytes in base64: encrypts what discovery says of the cluster. */
  readonly clusterSecret: string;
  /** `[a-z0-9]{6}.[a-z0-9]{16}`: kubelets join by it. */
  readonly bootstrapToken: string;
  /** The same form: machines get their Talos certificates by it. */
  readonly machineToken: string;
  /** 32 bytes in base64: encrypts Secrets in etcd. */
  readonly secretboxKey: string;
  /** Of Talos' own API: Ed25519. */
  readonly talos: Authority;
  readonly etcd: Authority;
  readonly kubernetes: Authority;
  readonly aggregator: Authority;
  /** PEM in base64. */
  readonly serviceAccountKey: string;
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Talos wants an Ed25519 key, PKCS #8 as everywhere, under a label of its own. Source: siderolabs/crypto, x509/ed25519.go */
export function ed25519Pem(pkcs8: string): string {
  return pkcs8.replaceAll(/(BEGIN|END) PRIVATE KEY/g, "$1 ED25519 PRIVATE KEY");
}
