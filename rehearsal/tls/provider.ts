import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { durations } from "../durations.ts";
import { readInputs, withoutUndefined } from "../inputs.ts";
import type { Context, Created, FunctionModel, Props, ProviderModel, ResourceModel } from "../model.ts";
import { createSources, type Source } from "../random/source.ts";
import { authority, type Issued, issue, pem } from "./authority.ts";
import { createRequest, readRequest, subjectName } from "./certificates.ts";
import { algorithmOf, generateKey, parsePrivateKey } from "./keys.ts";
import { fingerprints, opensshPrivateKey, publicHalf, sshPublicBlob, sshPublicLine } from "./openssh.ts";
import { allowedUses } from "./uses.ts";

const names = z.array(z.string().min(1)).optional();
const subject = z
  .object({
    commonName: z.string(),
    country: z.string(),
    emailAddress: z.string(),
    locality: z.string(),
    organization: z.string(),
    organizationalUnit: z.string(),
    postalCode: z.string(),
    province: z.string(),
    serialNumber: z.string(),
    streetAddresses: z.array(z.string()),
  })
  .partial()
  .optional();

const keyInputs = z.object({
  algorithm: z.enum(["RSA", "ECDSA", "ED25519"]),
  ecdsaCurve: z.enum(["P224", "P256", "P384", "P521"]).default("P224"),
  rsaBits: z.number().int().min(512).default(2048),
});

const certificateInputs = {
  allowedUses: z.array(z.enum(allowedUses as [string, ...string[]])),
  earlyRenewalHours: z.number().int().min(0).default(0),
  isCaCertificate: z.boolean().default(false),
  maxPathLength: z.number().int().min(-1).optional(),
  setSubjectKeyId: z.boolean().default(false),
  validityPeriodHours: z.number().int().min(0),
};

// A write-only key reaches the provider but never its state; it stands in for the plain one.
const ownKey = {
  privateKeyPem: z.string().optional(),
  privateKeyPemWo: z.string().optional(),
  privateKeyPemWoVersion: z.number().int().optional(),
};
const alternativeNames = { dnsNames: names, ipAddresses: names, uris: names };

const requestInputs = z.object({ ...ownKey, ...alternativeNames, subject });
const selfSignedInputs = z.object({
  ...ownKey,
  ...alternativeNames,
  ...certificateInputs,
  subject,
  setAuthorityKeyId: z.boolean().default(false),
});
const locallySignedInputs = z.object({
  ...certificateInputs,
  caCertPem: z.string(),
  caPrivateKeyPem: z.string().optional(),
  caPrivateKeyPemWo: z.string().optional(),
  caPrivateKeyPemWoVersion: z.number().int().optional(),
  certRequestPem: z.string(),
});

/**
 * `@pulumi/tls` 5.6.1, with real keys and certificates. Ed25519 and ECDSA keys follow from `seed` and the URN; RSA keys
 * are new each time. Certificates are valid from the `clock`'s time, the machine's unless given.
 * Source of outputs, ids and defaults: hashicorp/terraform-provider-tls, internal/provider.
 */
export function createTls(args: { readonly seed: string; readonly clock?: () => Date }): ProviderModel {
  const clock = args.clock ?? (() => new Date());
  const sourceOf = createSources(args.seed);
  const models: Readonly<Record<string, ResourceModel>> = {
    "tls:index/privateKey:PrivateKey": privateKey(sourceOf),
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSigned(sourceOf, clock),
    "tls:index/locallySignedCert:LocallySignedCert": locallySigned(sourceOf, clock),
  };
  const functions: Readonly<Record<string, FunctionModel>> = { "tls:index/getPublicKey:getPublicKey": getPublicKey };
  return { name: "tls", resource: (type) => models[type], function: (token) => functions[token] };
}

type Sources = (urn: string) => Source;

function privateKey(sourceOf: Sources): ResourceModel {
  return {
    replaceOn: ["*"],
    secretOutputs: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
    async create(given: Props, context: Context): Promise<Created> {
      const inputs = readInputs(keyInputs, given);
      const key = await generateKey({ ...inputs, source: sourceOf(context.urn) });
      const form = inputs.algorithm === "RSA" ? "pkcs1" : inputs.algorithm === "ECDSA" ? "sec1" : "pkcs8";
      return {
        id: sha1(publicHalf(key).export({ format: "der", type: "spki" })),
        outputs: {
          ...inputs,
          privateKeyPem: key.export({ format: "pem", type: form }),
          privateKeyPemPkcs8: key.export({ format: "pem", type: "pkcs8" }),
          privateKeyOpenssh: opensshPrivateKey(key) ?? "",
          ...publicOutputs(key),
        },
        seconds: durations.key[inputs.algorithm],
      };
    },
    update: follow,
    delete: () => 0,
  };
}

