import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { planStagePlatform } from "../../../config/platform.ts";
import { stageSchema } from "../../../config/stage.ts";
import { planNodes } from "../../../lib/nodes.ts";
import type { PlatformPlan } from "../../../lib/platform/plan.ts";
import type { NodeArgs } from "../../../rehearsal/pulumi/kube/nodes.ts";

/** Nodes and platform of Pulumi.prod.yaml, its charts from the mirror at `url`. */
export function prod(url: string): { readonly nodes: readonly NodeArgs[]; readonly plan: PlatformPlan } {
  const file = new URL("../../../Pulumi.prod.yaml", import.meta.url);
  const { config } = parse(readFileSync(file, "utf8")) as { readonly config: Readonly<Record<string, unknown>> };
  const prefix = "groundwork:";
  const sections = Object.entries(config)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  const stage = stageSchema.parse(Object.fromEntries(sections));
  const nodes = planNodes(stage.cluster, stage.pools);
  return {
    nodes: nodes.map(({ hostname, role, address, labels, taints }) => ({
      ...{ name: hostname, role, address, labels, taints },
      // As k3s starts them where a cloud controller is to come.
      uninitialised: true,
    })),
    plan: planStagePlatform({ ...stage, charts: { mirror: url }, nodes }),
  };
}
