import type { Credentials } from "../../../rehearsal/clouds/tailscale/credentials.ts";
import { createTailscale, type TailscaleOptions } from "../../../rehearsal/clouds/tailscale/provider.ts";
import { noon } from "./support.ts";

const policy = `{
  // Nodes and gateways are an admin's; what the operator makes is its own.
  "tagOwners": {
    "tag:server": ["autogroup:admin"],
    "tag:gateway": ["autogroup:admin"],
    "tag:k8s-operator": [],
    "tag:k8s": ["tag:k8s-operator"],
  },
  "autoApprovers": { "routes": { "10.0.0.0/8": ["tag:gateway"] } },
}`;

/** A tailnet with an admin's API key, and clients for nodes, for the operator, and for everything. */
export function tailnet(options: Partial<TailscaleOptions> = {}) {
  const { model, provider } = createTailscale({
    tailnet: "example.com",
    apiKeys: ["tskey-api-admin"],
    oauthClients: [
      { id: "node", secret: "s", scopes: ["auth_keys"], tags: ["tag:server", "tag:gateway"] },
      { id: "operator", secret: "s", scopes: ["auth_keys", "devices:core"], tags: ["tag:k8s-operator"] },
      { id: "all", secret: "s", scopes: ["all"], tags: ["tag:server"] },
    ],
    policy,
    now: () => noon,
    ...options,
  });
  const admin = model.withApiKey("tskey-api-admin");
  const keyOf = (credentials: Credentials, create: object, more: object = {}) =>
    model.keys.create(credentials, { capabilities: { devices: { create } }, ...more });
  return { model, provider, admin, keyOf, key: (create: object, more?: object) => keyOf(admin, create, more) };
}
