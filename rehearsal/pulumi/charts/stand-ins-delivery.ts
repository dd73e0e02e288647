import type { StandIn } from "./stand-in.ts";

/** Charts of delivery from Git: see stand-ins.ts. */
export const deliveryStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "argo-cd",
    {
      values: { server: { metrics: { serviceMonitor: { enabled: false } } } },
      definitionsStay: true,
      workloads: [
        ...["applicationset-controller", "repo-server", "server"].map((part) => ({
          kind: "Deployment" as const,
          name: `argocd-${part}`,
          image: "quay.io/argoproj/argocd:v3.4.4",
          serves: [`argocd-${part}`],
        })),
        {
          kind: "Deployment",
          name: "argocd-redis",
          image: "ecr-public.aws.com/docker/library/redis:8.2.3-alpine",
          serves: ["argocd-redis"],
        },
      ],
      monitors: {
        kind: "ServiceMonitor",
        names: ["argocd-server", "argocd-repo-server", "argocd-application-controller"],
        when: ".Values.server.metrics.serviceMonitor.enabled",
      },
      hooks: [
        {
          name: "argocd-redis-secret-init",
          on: "pre-install,pre-upgrade",
          image: "quay.io/argoproj/argocd:v3.4.4",
        },
      ],
    },
  ],
  [
    "flux2",
    {
      definitionsStay: true,
      workloads: [
        { kind: "Deployment", name: "helm-controller", image: "ghcr.io/fluxcd/helm-controller:v1.5.3" },
        { kind: "Deployment", name: "kustomize-controller", image: "ghcr.io/fluxcd/kustomize-controller:v1.8.3" },
        {
          kind: "Deployment",
          name: "notification-controller",
          image: "ghcr.io/fluxcd/notification-controller:v1.8.3",
          serves: ["notification-controller", "webhook-receiver"],
        },
        {
          kind: "Deployment",
          name: "source-controller",
          image: "ghcr.io/fluxcd/source-controller:v1.8.2",
          serves: ["source-controller"],
        },
      ],
      hooks: [{ name: "flux-flux-check", on: "pre-install", image: "ghcr.io/fluxcd/flux-cli:v2.8.5" }],
    },
  ],
  // A CronJob only.
  ["renovate", { workloads: [] }],
];
