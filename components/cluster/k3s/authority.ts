import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { LoadedStage } from "../../../config/load.ts";
import { type Authorities, authorityNames, clusterAuthorities, splitCertificates } from "../../../lib/k3s/authority.ts";
import { signedByVaultStep, vaultStdin } from "../../../lib/k3s/vault.ts";
import type { K3sStage } from "./documents.ts";

const hoursOfAYear = 365 * 24;

/** What is above must last longer than what is below. The lowest are k3s's own, which it makes for ten years too. */
const years = { root: 30, intermediate: 20, leaf: 10 };

const uses = ["digital_signature", "key_encipherment", "cert_signing", "crl_signing"];

type Secrets = Pick<LoadedStage, "secret">;
type Choice = NonNullable<K3sStage["cluster"]["authority"]>;

interface Signer {
  readonly key: pulumi.Output<string>;
  readonly certificate: pulumi.Output<string>;
}

/**
 * The certificate authorities of a k3s cluster, all under one root: root, an intermediate that nodes do not have the key
 * of, and one authority for each kind of certificate that k3s makes. None of it is ever made anew by a changed option:
 * another root is another cluster.
 */
export class K3sAuthority extends pulumi.ComponentResource {
  /** Secret. */
  readonly authorities: pulumi.Output<Authorities>;

  constructor(
    name: string,
    { choice, stage }: { readonly choice: Choice; readonly stage: Secrets },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("groundwork:k3s:Authority", name, {}, opts);
    const intermediate = this.#key(`${name}-intermediate`);
    const request = this.#request(`${name}-intermediate`, intermediate, `${name} intermediate`);
    const chain = this.#chain(name, choice, request, stage);
    const signer = { key: intermediate.privateKeyPem, certificate: chain.apply(([first = ""]) => first) };
    const leaves = authorityNames.map((role) => this.#leaf(`${name}-${role.replace("/", "-")}`, signer));
    this.authorities = pulumi.secret(
      pulumi.all([pulumi.all(leaves), chain]).apply(([signed, above]) => clusterAuthorities(signed, above)),
    );
    this.registerOutputs({ root: chain.apply((certificates) => certificates.at(-1)) });
  }

  /** The intermediate's certificate, and those above it up to the root. */
  #chain(
    name: string,
    choice: Choice,
    request: tls.CertRequest,
    { secret }: Secrets,
  ): pulumi.Output<readonly string[]> {
    switch (choice.kind) {
      case "made": {
        const key = this.#key(`${name}-root`);
        const root = new tls.SelfSignedCert(
          `${name}-root`,
          {
            privateKeyPem: key.privateKeyPem,
            isCaCertificate: true,
            setSubjectKeyId: true,
            validityPeriodHours: years.root * hoursOfAYear,
            subject: { commonName: `${name} root` },
            allowedUses: uses,
          },
          this.#kept(),
        );
        const signer = { key: key.privateKeyPem, certificate: root.certPem };
        const intermediate = this.#sign(`${name}-intermediate`, request, signer, years.intermediate);
        return pulumi.all([intermediate.certPem, root.certPem]);
      }
      case "vault": {
        const signed = new command.local.Command(
          `${name}-vault`,
          {
            create: signedByVaultStep({
              address: choice.address,
              mount: choice.mount,
              namespace: choice.namespace ?? "",
              hours: years.intermediate * hoursOfAYear,
              commonName: `${name} intermediate`,
            }),
            stdin: pulumi
              .all([secret(choice.tokenSecret), request.certRequestPem])
              .apply(([token, csr]) => vaultStdin({ token, csr, authority: choice.authority ?? "" })),
            logging: "stderr",
            addPreviousOutputInEnv: false,
          },
          this.#kept(),
        );
        return signed.stdout.apply(splitCertificates);
      }
      default:
        return choice satisfies never;
    }
  }

  #leaf(name: string, signer: Signer): pulumi.Output<{ readonly certificate: string; readonly key: string }> {
    const key = this.#key(name);
    const certificate = this.#sign(name, this.#request(name, key, name), signer, years.leaf);
    return pulumi.all([certificate.certPem, key.privateKeyPem]).apply(([pem, own]) => ({ certificate: pem, key: own }));
  }

  #key(name: string): tls.PrivateKey {
    return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, this.#kept());
  }

  #request(name: string, key: tls.PrivateKey, commonName: string): tls.CertRequest {
    return new tls.CertRequest(name, { privateKeyPem: key.privateKeyPem, subject: { commonName } }, this.#kept());
  }

  #sign(name: string, request: tls.CertRequest, signer: Signer, lasting: number): tls.LocallySignedCert {
    return new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: signer.key,
        caCertPem: signer.certificate,
        isCaCertificate: true,
        setSubjectKeyId: true,
        validityPeriodHours: lasting * hoursOfAYear,
        allowedUses: uses,
      },
      this.#kept(),
    );
  }

  #kept(): pulumi.CustomResourceOptions {
    return { parent: this, ignoreChanges: ["*"] };
  }
}
