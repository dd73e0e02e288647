/**
 * X.509 certificates and requests as Go's crypto/x509 makes them for hashicorp/terraform-provider-tls
 * (internal/provider/common_cert.go): same extensions, same order, same defaults.
 */
import { constants, createHash, createPublicKey, type KeyObject, sign, type webcrypto } from "node:crypto";
import { ServiceError } from "../model.ts";
import { algorithmOf, curveOf } from "./keys.ts";
import { publicHalf } from "./openssh.ts";
import { extendedKeyUsages, keyUsages } from "./uses.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

export interface Subject {
  readonly commonName?: string | undefined;
  readonly country?: string | undefined;
  readonly emailAddress?: string | undefined;
  readonly locality?: string | undefined;
  readonly organization?: string | undefined;
  readonly organizationalUnit?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly province?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly streetAddresses?: readonly string[] | undefined;
}

/** The names beside the subject that a certificate speaks for. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

export interface CertificatePlan extends AlternativeNames {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  /** Absent: self-signed. */
  readonly issuer?: X509Certificate;
  readonly signingKey: KeyObject;
  readonly allowedUses: readonly string[];
  readonly isCaCertificate: boolean;
  readonly maxPathLength?: number | undefined;
  readonly setSubjectKeyId: boolean;
  readonly setAuthorityKeyId: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Sixteen bytes. */
  readonly serial: Buffer;
}

export async function issueCertificate(plan: CertificatePlan): Promise<X509Certificate> {
  if (plan.isCaCertificate && plan.subject.toJSON().length === 0) {
    throw new ServiceError(
      "InvalidCertificate",
      "Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
    );
  }
  const issuerKey = plan.issuer?.publicKey.rawData;
  if (issuerKey !== undefined && !Buffer.from(issuerKey).equals(spki(plan.signingKey))) {
    throw new ServiceError("InvalidCertificate", "x509: provided PrivateKey doesn't match parent's PublicKey");
  }
  return X509CertificateGenerator.create(
    {
      serialNumber: serialHex(plan.serial),
      subject: plan.subject,
      issuer: plan.issuer?.subjectName ?? plan.subject,
      notBefore: plan.notBefore,
      notAfter: plan.notAfter,
      publicKey: spki(plan.publicKey),
      signingKey: asCryptoKey(plan.signingKey),
      extensions: extensions(plan),
    },
    signer,
  );
}

function extensions(plan: CertificatePlan): Extension[] {
  const usage = plan.allowedUses.reduce((bits, use) => bits | (keyUsages[use] ?? 0), 0);
  const extended = plan.allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const own = plan.isCaCertificate || plan.setSubjectKeyId ? subjectKeyId(plan.publicKey) : undefined;
  const issuers = plan.issuer?.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (plan.setAuthorityKeyId && own === undefined) {
    throw new ServiceError(
      "InvalidCertificate",
      "Could not determine Authority Key Identifier: setAuthorityKeyId needs isCaCertificate or setSubjectKeyId",
    );
  }
  const authority = issuers ?? (plan.setAuthorityKeyId ? own : undefined);
  // Go leaves the path length out unless it is above zero: the provider never sets MaxPathLenZero.
  const pathLength = plan.isCaCertificate && (plan.maxPathLength ?? 0) > 0 ? plan.maxPathLength : undefined;
  const names = alternativeNames(plan, plan.subject.toJSON().length === 0);
  return [
    ...(usage === 0 ? [] : [new KeyUsagesExtension(usage, true)]),
    ...(extended.length === 0 ? [] : [new ExtendedKeyUsageExtension(extended, false)]),
    new BasicConstraintsExtension(plan.isCaCertificate, pathLength, true),
    ...(own === undefined ? [] : [new SubjectKeyIdentifierExtension(own, false)]),
    ...(authority === undefined ? [] : [new AuthorityKeyIdentifierExtension(authority, false)]),
    ...(names === undefined ? [] : [names]),
  ];
}

export interface RequestPlan extends AlternativeNames {
  readonly subject: Name;
  readonly key: KeyObject;
}

export async function createRequest(plan: RequestPlan): Promise<Pkcs10CertificateRequest> {
  const names = alternativeNames(plan, plan.subject.toJSON().length === 0);
  return Pkcs10CertificateRequestGenerator.create(
    {
      name: plan.subject,
      keys: { publicKey: asCryptoKey(publicHalf(plan.key)), privateKey: asCryptoKey(plan.key) },
      signingAlgorithm: { name: algorithmName(plan.key), hash: digest(plan.key) },
      extensions: names === undefined ? [] : [names],
    },
    signer,
  );
}

/** What a request asks to have certified. */
export function readRequest(pem: string): AlternativeNames & { readonly subject: Name; readonly publicKey: KeyObject } {
  const request = new Pkcs10CertificateRequest(pem);
  const names = request.extensions.flatMap((extension) =>
    extension instanceof SubjectAlternativeNameExtension ? extension.names.items : [],
  );
  const of = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    subject: request.subjectName,
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" }),
    dnsNames: of("dns"),
    ipAddresses: of("ip"),
    uris: of("url"),
  };
}

