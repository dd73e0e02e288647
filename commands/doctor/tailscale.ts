import { z } from "zod";
import { type Check, well, wrong } from "./check.ts";
import { answerOf, said, setSecret } from "./token.ts";

export interface TailscaleArgs {
  readonly id: string;
  readonly secret: string;
  readonly endpoint?: string;
  /** The stage writes the tailnet's policy. */
  readonly policy?: boolean;
}

const token = z.object({ access_token: z.string(), scope: z.string().optional() });

/** Those that the provider asks for: a key for each machine, and the devices of machines that go. */
const needed = ["auth_keys", "devices:core"] as const;

const client =
  "Tailscale admin console, Settings, OAuth clients: Devices Core: write, Auth Keys: write, Services: write, with the tags tag:k8s-node and tag:k8s-operator";
const set = `${setSecret("tailscale-oauth-client-id")}, and the same for tailscale-oauth-client-secret`;

/**
 * Whether the OAuth client is one and has its scopes: asked for none, the API grants all that it has, and names them.
 * Source: tailscale.com/kb/1215/oauth-clients
 */
export async function checkTailscale({ id, secret, endpoint, policy }: TailscaleArgs): Promise<Check> {
  const base = endpoint ?? "https://api.tailscale.com";
  const address = { key: "groundwork:endpoints.tailscale", isOwn: endpoint !== undefined };
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: id,
    client_secret: secret,
  }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const asked = await answerOf(
    "tailscale",
    { url: `${base}/api/v2/oauth/token`, method: "POST", headers, body },
    address,
  );
  if ("check" in asked) return asked.check;
  const { answer } = asked;
  if (answer.status >= 500)
    return wrong("tailscale", `the API answers ${said(answer)}`, "wait, and look at status.tailscale.com");
  const { data } = token.safeParse(answer.body);
  if (answer.status !== 200 || data === undefined)
    return wrong(
      "tailscale",
      `the API does not know the OAuth client of secret:tailscale-oauth-client-id and its secret (${said(answer)})`,
      `make one: ${client}; then ${set}`,
    );
  const granted = data.scope?.split(" ") ?? [];
  const has = (scope: string): boolean =>
    [scope, scope.split(":")[0] ?? scope, "all"].some((each) => granted.includes(each));
  const missing = [...needed, ...(policy === true ? ["policy_file"] : [])].filter((scope) => !has(scope));
  // An answer without scopes tells of none that is missing.
  if (data.scope !== undefined && missing.length > 0)
    return wrong(
      "tailscale",
      `the OAuth client lacks ${missing.join(" and ")}; it has ${granted.join(", ") || "none"}`,
      `give it those: ${client}`,
    );
  return well("tailscale", "the API takes the OAuth client, for keys and devices");
}
