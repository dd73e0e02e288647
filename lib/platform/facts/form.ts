/** A kind of custom resource that a chart's installation brings. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  /** Served versions. */
  readonly versions: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
}

/** An admission webhook: with `Fail`, its objects are refused until `service` answers. */
export interface Webhook {
  readonly configuration: string;
  readonly service: string;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly group: string;
  /** Absent: every kind of the group. */
  readonly kinds?: readonly string[];
}

export interface ChartService {
  readonly name: string;
  /** Where it differs from the release's. */
  readonly namespace?: string;
  readonly ports: readonly number[];
}

/** What a chart makes when it is installed with the catalogue's values under the catalogue's release name. */
export interface ChartFacts {
  readonly kinds: readonly CustomKind[];
  /** True: not Helm makes the kinds, but a Job or a program of the chart's. */
  readonly kindsLater?: true;
  readonly webhooks: readonly Webhook[];
  readonly services: readonly ChartService[];
  /** False: it installs definitions only, and is ready on a cluster without a single node. Absent: it has pods. */
  readonly pods?: boolean;
}

/** What is known of charts, by name. */
export type FactsTable = readonly (readonly [chart: string, facts: ChartFacts])[];

/** Kinds of one group that are alike in all but their names. */
export const kinds = (
  group: string,
  version: string,
  scope: CustomKind["scope"],
  names: readonly string[],
): readonly CustomKind[] => names.map((kind) => ({ group, kind, versions: [version], scope }));
