import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { splitCertificates } from "../../lib/k3s/authority.ts";
import { signedByVaultStep, vaultStdin } from "../../lib/k3s/vault.ts";
import { createSource } from "../../rehearsal/random/source.ts";
import { authority, issue, pem } from "../../rehearsal/tls/authority.ts";
import { createRequest, readRequest, subjectName } from "../../rehearsal/tls/certificates.ts";
import { generateKey } from "../../rehearsal/tls/keys.ts";
import { publicHalf } from "../../rehearsal/tls/openssh.ts";

// The script itself, as the engine's command runs it, against the one path of Vault's API that it asks for.

const source = createSource("seed", "vault");
const key = () => generateKey({ algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 0, source });
const common = {
  ...{ isCaCertificate: true, setSubjectKeyId: true, setAuthorityKeyId: false },
  allowedUses: ["cert_signing"],
  now: new Date(),
  validityPeriodHours: 1000,
};
const nameless = { dnsNames: [], ipAddresses: [], uris: [] };

const rootKey = await key();
const middleKey = await key();
const root = await issue({
  ...common,
  ...nameless,
  subject: subjectName({ commonName: "root" }),
  publicKey: publicHalf(rootKey),
  signingKey: rootKey,
  serial: source.bytes(16),
});
const middle = await issue({
  ...common,
  ...nameless,
  subject: subjectName({ commonName: "middle" }),
  publicKey: publicHalf(middleKey),
  issuer: authority(root.certPem, "test").certificate,
  signingKey: rootKey,
  serial: source.bytes(16),
});
const ours = await createRequest({ ...nameless, subject: subjectName({ commonName: "rack" }), key: await key() });

interface Asked {
  readonly path: string | undefined;
  readonly token: string | undefined;
  readonly body: Record<string, unknown>;
}

const open = new Set<() => void>();
afterEach(() => {
  for (const close of open) close();
  open.clear();
});

/** Vault: answers with these statuses first, then signs by `middle` and shows these certificates above. */
async function vault(args: { readonly first?: readonly number[]; readonly above: readonly string[] }) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => {
      text += part.toString();
    });
    request.on("end", () => {
      const status = (args.first ?? [])[asked.length];
      const body = JSON.parse(text) as Record<string, unknown>;
      asked.push({ path: request.url, token: request.headers["x-vault-token"]?.toString(), body });
      if (status !== undefined) {
        response.writeHead(status).end(JSON.stringify({ errors: ["Vault is sealed"] }));
        return;
      }
      void sign(String(body.csr)).then((certificate) => {
        const data = { certificate, issuing_ca: middle.certPem, ca_chain: args.above };
        response.writeHead(200).end(JSON.stringify({ data }));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.add(() => server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function sign(csr: string): Promise<string> {
  const { certPem } = await issue({
    ...common,
    ...readRequest(csr),
    issuer: authority(middle.certPem, "test").certificate,
    signingKey: middleKey,
    serial: source.bytes(16),
  });
  return certPem;
}

async function run(address: string) {
  const script = signedByVaultStep({
    address,
    mount: "pki/k8s",
    namespace: "",
    hours: 87_600,
    commonName: "rack intermediate",
  });
  const child = spawn("/bin/sh", ["-c", script], { env: { PATH: process.env.PATH } });
  child.stdin.end(vaultStdin({ token: "hvs.canary", csr: pem(ours), authority: "" }));
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, ...output };
}

const subjects = (text: string): readonly string[] =>
  splitCertificates(text).map((each) => new X509Certificate(each).subject);

test("what Vault signs comes with all above it, the root last, in whatever order Vault has it", async () => {
  const { address, asked } = await vault({ first: [503], above: [root.certPem, middle.certPem] });
  const { code, stdout, stderr } = await run(address);
  expect({ code, stderr, chain: subjects(stdout) }).toEqual({
    code: 0,
    stderr: "",
    chain: ["CN=rack", "CN=middle", "CN=root"],
  });
  expect(asked.at(-1)).toEqual({
    path: "/v1/pki/k8s/root/sign-intermediate",
    token: "hvs.canary",
    body: {
      csr: pem(ours),
      common_name: "rack intermediate",
      exclude_cn_from_sans: true,
      format: "pem",
      ttl: "87600h",
      max_path_length: 1,
    },
  });
  expect(asked).toHaveLength(2);
});

test.each([
  [
    "a token that may not sign",
    { first: [403], above: [] },
    "give the token a policy that may update pki/k8s/root/sign-intermediate",
  ],
  ["no secrets engine there", { first: [404], above: [] }, "enable a PKI secrets engine at pki/k8s, or name its path"],
  [
    "a chain without its root",
    { above: [middle.certPem] },
    "nobody vouches for CN=root → add its chain up to the root",
  ],
])("refused with what to do, and without the token: %s", async (_, answers, remedy) => {
  const { address } = await vault(answers);
  const { code, stdout, stderr } = await run(address);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`groundwork: rack intermediate is not signed by Vault at ${address}: `);
  expect(stderr).toContain(remedy);
  expect(stderr).not.toContain("canary");
});
