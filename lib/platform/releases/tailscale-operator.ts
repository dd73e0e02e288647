import { z } from "zod";
import { tailscaleTag } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { chartKinds } from "../facts.ts";
import { commonOptions, defineRelease, type Manifest, SecretRef } from "../release.ts";
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
  clusterTags: z.boolean().default(false).meta({
    description: "Every device carries tag:k8s and tag:k8s-<cluster> beside its own tags.",
  }),
  apiReplicas: z.int().min(1).max(10).default(1).meta({
    description:
      "Proxies of the cluster's API. Beyond one they are a ProxyGroup, and the API stays in reach while one restarts.",
  }),
});
type Options = z.output<typeof options>;

const chart = {
  chart: "tailscale-operator",
  repository: "https://pkgs.tailscale.com/helmcharts",
  // renovate: datasource=helm depName=tailscale-operator registryUrl=https://pkgs.tailscale.com/helmcharts
  version: "1.102.3",
};
const namespace = "tailscale";
const oauth = { id: "tailscale-oauth-client-id", secret: "tailscale-oauth-client-secret" };

/** Chart facts: github.com/tailscale/tailscale, cmd/k8s-operator/deploy/chart; groups: k8s-operator/api-proxy/proxy.go. */
export const tailscaleOperator = defineRelease<Options>({
  name: "tailscale-operator",
  description: "The cluster's API as a device of the tailnet, <cluster>-cluster, and ingress class tailscale.",
  chart,
  namespace,
  // The proxies it makes turn on forwarding in a privileged init container.
  podSecurity: "privileged",
  options,
  provides: () => ["ingress-class:tailscale", ...chartKinds(chart.chart)],
  values: (chosen, { cluster }) => ({
    operatorConfig: {
      // The name of the API in the tailnet belongs to whoever is its proxy.
      hostname: `${cluster.name}-${chosen.apiReplicas > 1 ? "operator" : "cluster"}`,
      defaultTags: allTags(chosen.tags, chosen, cluster.name),
    },
    proxyConfig: { defaultTags: allTags(chosen.proxyTags, chosen, cluster.name).join(",") },
    // Strings to the chart. They impersonate whoever calls, by the tailnet's word for who that is.
    apiServerProxyConfig: chosen.apiReplicas > 1 ? { mode: "false", allowImpersonation: "true" } : { mode: "true" },
  }),
  manifests: ({ adminGroup, ...chosen }, { cluster }) => [
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
    ...(chosen.apiReplicas > 1 ? [{ manifest: apiProxies(chosen, cluster.name) }] : []),
  ],
  secrets: () => [oauth.id, oauth.secret],
});

/** Tags are only ever added. */
const allTags = (own: readonly string[], { clusterTags }: Pick<Options, "clusterTags">, cluster: string) => [
  ...new Set([...own, ...(clusterTags ? ["tag:k8s", `tag:k8s-${cluster}`] : [])]),
];

/** Source: github.com/tailscale/tailscale, k8s-operator/apis/v1alpha1/types_proxygroup.go. */
const apiProxies = (chosen: Omit<Options, "adminGroup">, cluster: string): Manifest => ({
  apiVersion: "tailscale.com/v1alpha1",
  kind: "ProxyGroup",
  metadata: { name: "kube-apiserver" },
  spec: {
    type: "kube-apiserver",
    replicas: chosen.apiReplicas,
    tags: allTags(chosen.proxyTags, chosen, cluster),
    hostnamePrefix: `${cluster}-api`,
    kubeAPIServer: { mode: "auth", hostname: `${cluster}-cluster` },
  },
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
