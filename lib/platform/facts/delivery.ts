import { type FactsTable, kinds } from "./form.ts";

/** Charts of delivery from Git: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const deliveryFacts: FactsTable = [
  [
    "argo-cd",
    {
      kinds: kinds("argoproj.io", "v1alpha1", "Namespaced", ["AppProject", "Application", "ApplicationSet"]),
      webhooks: [],
      services: [
        { name: "argocd-applicationset-controller", ports: [7000] },
        { name: "argocd-redis", ports: [6379] },
        { name: "argocd-repo-server", ports: [8081] },
        { name: "argocd-server", ports: [80, 443] },
      ],
    },
  ],
  [
    "flux2",
    {
      kinds: [
        ...kinds("helm.toolkit.fluxcd.io", "v2", "Namespaced", ["HelmRelease"]),
        ...kinds("kustomize.toolkit.fluxcd.io", "v1", "Namespaced", ["Kustomization"]),
        ...["Alert", "Provider"].map((kind) => ({
          group: "notification.toolkit.fluxcd.io",
          kind,
          versions: ["v1beta2", "v1beta3"],
          scope: "Namespaced" as const,
        })),
        {
          group: "notification.toolkit.fluxcd.io",
          kind: "Receiver",
          versions: ["v1", "v1beta2"],
          scope: "Namespaced",
        },
        ...kinds("source.toolkit.fluxcd.io", "v1", "Namespaced", [
          "Bucket",
          "ExternalArtifact",
          "GitRepository",
          "HelmChart",
          "HelmRepository",
          "OCIRepository",
        ]),
      ],
      webhooks: [],
      services: [
        { name: "notification-controller", ports: [80] },
        { name: "source-controller", ports: [80] },
        { name: "webhook-receiver", ports: [80] },
      ],
    },
  ],
  // A CronJob, which nothing waits for.
  ["renovate", { kinds: [], webhooks: [], services: [], pods: false }],
];
