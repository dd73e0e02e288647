import type { Unit } from "./graph.ts";
import type { Chart, Manifest, Release, Values } from "./release.ts";

interface Step {
  /** Unique in the plan: `namespace/monitoring`, `release/metallb`, `secret/kube-system/hcloud`. */
  readonly id: string;
  /** Ids of steps that have to be done before, the fewest that imply the rest. */
  readonly dependsOn: readonly string[];
}

export interface NamespaceStep extends Step {
  readonly kind: "namespace";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ids of the releases and objects that live in it. */
  readonly holds: readonly string[];
}

export interface ReleaseStep extends Step {
  readonly kind: "release";
  readonly name: string;
  readonly chart: Chart;
  readonly namespace: string;
  readonly values: Values;
  /** Seconds. */
  readonly timeout: number;
  readonly skipAwait: boolean;
  /** Inputs that are set once and then somebody else's to change. */
  readonly leaves: readonly string[];
}

export interface ObjectStep extends Step {
  readonly kind: "object";
  readonly manifest: Manifest;
  /** Release that it belongs to; absent for a Secret of `groundwork:secrets`. */
  readonly release?: string;
}

/** One thing to be made on the cluster. */
export type PlatformStep = NamespaceStep | ReleaseStep | ObjectStep;

/** A release that is on, with its options. */
export interface Chosen {
  readonly release: Release;
  readonly options: unknown;
}

/** A step before it has its place, with what decides that. */
export interface Draft {
  readonly step: PlatformStep;
  readonly unit: Unit;
  /** Where in the configuration it comes from. */
  readonly path: readonly string[];
}
