import { z } from "zod";
import { tailscaleTag } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { chartKinds } from "../facts.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z.strictObject({
  ...commonOptions,
  adminGroup: z
    .string()
    .regex(/^group:[a-zA-Z0-9][-a-zA-Z0-9._@]*$/, {
      error: ({ input }) => `${shown(input)} is no group of a tailnet → write group:name, as in the tailnet's policy`,
    })
    .optional()
    .meta({
      description:
        "Group that becomes cluster-admin. The tailnet's policy must grant it: app tailscale.com/cap/kubernetes, impersonate.groups with this name.",
    }),
  tags: z
    .array(tailscaleTag)
    .min(1)
    .default(["tag:k8s-operator"])
    .meta({ description: "Tags of the operator's own device; the OAuth client must have them." }),
  proxyTags: z
    .array(tailscaleTag)
    .min(1)
    .default(["tag:k8s"])
    .meta({ description: "Tags of the devices that it makes; owned by the operator's tags." }),
});

const chart = {
  chart: "tailscale-operator",
  repository: "https://pkgs.tailscale.com/helmcharts",
  // renovate: datasource=helm depName=tailscale-operator registryUrl=https://pkgs.tailscale.com/helmcharts
  version: "1.102.3",
};
const namespace = "tailscale";
const oauth = { id: "tailscale-oauth-client-id", secret: "tailscale-oauth-client-secret" };

/** Chart facts: github.com/tailscale/tailscale, cmd/k8s-operator/deploy/chart; groups: k8s-operator/api-proxy/proxy.go. */
export const tailscaleOperator = defineRelease({
  name: "tailscale-operator",
  description: "The cluster's API as a device of the tailnet, <cluster>-cluster, and ingress class tailscale.",
  chart,
  namespace,
  // The proxies it makes turn on forwarding in a privileged init container.
  podSecurity: "privileged",
  options,
  provides: () => ["ingress-class:tailscale", ...chartKinds(chart.chart)],
  values: ({ tags, proxyTags }, { cluster }) => ({
    operatorConfig: { hostname: `${cluster.name}-cluster`, defaultTags: tags },
    proxyConfig: { defaultTags: proxyTags.join(",") },
    // A string to the chart. It impersonates whoever calls, by the tailnet's word for who that is.
    apiServerProxyConfig: { mode: "true" },
  }),
  manifests: ({ adminGroup }) => [
    {
      // Left without OAuth values, the chart makes no Secret and mounts this one.
      manifest: secretManifest({
        name: "operator-oauth",
        namespace,
        data: { client_id: new SecretRef(oauth.id), client_secret: new SecretRef(oauth.secret) },
      }),
      before: true,
    },
    ...(adminGroup === undefined ? [] : [{ manifest: adminBinding(adminGroup) }]),
  ],
  secrets: () => [oauth.id, oauth.secret],
});

function adminBinding(group: string) {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "tailnet-cluster-admin" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup, kind: "Group", name: group }],
  };
}
