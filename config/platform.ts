import type { Node } from "../lib/nodes.ts";
import { type PlatformPlan, planPlatform } from "../lib/platform/plan.ts";
import { platformContext } from "./context.ts";
import type { Pool } from "./pools.ts";
import { snapshotSecret } from "./snapshots.ts";
import type { Stage } from "./stage.ts";

/** The platform of a stage: releases and objects in an order that works. */
export function planStagePlatform(stage: Stage & { readonly nodes: readonly Node<Pool>[] }): PlatformPlan {
  return planPlatform({
    releases: stage.platform,
    secrets: { ...stage.secrets, ...snapshotSecret(stage) },
    apps: stage.apps,
    charts: stage.charts,
    context: platformContext(stage, stage.nodes),
  });
}
