import { durations } from "../../durations.ts";
import { createSource } from "../../random/source.ts";
import { authority, issue } from "../../tls/authority.ts";
import { readRequest, subjectName } from "../../tls/certificates.ts";
import { generateKey } from "../../tls/keys.ts";
import { publicHalf } from "../../tls/openssh.ts";
import { exited, type LocalStep, parameter } from "./step.ts";

const hoursOfTheRoot = 350_400;

/** Vault with a PKI secrets engine at any path, whose root lasts forty years, and which takes any token. */
export const vaultSign: LocalStep = async (request) => {
  const [token = "", csr = ""] = request.stdin.split("\n");
  if (token === "") throw exited(request, "is not signed by Vault: 403 permission denied");
  const address = parameter(request, "address");
  const source = createSource("vault", `${address} ${parameter(request, "mount")}`);
  const key = await generateKey({ algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 0, source });
  const common = {
    signingKey: key,
    isCaCertificate: true,
    setSubjectKeyId: true,
    allowedUses: ["cert_signing", "crl_signing"],
    setAuthorityKeyId: false,
    now: new Date(),
  };
  const { certPem: root } = await issue({
    ...common,
    ...{ dnsNames: [], ipAddresses: [], uris: [] },
    subject: subjectName({ commonName: `Vault at ${address}` }),
    publicKey: publicHalf(key),
    validityPeriodHours: hoursOfTheRoot,
    serial: source.bytes(16),
  });
  const { certPem } = await issue({
    ...common,
    ...readRequest(Buffer.from(csr, "base64").toString()),
    issuer: authority(root, "Vault").certificate,
    maxPathLength: 1,
    validityPeriodHours: Number(parameter(request, "hours")),
    serial: source.bytes(16),
  });
  return { stdout: `${certPem}${root}`, until: request.at + durations.step.tailnetDevice };
};
