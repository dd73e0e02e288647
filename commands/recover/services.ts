import type { Found, Lookup, Service } from "../../lib/recover/lookups.ts";
import { text } from "../../lib/recover/lookups.ts";
import type { Props } from "../../lib/recover/state.ts";
import { ask } from "../ask.ts";

/**
 * Looks for something at a service.
 * @param provider inputs of the provider that the stack has for it: address and token
 * @throws Unreachable, or an Error that says what the service answered
 */
export async function lookFor(lookup: Extract<Lookup, { kind: "ask" }>, provider: Props): Promise<Found | undefined> {
  const { base, headers, insecure } = accessTo(lookup.service, provider);
  const { status, body } = await ask({ url: `${base}${lookup.path}`, headers, insecure });
  if (status === 404) return undefined;
  if (status !== 200) {
    const what = lookup.path.split("?")[0] ?? "";
    throw new Error(
      `${new URL(base).host} answers ${status} to GET ${what}${status === 401 ? ": the token is wrong" : ""}`,
    );
  }
  return lookup.find(body);
}

interface Access {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly insecure: boolean;
}

function accessTo(service: Service, provider: Props): Access {
  const bearer = (token: string | undefined) => ({ Authorization: `Bearer ${token ?? ""}` });
  switch (service) {
    case "hcloud":
      return {
        base: text(provider, "endpoint") ?? "https://api.hetzner.cloud/v1",
        headers: bearer(text(provider, "token")),
        insecure: false,
      };
    case "cloudflare":
      return {
        base: text(provider, "baseUrl") ?? "https://api.cloudflare.com/client/v4",
        headers: bearer(text(provider, "apiToken")),
        insecure: false,
      };
    case "proxmoxve":
      return {
        base: `${(text(provider, "endpoint") ?? "").replace(/\/$/, "")}/api2/json`,
        headers: { Authorization: `PVEAPIToken=${text(provider, "apiToken") ?? ""}` },
        // The engine keeps a provider's booleans as text.
        insecure: String(provider.insecure) === "true",
      };
    default:
      return service satisfies never;
  }
}
