import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { type Authority, base64, ed25519Pem, type TalosSecrets } from "../../../lib/talos/secrets.ts";

/** Ten years, Talos' own choice for authorities. */
const validityPeriodHours = 10 * 365 * 24;

/** Kubernetes and etcd take P-256; Talos' own API Ed25519. */
type Algorithm = "ECDSA" | "ED25519";

interface Made {
  readonly key: tls.PrivateKey;
  readonly certificate: tls.SelfSignedCert;
  readonly pems: pulumi.Output<Authority>;
}

/**
 * Everything that the machines of one Talos cluster share: five authorities and keys, four tokens. None of it is ever made
 * anew by a changed option: another authority is another cluster, and machines that trust the old one are out of reach.
 */
export class TalosPki extends pulumi.ComponentResource {
  readonly secrets: pulumi.Output<TalosSecrets>;
  /** Authority, certificate and key of the program and its operators, PEM in base64. */
  readonly administrator: pulumi.Output<{ readonly ca: string; readonly crt: string; readonly key: string }>;
  /** What is there as long as the cluster is. */
  readonly anchor: pulumi.Resource;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:talos:Pki", name, {}, opts);
    const kept = { parent: this, ignoreChanges: ["*"] };
    const bytes = (role: string): pulumi.Output<string> =>
      new random.RandomBytes(`${name}-${role}`, { length: 32 }, kept).base64;
    const text = (role: string, length: number): pulumi.Output<string> =>
      new random.RandomPassword(`${name}-${role}`, { length, special: false, upper: false }, kept).result;
    const token = (role: string): pulumi.Output<string> =>
      pulumi.interpolate`${text(`${role}-id`, 6)}.${text(`${role}-secret`, 16)}`;

    const talos = this.#authority(`${name}-talos`, "ED25519", { organization: "talos" });
    const serviceAccount = new tls.PrivateKey(`${name}-service-account`, { algorithm: "RSA", rsaBits: 4096 }, kept);
    this.anchor = talos.certificate;
    this.secrets = pulumi.secret(
      pulumi.output({
        clusterId: bytes("cluster-id"),
        clusterSecret: bytes("cluster-secret"),
        bootstrapToken: token("bootstrap-token"),
        machineToken: token("machine-token"),
        secretboxKey: bytes("secretbox-key"),
        talos: talos.pems,
        etcd: this.#authority(`${name}-etcd`, "ECDSA", { organization: "etcd" }).pems,
        kubernetes: this.#authority(`${name}-kubernetes`, "ECDSA", { organization: "kubernetes" }).pems,
        aggregator: this.#authority(`${name}-aggregator`, "ECDSA", { commonName: "front-proxy" }).pems,
        serviceAccountKey: serviceAccount.privateKeyPem.apply(base64),
      }),
    );
    this.administrator = pulumi.secret(this.#administrator(`${name}-administrator`, talos));
    this.registerOutputs({ secrets: this.secrets, administrator: this.administrator });
  }

  #authority(
    name: string,
    algorithm: Algorithm,
    subject: { readonly organization?: string; readonly commonName?: string },
  ): Made {
    const kept = { parent: this, ignoreChanges: ["*"] };
    const key = new tls.PrivateKey(name, { algorithm, ...(algorithm === "ECDSA" ? { ecdsaCurve: "P256" } : {}) }, kept);
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        isCaCertificate: true,
        setSubjectKeyId: true,
        validityPeriodHours,
        subject,
        allowedUses: ["digital_signature", "cert_signing", "server_auth", "client_auth"],
      },
      kept,
    );
    const pems = pulumi
      .all([certificate.certPem, pemOf(key, algorithm)])
      .apply(([crt, pem]) => ({ crt: base64(crt), key: base64(pem) }));
    return { key, certificate, pems };
  }

  /**
   * Valid as long as its authority, whose key lies beside it in the state: a shorter life would lock out the commands
   * that the state holds for later, and keep nobody out.
   */
  #administrator(
    name: string,
    authority: Made,
  ): pulumi.Output<{ readonly ca: string; readonly crt: string; readonly key: string }> {
    const kept = { parent: this, ignoreChanges: ["*"] };
    const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, kept);
    const request = new tls.CertRequest(
      name,
      { privateKeyPem: key.privateKeyPem, subject: { organization: "os:admin" } },
      kept,
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: authority.key.privateKeyPem,
        caCertPem: authority.certificate.certPem,
        validityPeriodHours,
        allowedUses: ["digital_signature", "client_auth"],
      },
      kept,
    );
    return pulumi
      .all([authority.certificate.certPem, certificate.certPem, pemOf(key, "ED25519")])
      .apply(([ca, crt, pem]) => ({ ca: base64(ca), crt: base64(crt), key: base64(pem) }));
  }
}

function pemOf(key: tls.PrivateKey, algorithm: Algorithm): pulumi.Output<string> {
  return algorithm === "ED25519" ? key.privateKeyPemPkcs8.apply(ed25519Pem) : key.privateKeyPem;
}
