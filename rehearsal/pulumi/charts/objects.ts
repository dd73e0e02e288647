import type { ChartService, CustomKind, Webhook } from "../../../lib/platform/facts.ts";
import type { Hook, Monitors, StandIn, Workload } from "./stand-in.ts";
import { expression } from "./template.ts";

// Kubernetes objects of stand-in charts. Where Helm's values decide, a part is `expression(...)`.

export type KubernetesObject = Readonly<Record<string, unknown>> & { readonly kind: string };

/** `Prometheus` -> `prometheuses`, `Community` -> `communities`, `Defaults` -> `defaults`: as those charts name them. */
export function plural(kind: string): string {
  const word = kind.toLowerCase();
  if (/(ss|us)$/.test(word)) return `${word}es`;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return word.endsWith("s") ? word : `${word}s`;
}

/** A definition that takes any object of its kind: what is in one is the real chart's matter, and the rehearsal's. */
export function definition(
  { group, kind, versions, scope }: CustomKind,
  conversion: StandIn["conversion"],
  annotations: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const name = plural(kind);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${name}.${group}`, annotations },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural: name, singular: kind.toLowerCase() },
      ...(conversion?.kind === kind ? { conversion: webhookConversion(conversion.service) } : {}),
      versions: versions.map((version, index) => ({
        name: version,
        served: true,
        storage: index === versions.length - 1,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        subresources: { status: {} },
      })),
    },
  };
}

const webhookConversion = (name: string) => ({
  strategy: "Webhook",
  webhook: {
    clientConfig: { service: { name, namespace: expression(".Release.Namespace"), path: "/convert" } },
    conversionReviewVersions: ["v1"],
  },
});

const labels = (name: string) => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": expression(".Release.Name"),
});

export function workload(of: Workload): KubernetesObject {
  const { kind, name, replicas = 1 } = of;
  const count = typeof replicas === "string" ? expression(replicas) : replicas;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, labels: labels(name) },
    spec: {
      ...(kind === "Deployment" ? { replicas: count } : {}),
      selector: { matchLabels: labels(name) },
      template: { metadata: { labels: labels(name) }, spec: podSpec(of) },
    },
  };
}

function podSpec({ name, image, hostNetwork, tolerations, nodeSelector, account = name, claim }: Workload) {
  return {
    serviceAccountName: account,
    ...(hostNetwork === true ? { hostNetwork } : {}),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(nodeSelector === undefined
      ? {}
      : { nodeSelector: typeof nodeSelector === "string" ? expression(`toJson ${nodeSelector}`) : nodeSelector }),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container("main", image, claim)],
    ...(claim === undefined ? {} : { volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }] }),
  };
}

/** As the level `restricted` wants it, so that only the host's network needs more. */
const container = (name: string, image: string, claim?: string) => ({
  name,
  image,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  ...(claim === undefined ? {} : { volumeMounts: [{ name: "data", mountPath: "/data" }] }),
});

/** The account of a workload; nothing for one that runs under another's. */
export const accountOf = ({ name, account }: Workload): KubernetesObject | undefined =>
  account === undefined ? serviceAccount(name) : undefined;

const serviceAccount = (name: string, metadata: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, ...metadata },
});

export function service({ name, namespace, ports }: ChartService, workloads: readonly Workload[]): KubernetesObject {
  const behind = workloads.find(({ serves = [] }) => serves.includes(name));
  return {
    apiVersion: "v1",
    kind: "Service",
    // Most charts say it, and then it is in a release's outputs.
    metadata: { name, namespace: namespace ?? expression(".Release.Namespace") },
    spec: {
      ports: ports.map((port) => ({ name: `port-${port}`, port })),
      // Without one it has no endpoints of itself: its pods are made by an operator, or are the cluster's own.
      ...(behind === undefined ? {} : { selector: labels(behind.name) }),
    },
  };
}

/** One configuration for all webhooks of its name. */
export function webhookConfiguration(name: string, webhooks: readonly Webhook[]): KubernetesObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: webhooks.map(({ group, kinds, service: target, failurePolicy }) => ({
      name: `validate.${group}`,
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy,
      clientConfig: { service: { name: target, namespace: expression(".Release.Namespace"), path: "/validate" } },
      rules: [
        {
          apiGroups: [group],
          apiVersions: ["*"],
          operations: ["CREATE", "UPDATE"],
          resources: kinds?.map(plural) ?? ["*"],
        },
      ],
    })),
  };
}

export const monitors = ({ kind, names }: Monitors): readonly KubernetesObject[] =>
  names.map((name) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels(name) } },
  }));

export function hook({ name, on, image }: Hook): readonly KubernetesObject[] {
  const annotations = {
    "helm.sh/hook": on,
    "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
  };
  return [
    serviceAccount(name, { annotations: { ...annotations, "helm.sh/hook-weight": "-5" } }),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, annotations },
      spec: {
        backoffLimit: 1,
        template: {
          spec: {
            serviceAccountName: name,
            restartPolicy: "OnFailure",
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [container("main", image)],
          },
        },
      },
    },
  ];
}
