import type { Manifest, PlannedManifest } from "../release.ts";

/**
 * An account for whoever rolls out new images of one application: it may restart that Deployment and watch how that
 * goes. Source of the token's Secret: kubernetes.io/docs/concepts/configuration/secret, "ServiceAccount token Secrets".
 */
export function deployer(app: string, namespace: string): readonly PlannedManifest[] {
  const name = `${app}-deployer`;
  const metadata = { name, namespace };
  const rbac = "rbac.authorization.k8s.io";
  const role: Manifest = {
    apiVersion: `${rbac}/v1`,
    kind: "Role",
    metadata,
    rules: [
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: [app], verbs: ["get", "patch"] },
      // `kubectl rollout status` looks at lists, which cannot be limited to one name.
      { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    ],
  };
  const binding: Manifest = {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: rbac, kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
  const token: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": name } },
    type: "kubernetes.io/service-account-token",
  };
  const account = `object:serviceaccount/${namespace}/${name}` as const;
  return [
    { manifest: { apiVersion: "v1", kind: "ServiceAccount", metadata } },
    { manifest: role },
    { manifest: binding, needs: [account, `object:role/${namespace}/${name}`] },
    // Without its account the control plane removes it at once.
    { manifest: token, needs: [account] },
  ];
}
