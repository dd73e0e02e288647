import type { Finding } from "../model.ts";
import type { RecordedResource, Recording } from "../recording.ts";

/** What the rules have to be told, because no recording shows it. */
export interface Knowledge {
  /** The kinds that a chart brings, as `<group>/<Kind>`, e.g. `cert-manager.io/ClusterIssuer`. Empty when it brings none. */
  kindsOf(chart: string): readonly string[];
  /** Whether a model answers for a resource type. */
  isKnown(type: string): boolean;
  /** The stand-ins that the rehearsal gave for secret configuration: configuration key -> value. */
  readonly canaries: ReadonlyMap<string, string>;
}

/** One general rule over what a program did, apart from any single service. */
export type Rule = (recording: Recording, knowledge: Knowledge) => readonly Finding[];

/** The resources that are there when the run has ended. */
export function present({ resources }: Recording): RecordedResource[] {
  return resources.filter(({ operation }) => operation !== "delete");
}
