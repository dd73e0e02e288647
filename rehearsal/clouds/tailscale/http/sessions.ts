import type { Context } from "hono";
import { ServiceError } from "../../../model.ts";
import type { Env } from "../../http/door.ts";
import { digest } from "../../shared/digest.ts";
import { createCounter } from "../../shared/ids.ts";
import type { Credentials } from "../credentials.ts";
import type { TailscaleModel } from "../model.ts";

export type Call = Context<{ Bindings: Env }>;

/** An answer of `POST /oauth/token`. */
export interface Token {
  readonly access_token: string;
  readonly token_type: "Bearer";
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
}

export interface Sessions {
  /** A token for an OAuth client that signs in by the form's fields or by basic authentication. @throws ServiceError */
  open(c: Call): Promise<Token>;
  /** Who asks. @throws ServiceError 401 */
  of(c: Call): Credentials;
}

/** tailscale.com/kb/1215/oauth-clients: access tokens expire after an hour. */
const tokenSeconds = 3600;

/** User and password of basic authentication. */
function basic(header: string): readonly [user: string, password: string] | undefined {
  const encoded = /^Basic (\S+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

export function createSessions(model: TailscaleModel, now: () => Date): Sessions {
  const tokens = new Map<string, { readonly credentials: Credentials; readonly expires: number }>();
  const serial = createCounter(1);
  return {
    async open(c) {
      const form = new URLSearchParams(await c.req.text());
      // Form encoded inside the header: RFC 6749, 2.3.1.
      const [user, password] = (basic(c.req.header("Authorization") ?? "") ?? []).map((part) =>
        decodeURIComponent(part),
      );
      const grant = form.get("grant_type");
      if (grant !== null && grant !== "client_credentials")
        throw new ServiceError("400", `unsupported grant_type '${grant}': it has to be client_credentials`);
      const scope = form.get("scope");
      const credentials = model.withOauthClient({
        client_id: form.get("client_id") ?? user ?? "",
        client_secret: form.get("client_secret") ?? password ?? "",
        ...(scope === null ? {} : { scope }),
      });
      const hex = digest("access token", model.tailnet, serial());
      const access_token = `tskey-api-k${hex.slice(0, 11)}CNTRL-${hex.slice(11, 43)}`;
      tokens.set(access_token, { credentials, expires: now().getTime() + tokenSeconds * 1000 });
      const granted = credentials.kind === "oauth" ? credentials.scopes.join(" ") : "";
      return { access_token, token_type: "Bearer", expires_in: tokenSeconds, scope: granted };
    },
    of(c) {
      const header = c.req.header("Authorization") ?? "";
      const token = /^Bearer (\S+)$/i.exec(header)?.[1] ?? basic(header)?.[0] ?? "";
      const session = tokens.get(token);
      if (session === undefined) return model.withApiKey(token);
      if (now().getTime() >= session.expires) throw new ServiceError("401", "API token invalid: it has expired");
      return session.credentials;
    },
  };
}
