import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isObject, plain, plainValue } from "../../engine/values.ts";
import type { Held } from "./held.ts";
import { words } from "./names.ts";

/** What a value has to be like, for the resource that has it. Secrets are open. */
export type Form = (value: unknown, of: Held) => boolean;

const like =
  (pattern: RegExp): Form =>
  (value) =>
    typeof value === "string" && pattern.test(value);

export const number = like(/^\d+$/);
export const uuid = like(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const hex = (digits: number): Form => like(new RegExp(`^[0-9a-f]{${digits}}$`));
/** In whole seconds, as RFC 3339 has it. */
export const time = like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
export const fieldManager = like(/^pulumi-kubernetes-[0-9a-f]{8}$/);
export const tailnetKeyId = like(/^k[0-9a-f]{11}CNTRL$/);
export const tailnetKey = like(/^tskey-auth-k[0-9a-f]{11}CNTRL-[0-9a-f]{32}$/);
export const ipv4 = like(/^\d{1,3}(\.\d{1,3}){3}$/);
export const ipv6 = like(/^2001:db8:[0-9a-f:]+$/);
export const macAddress = like(/^86:00:00(:[0-9a-f]{2}){3}$/);
export const token = like(/^[A-Za-z0-9]{48}$/);
export const bcrypt = like(/^\$2[ab]\$10\$[./A-Za-z0-9]{53}$/);
export const md5 = like(/^[0-9a-f]{2}(:[0-9a-f]{2}){15}$/);
export const sha256 = like(/^SHA256:[A-Za-z0-9+/]{43}$/);
export const publicKey = like(/^(ssh-ed25519|ecdsa-sha2-nistp256) [A-Za-z0-9+/=]+\n$/);
export const privatePem = like(
  /^-----BEGIN (EC )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END (EC )?PRIVATE KEY-----\n$/,
);
export const publicPem = like(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n$/);
export const openssh = like(
  /^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END OPENSSH PRIVATE KEY-----\n$/,
);
export const text: Form = (value) => typeof value === "string";
export const texts: Form = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
export const record: Form = (value) => isObject(value) && Object.keys(value).length > 0;
export const nothing: Form = (value) => isDeepStrictEqual(value, []) || isDeepStrictEqual(value, {});

export const json: Form = (value) => {
  try {
    return typeof value === "string" && isObject(JSON.parse(value));
  } catch {
    return false;
  }
};

export const ownId: Form = (value, { id }) => value === id;
export const ownInputs: Form = (value, { inputs }) => isDeepStrictEqual(plainValue(value), plain(inputs));
export const ownApiVersion: Form = (value, { inputs }) => value === inputs.apiVersion;
export const hashOfUserData: Form = (value, { inputs }) =>
  value ===
  createHash("sha1")
    .update(String(plain(inputs).userData))
    .digest("base64");

/** Who changed which fields when: one entry for each who did. */
export const managers: Form = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) => isObject(one) && isObject(one.fieldsV1) && typeof one.manager === "string" && time(one.time, none),
  );

const none: Held = { urn: "", type: "", name: "", inputs: {}, outputs: {}, options: {} };

/** Of k3s: its own name for everything, and an authority, a certificate and a key in base64. */
export const kubeconfig: Form = (value) => {
  const data = words(value).filter((word) => word.length > 100);
  const isPem = (word: string): boolean => Buffer.from(word, "base64").toString("latin1").startsWith("-----BEGIN ");
  return (
    typeof value === "string" && value.includes("current-context: default\n") && data.length === 3 && data.every(isPem)
  );
};
