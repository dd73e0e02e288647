import { ServiceError } from "../../model.ts";
import { isTag, type Policy } from "./policy.ts";

export interface OauthClient {
  readonly id: string;
  readonly secret: string;
  /** E.g. `auth_keys`, `devices:core`, `policy_file`, `all`. */
  readonly scopes: readonly string[];
  readonly tags: readonly string[];
}

/** Who asks: an admin with an API key, or an OAuth client, narrowed down to the scopes that it asked for. */
export type Credentials =
  | { readonly kind: "api-key" }
  | { readonly kind: "oauth"; readonly scopes: readonly string[]; readonly tags: readonly string[] };

/** @throws ServiceError 403 */
export function requireScope(credentials: Credentials, scope: string): void {
  if (credentials.kind === "api-key") return;
  const names = [scope, "all", scope.replace(/:read$/, ""), ...(scope.startsWith("devices:") ? ["devices"] : [])];
  const mayRead = scope.endsWith(":read") ? ["all:read"] : [];
  if (![...names, ...mayRead].some((name) => credentials.scopes.includes(name))) {
    throw new ServiceError(
      "403",
      `calling actor does not have enough permissions to perform this function: scope ${scope} is needed, granted are ${credentials.scopes.join(", ") || "none"}`,
    );
  }
}

/**
 * Whether somebody may give these tags. An OAuth client gives exactly its own set, or tags that one of its own owns by
 * the policy's tagOwners; a part of its own set is refused (tailscale.com/kb/1215/oauth-clients;
 * github.com/tailscale/terraform-provider-tailscale/issues/437).
 * @throws ServiceError 400
 */
export function requireTags(credentials: Credentials, policy: Policy, tags: readonly string[]): void {
  const refuse = (why: string): ServiceError =>
    new ServiceError("400", `requested tags [${tags.join(" ")}] are invalid or not permitted: ${why}`);
  for (const tag of tags) {
    if (!isTag(tag)) throw refuse(`'${tag}' is no tag, e.g. tag:server`);
    if (!(tag in policy.tagOwners)) throw refuse(`the policy's tagOwners do not have ${tag}`);
  }
  if (credentials.kind === "api-key") return;
  const own = credentials.tags;
  const owned = (tag: string): boolean => policy.tagOwners[tag]?.some((owner) => own.includes(owner)) ?? false;
  const hasAllOwn = own.length > 0 && own.every((tag) => tags.includes(tag));
  const wrong = tags.find((tag) => !owned(tag) && !(hasAllOwn && own.includes(tag)));
  if (wrong !== undefined) {
    throw refuse(
      `${wrong} is owned by none of the client's tags [${own.join(" ")}], and the tags are not exactly those`,
    );
  }
}
