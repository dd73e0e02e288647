import { type Answer, ask, type Question, Unreachable } from "../ask.ts";
import { type Check, wrong } from "./check.ts";

/** How a secret is set anew. */
export const setSecret = (name: string): string => `pulumi config set --secret secret:${name}`;

/** What an API has answered, or the check that says why it has not. */
export async function answerOf(
  about: string,
  question: Question,
  address: { readonly key: string; readonly isOwn: boolean },
): Promise<{ readonly answer: Answer } | { readonly check: Check }> {
  try {
    return { answer: await ask({ seconds: 10, ...question }) };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const remedy = address.isOwn
      ? `see that ${address.key} says where it is, and that a way leads there from this machine (VPN, tailnet, firewall)`
      : "see that this machine reaches the internet: DNS, proxy, firewall";
    return { check: wrong(about, error.message, remedy) };
  }
}

/** The first message of an answer that is none of the expected: `409 something`. */
export function said({ status, body }: Answer): string {
  const found = typeof body === "string" ? undefined : messageIn(body);
  return found === undefined ? String(status) : `${status} ${found}`;
}

/** Hetzner: `error.message`; Cloudflare: `errors[0].message`; Vault: `errors[0]`; Tailscale, Proxmox VE: `message`. */
function messageIn(body: unknown): string | undefined {
  if (typeof body === "string" && body.trim() !== "") return body.trim();
  if (typeof body !== "object" || body === null) return undefined;
  if ("message" in body && typeof body.message === "string" && body.message !== "") return body.message.trim();
  if ("error" in body) return messageIn(body.error);
  if ("errors" in body && Array.isArray(body.errors)) return messageIn(body.errors[0]);
  return undefined;
}