const certRequest: ResourceModel = {
  replaceOn: ["*"],
  secretOutputs: ["privateKeyPem"],
  async create(given, context) {
    const { privateKeyPemWo, ...inputs } = readInputs(requestInputs, given);
    const key = parsePrivateKey(inputs.privateKeyPem ?? privateKeyPemWo ?? "", context.name);
    const request = await createRequest({ ...lists(inputs), subject: subjectName(inputs.subject ?? {}), key });
    return {
      id: sha1(Buffer.from(request.rawData)),
      outputs: withoutUndefined({ ...inputs, keyAlgorithm: algorithmOf(key), certRequestPem: pem(request) }),
      seconds: 0,
    };
  },
  update: follow,
  delete: () => 0,
};

function selfSigned(sourceOf: Sources, clock: () => Date): ResourceModel {
  return {
    replaceOn: Object.keys(selfSignedInputs.shape).filter((name) => name !== "earlyRenewalHours"),
    secretOutputs: ["privateKeyPem"],
    async create(given, context) {
      const { privateKeyPemWo, ...inputs } = readInputs(selfSignedInputs, given);
      const key = parsePrivateKey(inputs.privateKeyPem ?? privateKeyPemWo ?? "", context.name);
      const issued = await issue({
        ...inputs,
        ...lists(inputs),
        subject: subjectName(inputs.subject ?? {}),
        publicKey: publicHalf(key),
        signingKey: key,
        now: clock(),
        serial: sourceOf(context.urn).bytes(16),
      });
      return created(issued, { ...inputs, keyAlgorithm: algorithmOf(key) });
    },
    update: follow,
    delete: () => 0,
  };
}

function locallySigned(sourceOf: Sources, clock: () => Date): ResourceModel {
  return {
    replaceOn: Object.keys(locallySignedInputs.shape).filter((name) => name !== "earlyRenewalHours"),
    secretOutputs: ["caPrivateKeyPem"],
    async create(given, context) {
      const { caPrivateKeyPemWo, ...inputs } = readInputs(locallySignedInputs, given);
      const key = parsePrivateKey(inputs.caPrivateKeyPem ?? caPrivateKeyPemWo ?? "", context.name);
      const { certificate, isCa } = authority(inputs.caCertPem, context.name);
      if (!isCa) {
        context.finding({
          rule: "not-an-authority",
          message: `${context.name} is signed by ${certificate.subject}, whose certificate is not a certificate authority's: whoever verifies it refuses it`,
          remedy: "set isCaCertificate on the certificate that signs",
        });
      }
      const issued = await issue({
        ...inputs,
        ...readRequest(inputs.certRequestPem),
        issuer: certificate,
        signingKey: key,
        setAuthorityKeyId: false,
        now: clock(),
        serial: sourceOf(context.urn).bytes(16),
      });
      return created(issued, { ...inputs, caKeyAlgorithm: algorithmOf(key) });
    },
    update: follow,
    delete: () => 0,
  };
}

const getPublicKey: FunctionModel = (given, context) => {
  const inputs = readInputs(
    z.object({ privateKeyPem: z.string().optional(), privateKeyOpenssh: z.string().optional() }),
    given,
  );
  const key = parsePrivateKey(inputs.privateKeyPem ?? inputs.privateKeyOpenssh ?? "", context.name || "getPublicKey");
  const id = sha1(createPublicKey(key).export({ format: "der", type: "spki" }));
  return { ...withoutUndefined(inputs), id, algorithm: algorithmOf(key), ...publicOutputs(key) };
};

/** What SSH has no form for is empty, not absent. */
function publicOutputs(key: KeyObject): Props {
  const line = sshPublicLine(key);
  const blob = sshPublicBlob(key);
  const prints = blob === undefined ? { md5: "", sha256: "" } : fingerprints(blob);
  return {
    publicKeyPem: publicHalf(key).export({ format: "pem", type: "spki" }),
    publicKeyOpenssh: line === undefined ? "" : `${line}\n`,
    publicKeyFingerprintMd5: prints.md5,
    publicKeyFingerprintSha256: prints.sha256,
  };
}

function created(issued: Issued, outputs: Props): Created {
  return {
    id: issued.id,
    outputs: withoutUndefined({
      ...outputs,
      certPem: issued.certPem,
      readyForRenewal: false,
      validityStartTime: issued.validityStartTime,
      validityEndTime: issued.validityEndTime,
    }),
    seconds: 0,
  };
}

function lists(inputs: {
  dnsNames?: string[] | undefined;
  ipAddresses?: string[] | undefined;
  uris?: string[] | undefined;
}) {
  return { dnsNames: inputs.dnsNames ?? [], ipAddresses: inputs.ipAddresses ?? [], uris: inputs.uris ?? [] };
}

/** What may change in place is only kept in the state. */
function follow(inputs: Props, old: { readonly outputs: Props }): { outputs: Props; seconds: number } {
  return { outputs: withoutUndefined({ ...old.outputs, ...inputs }), seconds: 0 };
}

/** The provider's ids. */
function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}