/** Relative names in the order of Go's pkix.Name. */
export function subjectName(subject: Subject): Name {
  const parts: readonly (readonly [string, string | undefined])[] = [
    ["C", subject.country],
    ["O", subject.organization],
    ["OU", subject.organizationalUnit],
    ["L", subject.locality],
    ["ST", subject.province],
    ...(subject.streetAddresses ?? []).map((line) => ["2.5.4.9", line] as const),
    ["2.5.4.17", subject.postalCode],
    ["CN", subject.commonName],
    ["2.5.4.5", subject.serialNumber],
    ["E", subject.emailAddress],
  ];
  return new Name(parts.flatMap(([type, value]) => (value === undefined ? [] : [{ [type]: [value] }])));
}

function alternativeNames(names: AlternativeNames, critical: boolean): SubjectAlternativeNameExtension | undefined {
  const list: JsonGeneralName[] = [
    ...names.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...names.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...names.uris.map((value) => ({ type: "url" as const, value })),
  ];
  return list.length === 0 ? undefined : new SubjectAlternativeNameExtension(list, critical);
}

function spki(key: KeyObject): Buffer {
  return publicHalf(key).export({ format: "der", type: "spki" });
}

/** SHA-1 of the key as the provider marshals it: the PKCS #1 numbers, the EC point, or an Ed25519 octet string. */
function subjectKeyId(key: KeyObject): string {
  const half = publicHalf(key);
  const bytes = ((): Buffer => {
    const algorithm = algorithmOf(half);
    switch (algorithm) {
      case "RSA":
        return half.export({ format: "der", type: "pkcs1" });
      case "ECDSA": {
        // A subject public key ends in its bit string: one byte of padding count, then the uncompressed point.
        const size = { P224: 57, P256: 65, P384: 97, P521: 133 }[curveOf(half) ?? "P256"];
        return spki(half).subarray(-size);
      }
      case "ED25519":
        return Buffer.concat([Buffer.from([4, 32]), spki(half).subarray(-32)]);
      default: {
        const unknown: never = algorithm;
        throw new Error(`unknown key algorithm ${String(unknown)}`);
      }
    }
  })();
  return createHash("sha1").update(bytes).digest("hex");
}

/** A positive number of at most 128 bits. */
function serialHex(bytes: Buffer): string {
  const positive = Buffer.from(bytes);
  positive[0] = ((positive[0] ?? 0) & 0x7f) | 0x01;
  return positive.toString("hex");
}

function digest(key: KeyObject): string {
  switch (curveOf(key)) {
    case "P384":
      return "SHA-384";
    case "P521":
      return "SHA-512";
    default:
      return "SHA-256";
  }
}

function algorithmName(key: KeyObject): string {
  switch (algorithmOf(key)) {
    case "RSA":
      return "RSASSA-PKCS1-v1_5";
    case "ECDSA":
      return "ECDSA";
    default:
      return "Ed25519";
  }
}

interface KeyHolder {
  readonly algorithm: { readonly name: string; readonly hash: string; readonly namedCurve?: string };
  readonly key: KeyObject;
}

/**
 * A WebCrypto key in as far as @peculiar/x509 looks at one. Signing is left to node:crypto, because WebCrypto has no
 * P-224, which is the provider's default curve.
 */
function asCryptoKey(key: KeyObject): webcrypto.CryptoKey {
  const curve = curveOf(key);
  const holder: KeyHolder = {
    algorithm: {
      name: algorithmName(key),
      hash: digest(key),
      ...(curve === undefined ? {} : { namedCurve: curve.replace("P", "P-") }),
    },
    key,
  };
  return holder as unknown as webcrypto.CryptoKey;
}

const signer = {
  getRandomValues: <T>(array: T): T => array,
  subtle: {
    exportKey: (_: "spki", holder: unknown): Promise<Buffer> => Promise.resolve(spki((holder as KeyHolder).key)),
    sign: (_: unknown, holder: unknown, data: ArrayBuffer): Promise<Buffer> => {
      const { key, algorithm } = holder as KeyHolder;
      const hash = algorithm.name === "Ed25519" ? null : algorithm.hash.replace("-", "");
      const options = { key, dsaEncoding: "ieee-p1363", padding: constants.RSA_PKCS1_PADDING } as const;
      const signature = sign(
        hash,
        Buffer.from(data),
        algorithm.name === "RSASSA-PKCS1-v1_5" ? options : { key, dsaEncoding: "ieee-p1363" },
      );
      return Promise.resolve(algorithm.namedCurve === "P-224" ? widened(signature) : signature);
    },
  },
} as unknown as webcrypto.Crypto;

/** @peculiar/x509 takes a curve that it does not know for one of 32 bytes: zeros in front of both halves. */
function widened(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const pad = Buffer.alloc(32 - half);
  return Buffer.concat([pad, signature.subarray(0, half), pad, signature.subarray(half)]);
}
