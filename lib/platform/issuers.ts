import { z } from "zod";
import { label, secretName, url } from "../primitives.ts";
import { type Manifest, type PlannedManifest, SecretRef } from "./release.ts";
import { secretManifest } from "./secrets.ts";

/** Where cert-manager looks for what ClusterIssuers name. */
const namespace = "cert-manager";

export const privateIssuer = z.strictObject({
  name: label.meta({ description: "Name of the ClusterIssuer." }),
  commonName: z.string().min(1).optional().meta({ description: "What the root calls itself. Absent: its name." }),
  years: z.int().min(1).max(30).default(10).meta({ description: "How long a root lasts that cert-manager makes." }),
  own: z
    .strictObject({
      certificateSecret: secretName.meta({ description: "Secret with its certificate, in PEM, with those above it." }),
      keySecret: secretName.meta({ description: "Secret with its key, in PEM." }),
    })
    .optional()
    .meta({ description: "An authority that there is already. Absent: cert-manager makes a root, and keeps its key." }),
});
export type PrivateIssuer = z.output<typeof privateIssuer>;

export const vaultIssuer = z.strictObject({
  name: label.meta({ description: "Name of the ClusterIssuer." }),
  server: url.default("http://vault-active.vault:8200").meta({ description: "Vault's address, as pods reach it." }),
  path: z
    .string()
    .regex(/^[^/\s]+(\/[^/\s]+)*\/sign\/[^/\s]+$/, {
      error: () => "this is no path of a role that signs → write <mount>/sign/<role>, such as pki/sign/rack",
    })
    .meta({ description: "The role that signs: <mount>/sign/<role>." }),
  role: z.string().min(1).default("cert-manager").meta({ description: "Role of Vault's sign-on by Kubernetes." }),
  mount: z.string().min(1).default("kubernetes").meta({ description: "Where that sign-on is mounted." }),
});
export type VaultIssuer = z.output<typeof vaultIssuer>;

const clusterIssuer = (name: string, spec: Manifest["spec"] & object): Manifest => ({
  apiVersion: "cert-manager.io/v1",
  kind: "ClusterIssuer",
  metadata: { name },
  spec,
});

/** Source: cert-manager.io/docs/configuration/selfsigned, "Bootstrapping CA Issuers", and configuration/ca. */
export function privateIssuerObjects({ name, commonName, years, own }: PrivateIssuer): readonly PlannedManifest[] {
  const secret = `${name}-authority`;
  const issuer = clusterIssuer(name, { ca: { secretName: secret } });
  if (own !== undefined) {
    const authority = secretManifest({
      name: secret,
      namespace,
      type: "kubernetes.io/tls",
      data: { "tls.crt": new SecretRef(own.certificateSecret), "tls.key": new SecretRef(own.keySecret) },
    });
    return [{ manifest: authority, before: true }, { manifest: issuer }];
  }
  const maker = `${name}-root`;
  return [
    { manifest: clusterIssuer(maker, { selfSigned: {} }) },
    {
      manifest: {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: secret, namespace },
        spec: {
          isCA: true,
          commonName: commonName ?? name,
          secretName: secret,
          duration: `${years * 8766}h`,
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: maker },
        },
      },
    },
    { manifest: issuer, needs: [`object:certificate/${namespace}/${secret}`] },
  ];
}

/** Names of the secrets that an authority of one's own takes. */
export const privateIssuerSecrets = ({ own }: PrivateIssuer): readonly string[] =>
  own === undefined ? [] : [own.certificateSecret, own.keySecret];

/**
 * cert-manager signs on at Vault with tokens of an account that it may make them for, and that may do nothing else.
 * Source: cert-manager.io/docs/configuration/vault, "Secretless Authentication with a Service Account".
 */
export function vaultIssuerObjects({ name, server, path, role, mount }: VaultIssuer): readonly PlannedManifest[] {
  const account = `${name}-issuer`;
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name: account, namespace };
  return [
    { manifest: { apiVersion: "v1", kind: "ServiceAccount", metadata } },
    {
      manifest: {
        apiVersion: `${rbac}/v1`,
        kind: "Role",
        metadata,
        rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [account], verbs: ["create"] }],
      },
    },
    {
      manifest: {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: rbac, kind: "Role", name: account },
        subjects: [{ kind: "ServiceAccount", name: "cert-manager", namespace }],
      },
      needs: [`object:role/${namespace}/${account}`],
    },
    {
      manifest: clusterIssuer(name, {
        vault: {
          server,
          path,
          auth: { kubernetes: { role, mountPath: `/v1/auth/${mount}`, serviceAccountRef: { name: account } } },
        },
      }),
      needs: [`object:serviceaccount/${namespace}/${account}`, `object:rolebinding/${namespace}/${account}`],
    },
  ];
}
