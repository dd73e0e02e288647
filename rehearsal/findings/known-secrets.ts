import { nameOf } from "../engine/urn.ts";
import { isObject } from "../engine/values.ts";
import { type Recording, Secret } from "../recording.ts";
import { shortestNeedle } from "./search.ts";

/**
 * The secret values of a recording, each with where it comes from: the configuration, and every text that is marked
 * secret in some input or output.
 *
 * A text inside something larger that is secret as a whole (one mark on a whole `stringData`, say) counts only when it
 * looks random: a user name beside a password is no secret.
 */
export function knownSecrets(recording: Recording, canaries: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const learn = (value: string, origin: string) => {
    if (value.length >= shortestNeedle && !isAddress(value) && !known.has(value)) known.set(value, origin);
  };
  for (const [key, value] of canaries) learn(value, key);
  for (const { urn, inputs, outputs } of recording.resources) {
    for (const values of [inputs, outputs]) {
      for (const [property, value] of Object.entries(values)) collect(value, `${property} of ${nameOf(urn)}`, learn);
    }
  }
  for (const [name, value] of Object.entries(recording.outputs)) collect(value, `the stack's output ${name}`, learn);
  return known;
}

type Learn = (value: string, origin: string) => void;

function collect(value: unknown, origin: string, learn: Learn): void {
  if (value instanceof Secret) {
    if (typeof value.value === "string") learn(value.value, origin);
    else collectRandom(value.value, origin, learn);
    return;
  }
  if (Array.isArray(value)) for (const element of value) collect(element, origin, learn);
  else if (isObject(value)) for (const field of Object.values(value)) collect(field, origin, learn);
}

function collectRandom(value: unknown, origin: string, learn: Learn): void {
  if (typeof value === "string") {
    if (looksRandom(value)) learn(value, origin);
  } else if (Array.isArray(value)) for (const element of value) collectRandom(element, origin, learn);
  else if (isObject(value)) for (const field of Object.values(value)) collectRandom(field, origin, learn);
}

/** Bits per character by Shannon, over a length that words seldom have. */
function looksRandom(text: string): boolean {
  if (text.length < 16 || /\s/.test(text.trim())) return false;
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits > 3.2 && /\d/.test(text) && /[a-zA-Z]/.test(text);
}

const host = String.raw`(?:[a-z0-9-]{1,30}\.)+[a-z]{2,10}|\d{1,3}(?:\.\d{1,3}){3}|\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?`;
const address = new RegExp(`^(?:https?://)?(?:${host})(?::\\d+)?/?$`);

/** What is derived from a secret is marked secret too: an endpoint read out of a kubeconfig gives nothing away. */
function isAddress(text: string): boolean {
  return address.test(text);
}
