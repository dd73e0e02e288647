/** What a stand-in chart has beside what is known of the chart in lib/platform/facts.ts (kinds, services, webhooks). */
export interface StandIn {
  /** Default values that its templates read. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Where its custom resource definitions are: Helm treats the three differently. Absent: among the templates. */
  readonly definitions?: "templates" | "crds" | "post-install hook";
  /** A condition of Helm's template language for the definitions among the templates. */
  readonly definitionsWhen?: string;
  /** They stay when the release is uninstalled. */
  readonly definitionsStay?: boolean;
  /** Kind whose versions a webhook converts. */
  readonly conversion?: { readonly kind: string; readonly service: string };
  readonly workloads: readonly Workload[];
  /** Services of the facts that `extras/<chart>.tpl` makes, since values change them. */
  readonly ownServices?: readonly string[];
  readonly servicesWhen?: string;
  readonly monitors?: Monitors;
  readonly hooks?: readonly Hook[];
}

export interface Workload {
  readonly kind: "Deployment" | "DaemonSet";
  readonly name: string;
  readonly when?: string;
  readonly image: string;
  /** A number, or a value's path: `.Values.controller.replicaCount`. Absent: one. */
  readonly replicas?: number | string;
  /** Names of Services whose endpoints its pods are. */
  readonly serves?: readonly string[];
  /** In the host's network: refused in a namespace of level baseline or restricted. */
  readonly hostNetwork?: boolean;
  readonly tolerations?: readonly Toleration[];
  /** A value's path, or the selector itself. */
  readonly nodeSelector?: string | Readonly<Record<string, string>>;
  /** Its account when it is not its own: the chart then makes none. */
  readonly account?: string;
  /** Claim that it mounts. */
  readonly claim?: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "NoExecute";
}

export interface Monitors {
  readonly kind: "ServiceMonitor" | "PodMonitor";
  readonly names: readonly string[];
  readonly when?: string;
}

/** A Job, with an account of its own, that Helm runs at a point of the installation. */
export interface Hook {
  readonly name: string;
  readonly on: string;
  readonly image: string;
}
