import type { Cluster } from "../../command/k3s/cluster.ts";
import type { Api, InstalledRelease } from "../api.ts";
import { chartName } from "../charts.ts";
import type { Needs } from "../needs.ts";

/** What wants to become ready, and in what surroundings. */
export interface Situation {
  readonly cluster: Cluster;
  readonly api: Api;
  readonly needs: Needs;
  /** Virtual time at which the waiting begins, and at which it is given up. */
  readonly now: number;
  readonly deadline: number;
  /** Speaks of what waits: "cert-manager". */
  readonly subject: string;
}

/** Either it can be had from some time on, by way of a resource or not, or it never comes. */
export type Verdict =
  | { readonly kind: "from"; readonly time: number; readonly by?: Giver }
  | { readonly kind: "never"; readonly reason: string; readonly remedy: string };

/** The resource that makes the wait end. */
export interface Giver {
  readonly urn: string | undefined;
  readonly resource: string;
  /** What it gives, to say why it has to come first. */
  readonly gives: string;
}

/** One condition of becoming ready. */
export type ReadinessRule = (situation: Situation) => Verdict;

export const now = (situation: Situation): Verdict => ({ kind: "from", time: situation.now });

/** The release among `charts` that is ready first. */
export function firstReady(api: Api, charts: ReadonlySet<string>): InstalledRelease | undefined {
  return [...api.releases.values()]
    .filter((release) => charts.has(chartName(release.chart)))
    .sort((a, b) => a.readyAt - b.readyAt)[0];
}
