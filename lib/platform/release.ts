import { z } from "zod";
import type { Oidc } from "../oidc.ts";
import { chartVersion } from "../primitives.ts";

/**
 * What a release gives to others, or wants from them. Order follows from these alone: a release waits for every
 * release and manifest that provides what it needs, and for nothing else.
 *
 *   crd:<group>/<Kind>       a kind of custom resource          crd:cert-manager.io/ClusterIssuer
 *   issuer:<name>            a ClusterIssuer                    issuer:letsencrypt-production
 *   cert-resolver:<name>     a resolver of Traefik's own        cert-resolver:letsencrypt
 *   storage-class:<name>     a StorageClass                     storage-class:hcloud-volumes
 *   default-storage-class    the cluster's one default class
 *   ingress-class:<name>     an IngressClass                    ingress-class:haproxy
 *   load-balancer            addresses for Services of type LoadBalancer
 *   secret:<namespace>/<name>
 *   object:<id>              an object of the plan by its step's id, such as plan/system-upgrade/k3s-servers
 *   sign-on                  a middleware that asks people who they are before they reach an Ingress
 *   pod-metrics              pods' use of CPU and memory, for autoscaling
 *   nodes                    nodes that take pods (no cloud-provider taint, a network)
 */
export type Capability =
  | `crd:${string}/${string}`
  | `issuer:${string}`
  | `cert-resolver:${string}`
  | `storage-class:${string}`
  | "default-storage-class"
  | `ingress-class:${string}`
  | "load-balancer"
  | `secret:${string}/${string}`
  | `object:${string}`
  | "sign-on"
  | "pod-metrics"
  | "nodes";

/** Stands for the value of `secret:<name>` wherever a plain value may be. Components put the real one in its place. */
export class SecretRef {
  readonly secret: string;
  /** What to make of the value; `value` is the secret itself. */
  readonly render: (value: string) => string;
  constructor(secret: string, render: (value: string) => string = (value) => value) {
    this.secret = secret;
    this.render = render;
  }
}

/** Helm values or a manifest's part: plain data with secrets by reference. */
export type Value = string | number | boolean | null | SecretRef | readonly Value[] | { readonly [key: string]: Value };
export type Values = { readonly [key: string]: Value };

/** A Kubernetes object. Objects of a release are made once the release is ready. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: Value | Manifest["metadata"];
}

/**
 * An object with what it provides and needs beyond what is known without saying: its kind, its namespace, the Secrets and
 * storage classes of its pods, the class and issuer of an Ingress (objects.ts).
 */
export interface PlannedManifest {
  readonly manifest: Manifest;
  readonly provides?: readonly Capability[];
  readonly needs?: readonly Capability[];
  /** What has to be there sooner or later and is not waited for: see ReleaseDefinition. */
  readonly uses?: readonly Capability[];
  /** Made before the release instead of after it: what the chart expects to find. */
  readonly before?: boolean;
  /** Made after everything else of the platform: it disturbs nodes that the rest is being installed on. */
  readonly last?: boolean;
}

export interface Chart {
  /** Name in its repository, or the whole `oci://` reference. */
  readonly chart: string;
  /** Absent for `oci://`. */
  readonly repository?: string;
  readonly version: string;
}

/** A host name that a release or an application answers to, for DNS. */
export interface ExposedHost {
  readonly host: string;
  /** Where in the configuration it comes from, below `groundwork:`. */
  readonly path: readonly string[];
}

interface PlatformNode {
  /** Name in Kubernetes. */
  readonly name: string;
  readonly address: string;
  /** Paths of disks that are there to be taken whole. */
  readonly disks?: readonly string[];
}

/** The facts of a stage that releases are built from: plain data, known before anything is made. */
export interface PlatformContext {
  readonly cluster: {
    readonly name: string;
    readonly distribution: string;
    readonly version: string;
    readonly podCidr: string;
    readonly serviceCidr: string;
    /** Host part of the stable API endpoint. */
    readonly endpoint: string;
    /** Issuer whose tokens the API server takes. */
    readonly oidc?: Oidc;
    /** Parts of k3s that are left out. */
    readonly disable: readonly string[];
    /** What carries traffic between nodes: their addresses in the cluster are those that they have there. */
    readonly transport: "private" | "tailnet";
  };
  readonly controlPlanes: readonly PlatformNode[];
  readonly workers: readonly PlatformNode[];
  /** Kinds of machine that the stage has nodes on. */
  readonly machines: ReadonlySet<string>;
  /** Hetzner network that the control planes are in: its physical name. Absent elsewhere. */
  readonly hetznerNetwork?: string;
  readonly ingress?: { readonly httpNodePort: number; readonly httpsNodePort: number; readonly proxyProtocol: boolean };
  readonly dns?: { readonly zone: string };
  /** The Proxmox VE cluster that the stage has machines on: its API, and the storage of their disks. */
  readonly proxmox?: { readonly endpoint: string; readonly insecure: boolean; readonly disks: string };
  /** Options of the releases that are on, by name. */
  readonly releases: ReadonlyMap<string, unknown>;
}

