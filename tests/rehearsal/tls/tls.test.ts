import { execFileSync } from "node:child_process";
import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Context, Created, Finding, Props } from "../../../rehearsal/model.ts";
import { createTls } from "../../../rehearsal/tls/provider.ts";

const now = new Date("2026-11-21T10:00:00.500Z");
const findings: Omit<Finding, "urn">[] = [];
const model = createTls({ seed: "seed", clock: () => now });

async function create(kind: string, inputs: Props, name = "one"): Promise<Created> {
  const type = `tls:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
  const resource = model.resource(type);
  if (resource === undefined) throw new Error(`no model of ${type}`);
  return resource.create(inputs, contextOf(type, name));
}

function contextOf(type: string, name: string): Context {
  return {
    urn: `urn:pulumi:dev::groundwork::${type}::${name}`,
    type,
    name,
    project: "groundwork",
    stack: "dev",
    now: 0,
    dependencies: new Set(),
    finding: (finding) => findings.push(finding),
  };
}

const text = (created: Created, output: string): string => String(created.outputs[output]);

function has(command: string): boolean {
  try {
    execFileSync("which", [command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "tls-")), "file");
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const kinds: readonly Props[] = [
  { algorithm: "ED25519" },
  { algorithm: "RSA", rsaBits: 2048 },
  { algorithm: "ECDSA", ecdsaCurve: "P256" },
  { algorithm: "ECDSA", ecdsaCurve: "P384" },
  { algorithm: "ECDSA", ecdsaCurve: "P521" },
];

test("an Ed25519 key: every form of it, the same in every rehearsal with this seed", async () => {
  const { id, outputs } = await create("PrivateKey", { algorithm: "ED25519" }, "host");
  const again = await createTls({ seed: "seed" })
    .resource("tls:index/privateKey:PrivateKey")
    ?.create({ algorithm: "ED25519" }, contextOf("tls:index/privateKey:PrivateKey", "host"));
  const headers = Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, /^-----(.*)-----/.exec(String(value))?.[1] ?? value]),
  );
  expect(again).toEqual({ id, outputs, seconds: 0 });
  expect({ id, ...headers }).toMatchInlineSnapshot(`
    {
      "algorithm": "ED25519",
      "ecdsaCurve": "P224",
      "id": "fb6828e2562d10819d202c123ef24eb1706aadfa",
      "privateKeyOpenssh": "BEGIN OPENSSH PRIVATE KEY",
      "privateKeyPem": "BEGIN PRIVATE KEY",
      "privateKeyPemPkcs8": "BEGIN PRIVATE KEY",
      "publicKeyFingerprintMd5": "30:ff:f8:d3:ec:27:1b:fd:28:4b:69:64:86:a3:c5:54",
      "publicKeyFingerprintSha256": "SHA256:p+Zr2+OLSa/oT0ulq8MovVkEyqvVC+24EQ3V9GsNKy0",
      "publicKeyOpenssh": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILwQB/WCVxuK81/aqYMOyBBZ7Qk4UuwIkbwSN1eQslyR
    ",
      "publicKeyPem": "BEGIN PUBLIC KEY",
      "rsaBits": 2048,
    }
  `);
});

test("ECDSA on P-224, the provider's default, has no SSH form", async () => {
  const { outputs } = await create("PrivateKey", { algorithm: "ECDSA" });
  expect(outputs).toMatchObject({
    ecdsaCurve: "P224",
    privateKeyPem: expect.stringMatching(/^-----BEGIN EC PRIVATE KEY-----\n/),
    privateKeyOpenssh: "",
    publicKeyOpenssh: "",
    publicKeyFingerprintMd5: "",
    publicKeyFingerprintSha256: "",
  });
});

describe.runIf(has("ssh-keygen"))("ssh-keygen", () => {
  test.each(kinds)("accepts the key %j and derives the same public half and fingerprint", async (inputs) => {
    const key = await create("PrivateKey", inputs);
    const path = file(text(key, "privateKeyOpenssh"));
    const publicLine = execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" });
    const print = execFileSync("ssh-keygen", ["-l", "-f", file(text(key, "publicKeyOpenssh"))], { encoding: "utf8" });
    expect(publicLine.trim()).toBe(text(key, "publicKeyOpenssh").trim());
    expect(print.split(" ")[1]).toBe(text(key, "publicKeyFingerprintSha256"));
  });
});

test.each(kinds)("all forms of the key %j are one key", async (inputs) => {
  const key = await create("PrivateKey", inputs);
  const forms = ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem"];
  const halves = forms.map((form) => createPublicKey(text(key, form)).export({ format: "pem", type: "spki" }));
  expect(halves).toEqual(forms.map(() => text(key, "publicKeyPem")));
  const looked = await model.function?.("tls:index/getPublicKey:getPublicKey")?.(
    { privateKeyOpenssh: text(key, "privateKeyOpenssh") },
    {} as Context,
  );
  expect(looked?.publicKeyPem).toBe(text(key, "publicKeyPem"));
});

const subject = { commonName: "root", organization: "Example" };

async function authority(algorithm: Props, extra: Props = {}) {
  const key = await create("PrivateKey", algorithm, "ca");
  const cert = await create("SelfSignedCert", {
    privateKeyPem: text(key, "privateKeyPem"),
    subject,
    isCaCertificate: true,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
    validityPeriodHours: 87_600,
    ...extra,
  });
  return { key, cert };
}

async function leaf(ca: { readonly key: Created; readonly cert: Created }, algorithm: Props) {
  const key = await create("PrivateKey", algorithm, "leaf");
  const request = await create("CertRequest", {
    privateKeyPem: text(key, "privateKeyPem"),
    subject: { commonName: "etcd" },
    dnsNames: ["etcd.example.com", "localhost"],
    ipAddresses: ["10.0.1.10", "::1"],
    uris: ["spiffe://example.com/etcd"],
  });
  const cert = await create("LocallySignedCert", {
    certRequestPem: text(request, "certRequestPem"),
    caPrivateKeyPem: text(ca.key, "privateKeyPem"),
    caCertPem: text(ca.cert, "certPem"),
    allowedUses: ["digital_signature", "key_encipherment", "server_auth", "client_auth"],
    validityPeriodHours: 24,
    setSubjectKeyId: true,
  });
  return { key, request, cert };
}

test.each([...kinds, { algorithm: "ECDSA", ecdsaCurve: "P224" }])(
  "a leaf signed by an authority with the key %j verifies, and says what was asked",
  async (algorithm) => {
    const ca = await authority(algorithm);
    const { cert } = await leaf(ca, algorithm);
    const root = new X509Certificate(text(ca.cert, "certPem"));
    const end = new X509Certificate(text(cert, "certPem"));
    expect({
      rootVerifies: root.verify(root.publicKey),
      endVerifies: end.verify(root.publicKey),
      issued: end.checkIssued(root),
      ca: root.ca,
      endCa: end.ca,
      host: end.checkHost("etcd.example.com"),
      stranger: end.checkHost("other.example.com"),
      ip: end.checkIP("10.0.1.10"),
      names: end.subjectAltName,
      subject: end.subject,
      issuer: end.issuer,
      uses: end.keyUsage,
      from: end.validFrom,
      to: end.validTo,
    }).toEqual({
      rootVerifies: true,
      endVerifies: true,
      issued: true,
      ca: true,
      endCa: false,
      host: "etcd.example.com",
      stranger: undefined,
      ip: "10.0.1.10",
      names:
        "DNS:etcd.example.com, DNS:localhost, IP Address:10.0.1.10, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://example.com/etcd",
      subject: "CN=etcd",
      issuer: "O=Example\nCN=root",
      uses: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
      from: "Nov 21 10:00:00 2026 GMT",
      to: "Nov 22 10:00:00 2026 GMT",
    });
  },
);

test("outputs of a certificate beside the certificate itself", async () => {
  const { cert } = await authority({ algorithm: "ED25519" }, { maxPathLength: 1 });
  const { privateKeyPem: _, certPem: __, ...outputs } = cert.outputs as Record<string, unknown>;
  expect({ id: cert.id.replace(/\d+/, "<number>"), outputs }).toEqual({
    id: "<number>",
    outputs: {
      allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
      earlyRenewalHours: 0,
      isCaCertificate: true,
      keyAlgorithm: "ED25519",
      maxPathLength: 1,
      readyForRenewal: false,
      setAuthorityKeyId: false,
      setSubjectKeyId: false,
      subject,
      validityEndTime: "2036-11-18T10:00:00Z",
      validityPeriodHours: 87_600,
      validityStartTime: "2026-11-21T10:00:00Z",
    },
  });
});

describe.runIf(has("openssl"))("openssl", () => {
  test("verifies the chain for a server and reads the extensions as Go writes them", async () => {
    const ca = await authority({ algorithm: "ECDSA", ecdsaCurve: "P384" }, { maxPathLength: 1 });
    const { cert, request } = await leaf(ca, { algorithm: "ED25519" });
    const [caPath, certPath] = [file(text(ca.cert, "certPem")), file(text(cert, "certPem"))];
    const at = String(Math.floor(now.getTime() / 1000) + 60);
    const run = (...args: string[]): string => execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
    expect(run("verify", "-attime", at, "-purpose", "sslserver", "-CAfile", caPath, certPath)).toBe(
      `${certPath}: OK\n`,
    );
    expect(() => run("req", "-verify", "-noout", "-in", file(text(request, "certRequestPem")))).not.toThrow();
    const extensions = (path: string): string =>
      run("x509", "-noout", "-ext", "basicConstraints,keyUsage,extendedKeyUsage", "-in", path);
    expect(extensions(caPath) + extensions(certPath)).toMatchInlineSnapshot(`
      "X509v3 Key Usage: critical
          Digital Signature, Certificate Sign, CRL Sign
      X509v3 Basic Constraints: critical
          CA:TRUE, pathlen:1
      X509v3 Key Usage: critical
          Digital Signature, Key Encipherment
      X509v3 Extended Key Usage: 
          TLS Web Server Authentication, TLS Web Client Authentication
      X509v3 Basic Constraints: critical
          CA:FALSE
      "
    `);
  });
});

test("a key that is not the authority's is refused in Go's words", async () => {
  const ca = await authority({ algorithm: "ED25519" });
  const stranger = await create("PrivateKey", { algorithm: "ED25519" }, "stranger");
  await expect(leaf({ ...ca, key: stranger }, { algorithm: "ED25519" })).rejects.toThrow(
    "x509: provided PrivateKey doesn't match parent's PublicKey (InvalidCertificate)",
  );
});

test("signing by a certificate that is no authority is found", async () => {
  const ca = await authority({ algorithm: "ED25519" }, { isCaCertificate: false });
  findings.length = 0;
  await leaf(ca, { algorithm: "ED25519" });
  expect(findings).toEqual([
    {
      rule: "not-an-authority",
      message:
        "one is signed by O=Example, CN=root, whose certificate is not a certificate authority's: whoever verifies it refuses it",
      remedy: "set isCaCertificate on the certificate that signs",
    },
  ]);
});

test.each<[string, Props, string]>([
  ["PrivateKey", { algorithm: "DSA" }, "algorithm: "],
  [
    "SelfSignedCert",
    { privateKeyPem: "nonsense", allowedUses: [], validityPeriodHours: 1 },
    "failed to parse the private key of one",
  ],
  ["SelfSignedCert", { privateKeyPem: "x", allowedUses: ["tls"], validityPeriodHours: 1 }, "allowedUses.0: "],
])("%s refuses %j", async (kind, inputs, message) => {
  await expect(create(kind, inputs)).rejects.toThrow(message);
});

test("a thousand Ed25519 keys take no time worth speaking of", async () => {
  const started = performance.now();
  for (let index = 0; index < 1000; index++) await create("PrivateKey", { algorithm: "ED25519" }, `node-${index}`);
  expect(performance.now() - started).toBeLessThan(5000);
});
