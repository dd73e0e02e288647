import { z } from "zod";
import { ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import { readRequest } from "../shared/request.ts";
import { type Credentials, requireScope, requireTags } from "./credentials.ts";
import type { AuthKey, KeyRow } from "./rows.ts";
import type { Tailnet } from "./state.ts";

export type { AuthKey } from "./rows.ts";

const create = z
  .object({
    reusable: z.boolean().default(false),
    ephemeral: z.boolean().default(false),
    preauthorized: z.boolean().default(false),
    tags: z.array(z.string()).default([]),
  })
  .prefault({});
const keyRequest = z.object({
  capabilities: z.object({ devices: z.object({ create }) }),
  expirySeconds: z.number().int().default(0),
  description: z.string().default(""),
});

/** 90 days, the default and the most. tailscale.com/kb/1085/auth-keys */
export const maxExpiry = 7_776_000;

export const isExpired = (tailnet: Tailnet, key: Pick<KeyRow, "expires">): boolean =>
  tailnet.options.now() >= new Date(key.expires);

/** `/tailnet/-/keys` of the API. */
export function keyOperations(tailnet: Tailnet) {
  const view = ({ secret: _, spent: __, ...row }: KeyRow): AuthKey =>
    structuredClone({ ...row, invalid: isExpired(tailnet, row) });
  const find = (id: string): KeyRow => {
    const row = tailnet.keys.get(id);
    // A used one-use key is gone, as if it had been deleted.
    if (row === undefined || row.spent) throw new ServiceError("404", `key ${id} not found`);
    return row;
  };
  return {
    list(credentials: Credentials): AuthKey[] {
      requireScope(credentials, "auth_keys:read");
      return [...tailnet.keys.values()].filter((row) => !row.spent).map(view);
    },
    get(credentials: Credentials, id: string): AuthKey {
      requireScope(credentials, "auth_keys:read");
      return view(find(id));
    },
    create(credentials: Credentials, body: unknown): AuthKey & { readonly key: string } {
      requireScope(credentials, "auth_keys");
      const request = readRequest("400", keyRequest, body);
      const capabilities = request.capabilities;
      const { tags } = capabilities.devices.create;
      if (request.expirySeconds < 0 || request.expirySeconds > maxExpiry) {
        throw new ServiceError(
          "400",
          `invalid expirySeconds ${request.expirySeconds}: at most ${maxExpiry} (90 days) are possible`,
        );
      }
      if (request.description.length > 50 || !/^[\w -]*$/.test(request.description)) {
        throw new ServiceError(
          "400",
          `invalid description '${request.description}': at most 50 letters, digits, spaces, dashes and underscores`,
        );
      }
      if (credentials.kind === "oauth" && tags.length === 0) {
        throw new ServiceError(
          "400",
          "tailnet-owned auth key must have tags set: no user owns the devices of a key that an OAuth client makes",
        );
      }
      requireTags(credentials, tailnet.policy(), tags);
      const number = tailnet.nextKey();
      const id = `k${digest(tailnet.seed, "key", number).slice(0, 11)}CNTRL`;
      const now = tailnet.options.now();
      const expirySeconds = request.expirySeconds === 0 ? maxExpiry : request.expirySeconds;
      const row: KeyRow = {
        id,
        keyType: "auth",
        secret: `tskey-auth-${id}-${digest(tailnet.seed, "key secret", number).slice(0, 32)}`,
        created: now.toISOString(),
        expires: new Date(now.getTime() + expirySeconds * 1000).toISOString(),
        expirySeconds,
        revoked: null,
        capabilities,
        description: request.description,
        userId: credentials.kind === "oauth" ? "" : "u-admin",
        spent: false,
      };
      tailnet.keys.set(id, row);
      return { ...view(row), key: row.secret };
    },
    delete(credentials: Credentials, id: string): void {
      requireScope(credentials, "auth_keys");
      tailnet.keys.delete(find(id).id);
    },
  };
}