/** A fault in a release's options, with the path below `groundwork:platform.<name>`. */
export interface ReleaseFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

/**
 * One Helm release, or one set of objects where no chart is kept: its chart, its options, and pure functions from those
 * to Helm values and objects. They are methods, not properties, so that the catalogue can hold definitions whose options
 * differ (method parameters are bivariant).
 */
export interface ReleaseDefinition<Options> {
  /** Key in `groundwork:platform` and name of the Helm release. */
  readonly name: string;
  /** One sentence for documentation and editors. */
  readonly description: string;
  /** Absent: it is made of its objects alone. */
  readonly chart?: Chart;
  readonly namespace: string;
  /** Pod Security level that the namespace must allow. Absent: `baseline`. kube-system is never touched. */
  readonly podSecurity?: PodSecurity;
  readonly options: z.ZodType<Options>;
  /** Other releases that must be on. */
  readonly requires?: readonly string[];
  /** Works on nodes that take no ordinary pods yet, or has no pods: it does not wait for `nodes`. */
  readonly beforeNodes?: boolean;
  provides?(options: Options, context: PlatformContext): readonly Capability[];
  needs?(options: Options, context: PlatformContext): readonly Capability[];
  /** What has to be there sooner or later for it to work, and is not waited for: an Ingress's class and issuer. */
  uses?(options: Options, context: PlatformContext): readonly Capability[];
  /** Absent without a chart. */
  values?(options: Options, context: PlatformContext): Values;
  manifests?(options: Options, context: PlatformContext): readonly PlannedManifest[];
  /** Names of the secrets (`secret:<name>`) that these options use. */
  secrets?(options: Options, context: PlatformContext): readonly string[];
  hosts?(options: Options, context: PlatformContext): readonly string[];
  faults?(options: Options, context: PlatformContext): readonly ReleaseFault[];
  /** Inputs of the Helm release (`values`, `version`) that are set once and then somebody else's to change. */
  leaves?(options: Options, context: PlatformContext): readonly string[];
  /** What its pods expect of every node's operating system. */
  nodeNeeds?(options: Options, context: PlatformContext): readonly NodeNeed[];
  /** Seconds that Helm waits for the release to become ready. Absent: 600. */
  readonly timeout?: number;
  /** Pods become ready only after something that comes later (an unseal, a sign-in). */
  readonly skipAwait?: boolean;
}

/** What a release wants of the nodes' operating system: node-needs.ts says what that takes on each. */
export type NodeNeed =
  | "iscsi"
  | "nfs"
  | "multipath-off"
  | "util-linux"
  | "longhorn-volume"
  | "local-path-volume"
  | "rbd";

/** Levels of the Pod Security Standards, the strictest first. */
export const podSecurityLevels = ["restricted", "baseline", "privileged"] as const;
export type PodSecurity = (typeof podSecurityLevels)[number];

/** A definition as the catalogue holds it: its functions take what its own `options` has accepted. */
export type Release = ReleaseDefinition<unknown>;

interface Charted<Options> {
  readonly chart: Chart;
  values(options: Options, context: PlatformContext): Values;
}
export type ChartRelease = Release & Charted<unknown>;

export const hasChart = (release: Release): release is ChartRelease =>
  release.chart !== undefined && release.values !== undefined;

/** Keys that every release's options have. */
export const commonOptions = {
  version: chartVersion.optional().meta({ description: "Version of the chart instead of the catalogue's." }),
  values: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: "Helm values, merged last over the program's." }),
};

export interface CommonOptions {
  readonly version?: string | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

/** Checks a definition against its own options' type, then hides that type so that one list can hold them all. */
export function defineRelease<Options extends CommonOptions>(
  definition: ReleaseDefinition<Options> & Charted<Options>,
): ChartRelease {
  return definition;
}

/** The same without a chart: what is provided, needed and used, its objects say one by one. */
export function defineObjects<Options extends object>(
  definition: Omit<
    ReleaseDefinition<Options>,
    keyof Charted<Options> | "provides" | "needs" | "uses" | "beforeNodes" | "timeout" | "skipAwait"
  >,
): Release {
  return definition;
}
