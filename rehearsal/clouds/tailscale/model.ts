import { z } from "zod";
import { ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import { readRequest } from "../shared/request.ts";
import { type Credentials, requireScope } from "./credentials.ts";
import { deviceOperations } from "./devices.ts";
import { keyOperations } from "./keys.ts";
import { defaultPolicy, readPolicy } from "./policy.ts";
import { createTailnet, type TailscaleOptions } from "./state.ts";

const tokenRequest = z.object({ client_id: z.string(), client_secret: z.string(), scope: z.string().optional() });

/**
 * One tailnet, in the terms of Tailscale's API v2 (tailscale.com/api): request bodies in, resources out, refusals as
 * `ServiceError` whose code is the HTTP status, as Tailscale's own errors have none.
 */
export function createModel(options: TailscaleOptions) {
  const tailnet = createTailnet(options);
  const unauthorized = (why: string): ServiceError => new ServiceError("401", `API token invalid: ${why}`);
  /** The policy's fingerprint; a policy that nobody ever changed has this one as well. */
  const etag = (): string => digest(tailnet.policy().text);
  const isDefault = (): boolean => tailnet.policy().text === defaultPolicy;
  return {
    tailnet: options.tailnet,
    domain: tailnet.domain,
    /** @throws ServiceError 401 */
    withApiKey(key: string): Credentials {
      if (!options.apiKeys?.includes(key)) throw unauthorized("it is no key of this tailnet");
      return { kind: "api-key" };
    },
    /** `POST /oauth/token`. @throws ServiceError 401, 403 */
    withOauthClient(body: unknown): Credentials {
      const { client_id, client_secret, scope } = readRequest("400", tokenRequest, body);
      const client = options.oauthClients?.find((row) => row.id === client_id && row.secret === client_secret);
      if (client === undefined) throw unauthorized(`no OAuth client has id '${client_id}' and the given secret`);
      const scopes = scope === undefined || scope === "" ? client.scopes : scope.split(/[ ,]+/);
      const missing = scopes.find((name) => !client.scopes.includes(name) && !client.scopes.includes("all"));
      if (missing !== undefined)
        throw new ServiceError(
          "403",
          `OAuth client '${client_id}' was not granted scope ${missing}, only ${client.scopes.join(", ")}`,
        );
      return { kind: "oauth", scopes, tags: client.tags };
    },
    keys: keyOperations(tailnet),
    devices: deviceOperations(tailnet),
    policy: {
      get(credentials: Credentials): { readonly hujson: string; readonly etag: string } {
        requireScope(credentials, "policy_file:read");
        return { hujson: tailnet.policy().text, etag: etag() };
      },
      /** `POST /tailnet/-/acl/validate`: what is wrong with a policy; undefined when nothing is. */
      validate(credentials: Credentials, text: string): string | undefined {
        requireScope(credentials, "policy_file:read");
        try {
          readPolicy(text);
          return undefined;
        } catch (error) {
          if (error instanceof ServiceError) return error.message.replace(` (${error.code})`, "");
          throw error;
        }
      },
      /** Replaces the whole policy. `ifMatch`: an etag, or `ts-default`. @throws ServiceError 400, 412 */
      set(credentials: Credentials, text: string, ifMatch?: string): void {
        requireScope(credentials, "policy_file");
        if (ifMatch === "ts-default" && !isDefault())
          throw new ServiceError("412", "precondition failed: the policy file is no longer the default one");
        if (ifMatch !== undefined && ifMatch !== "ts-default" && ifMatch !== etag())
          throw new ServiceError("412", "precondition failed: the policy file has changed meanwhile");
        tailnet.setPolicy(text === "" ? defaultPolicy : text);
      },
    },
  };
}

export type TailscaleModel = ReturnType<typeof createModel>;
