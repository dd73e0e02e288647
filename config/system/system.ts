import { z } from "zod";
import type { Node, PlannedMachine } from "../../lib/nodes.ts";
import { type Exposure, exposure } from "../../lib/platform/ingress.ts";
import type { PlatformPlan } from "../../lib/platform/plan.ts";
import type { Pool } from "../pools.ts";
import { type PlannedRecord, planStageRecords } from "../records.ts";
import type { Stage } from "../stage.ts";

/** A stage with all that follows from it: what is told of it in docs/systems and by `npm run diagram`. */
export interface System {
  readonly stage: Stage;
  readonly nodes: readonly Node<Pool>[];
  readonly machines: readonly PlannedMachine<Pool>[];
  readonly plan: PlatformPlan;
  readonly records: readonly PlannedRecord[];
  readonly exposed: readonly Exposed[];
  /** Ranges that Services get their addresses from, by the release and the pool that they belong to. */
  readonly ranges: readonly Ranges[];
  readonly routers: readonly Router[];
}

/** A web page or an application that is reached by a host name. */
export interface Exposed extends Exposure {
  /** Release or application. */
  readonly name: string;
}

interface Ranges {
  readonly pool: string;
  readonly addresses: readonly string[];
}

/** A router that is told of these addresses by BGP. */
interface Router {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
}

export function systemOf(parsed: Pick<System, "stage" | "nodes" | "machines" | "plan">): System {
  return {
    ...parsed,
    records: planStageRecords({ dns: parsed.stage.dns, machines: parsed.machines }, parsed.plan.hosts),
    exposed: exposedBy(parsed.stage),
    ...announced(parsed.stage),
  };
}

function exposedBy({ platform, apps }: Stage): readonly Exposed[] {
  return [
    ...Object.entries(platform).flatMap(([name, options]) => exposures(options).map((each) => ({ ...each, name }))),
    ...Object.entries(apps).flatMap(([name, { exposed, alsoAt }]) =>
      exposed === undefined ? [] : [exposed.host, ...alsoAt].map((host) => ({ ...exposed, host, name })),
    ),
  ];
}

/** Every `exposed` in a release's options, however deep: some releases have more than one page. */
function exposures(options: unknown): readonly Exposure[] {
  if (typeof options !== "object" || options === null) return [];
  return Object.entries(options).flatMap(([key, value]: [string, unknown]) => {
    const read = key === "exposed" ? exposure.safeParse(value) : undefined;
    return read?.success === true ? [read.data] : exposures(value);
  });
}

/** What the options of releases that announce addresses have in common. */
const announcing = z.looseObject({
  pools: z.record(z.string(), z.looseObject({ addresses: z.array(z.string()) })).default({}),
  bgp: z
    .looseObject({ peers: z.record(z.string(), z.looseObject({ address: z.string(), asn: z.number() })) })
    .optional(),
});

function announced({ platform }: Stage): Pick<System, "ranges" | "routers"> {
  const all = ["metallb", "cilium"].flatMap((release) => {
    const read = announcing.safeParse(platform[release]);
    return read.success ? [read.data] : [];
  });
  return {
    ranges: all.flatMap(({ pools }) => Object.entries(pools).map(([pool, { addresses }]) => ({ pool, addresses }))),
    routers: all.flatMap(({ bgp }) =>
      Object.entries(bgp?.peers ?? {}).map(([name, { address, asn }]) => ({ name, address, asn })),
    ),
  };
}
