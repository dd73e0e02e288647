import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { NamespaceStep, PlatformPlan, ReleaseStep } from "../../lib/platform/plan.ts";
import { createManifest } from "./manifest.ts";
import { resolve, type SecretSource } from "./resolve.ts";

export interface PlatformArgs {
  readonly plan: PlatformPlan;
  readonly cluster: {
    readonly name: string;
    readonly kubeconfig: pulumi.Output<string>;
    /** Disappears only with the cluster. */
    readonly anchor: pulumi.Resource;
    readonly ready: readonly pulumi.Resource[];
  };
  readonly secret: SecretSource;
}

/** Everything on the cluster: namespaces, Secrets, Helm releases and their objects, each after just what it needs. */
export class Platform extends pulumi.ComponentResource {
  constructor(name: string, { plan, cluster, secret }: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:platform:Platform", name, {}, opts);
    const provider = new KubernetesProvider(
      `${cluster.name}-kubernetes`,
      {
        kubeconfig: cluster.kubeconfig,
        // With it a new kubeconfig or endpoint is the same cluster; without, everything on it would be replaced.
        clusterIdentifier: cluster.name,
      },
      { parent: this, dependsOn: [...cluster.ready], deletedWith: cluster.anchor },
    );
    const made = new Map<string, pulumi.Resource>();
    for (const step of plan.steps) {
      const dependsOn = step.dependsOn.map((id) => made.get(id)).filter((resource) => resource !== undefined);
      // What lives on the cluster goes with it: destroy does not take it apart piece by piece first.
      const options = { parent: this, provider, dependsOn, deletedWith: cluster.anchor };
      switch (step.kind) {
        case "namespace":
          made.set(step.id, namespace(step, options));
          break;
        case "release":
          made.set(step.id, release(step, secret, options));
          break;
        case "object":
          made.set(step.id, createManifest(step.id, step.manifest, secret, options));
          break;
        default: {
          const unknown: never = step;
          throw new Error(`unknown kind of step: ${JSON.stringify(unknown)}`);
        }
      }
    }
    this.registerOutputs({ releases: plan.steps.filter(({ kind }) => kind === "release").map(({ id }) => id) });
  }
}

function namespace({ id, name, labels }: NamespaceStep, options: pulumi.CustomResourceOptions): pulumi.Resource {
  return new Namespace(id, { metadata: { name, labels: { ...labels } } }, options);
}

function release(
  { id, name, chart, namespace: home, values, timeout, skipAwait, leaves }: ReleaseStep,
  secret: SecretSource,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new Release(
    id,
    {
      // A fixed name: a random suffix would change the names of Services, and no one could find it with helm.
      name,
      namespace: home,
      chart: chart.chart,
      version: chart.version,
      ...(chart.repository === undefined ? {} : { repositoryOpts: { repo: chart.repository } }),
      values: resolve(values, secret) as Record<string, unknown>,
      timeout,
      skipAwait,
      // A first install that fails is taken away again, so that the next run starts clean.
      atomic: !skipAwait,
    },
    // Helm's own wait ends first and says more.
    {
      ...options,
      ignoreChanges: [...leaves],
      customTimeouts: { create: `${timeout + 120}s`, update: `${timeout + 120}s`, delete: `${timeout + 120}s` },
    },
  );
}
