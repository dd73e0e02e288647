// Has a PKI secrets engine of Vault sign an intermediate authority, and prints its certificate and all above it, the root
// last. Run by `node --eval`, with `address`, `mount`, `namespace`, `hours` and `commonName` in the environment; standard
// input: a token, the request, the authority of Vault's own certificate. Source of the request:
// developer.hashicorp.com/vault/api-docs/secret/pki#sign-intermediate
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as http } from "node:http";
import { request as https } from "node:https";
import { setTimeout as delay } from "node:timers/promises";

const { address, mount, namespace, hours, commonName } = process.env;
const [token, ...files] = readFileSync(0, "utf8").split("\n");
const [csr, authority] = files.map((text) => Buffer.from(text, "base64").toString());

function post(url, body) {
  const headers = { "Content-Type": "application/json", "X-Vault-Token": token, "X-Vault-Request": "true" };
  if (namespace !== "") headers["X-Vault-Namespace"] = namespace;
  const options = { method: "POST", headers, timeout: 30_000, ...(authority === "" ? {} : { ca: authority }) };
  return new Promise((resolve, reject) => {
    const asked = (url.startsWith("https:") ? https : http)(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => {
        text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, text }));
      answer.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 30 s")));
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}

/** Asks up to five times: what is sealed, on standby or out of reach may not be a moment later. */
async function ask(body) {
  for (let attempt = 1; ; attempt++) {
    let why;
    try {
      const { status, text } = await post(`${address}/v1/${mount}/root/sign-intermediate`, body);
      if (status === 200) return JSON.parse(text).data;
      why = `${status} ${text.trim().slice(0, 300)}`;
      if (status === 403)
        throw new Error(`refused: ${why} → give the token a policy that may update ${mount}/root/sign-intermediate`);
      if (status === 404)
        throw new Error(`refused: ${why} → enable a PKI secrets engine at ${mount}, or name its path`);
      if (status !== 429 && status < 500) throw new Error(`refused: ${why}`);
    } catch (error) {
      if (error.message.startsWith("refused: ")) throw error;
      why = error.message || error.code;
    }
    if (attempt >= 5) throw new Error(why);
    await delay(attempt * 1000);
  }
}

/** From the new certificate up to the root, whatever order Vault has them in. */
function chained(first, others) {
  const chain = [first];
  for (let last = first; !last.checkIssued(last); ) {
    const next = others.find((other) => last.checkIssued(other) && last.verify(other.publicKey));
    if (next === undefined)
      throw new Error(
        `nobody vouches for ${last.issuer.replaceAll("\n", ", ")} → add its chain up to the root to the issuer in Vault`,
      );
    chain.push(next);
    last = next;
  }
  return chain;
}

try {
  const data = await ask({
    csr,
    common_name: commonName,
    exclude_cn_from_sans: true,
    format: "pem",
    ttl: `${hours}h`,
    // Above the cluster's authorities, which sign for its components.
    max_path_length: 1,
  });
  const pems = [data.issuing_ca, ...(data.ca_chain ?? [])]
    .join("\n")
    .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g);
  const chain = chained(
    new X509Certificate(data.certificate),
    (pems ?? []).map((pem) => new X509Certificate(pem)),
  );
  process.stdout.write(chain.map(String).join(""));
} catch (error) {
  console.error(`groundwork: ${commonName} is not signed by Vault at ${address}: ${error.message}`);
  process.exitCode = 1;
}
