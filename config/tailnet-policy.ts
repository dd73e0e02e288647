import { z } from "zod";
import type { Node } from "../lib/nodes.ts";
import { type OwnPolicy, type Policy, tailnetPolicy } from "../lib/tailnet/policy.ts";
import { clusterTags } from "../lib/tailnet/tags.ts";
import type { Pool } from "./pools.ts";
import type { Stage } from "./stage.ts";

const operatorOptions = z.looseObject({
  tags: z.array(z.string()),
  proxyTags: z.array(z.string()),
  clusterTags: z.boolean(),
  adminGroup: z.string().optional(),
});

/** A policy, and whether it may take the place of one that the tailnet has. */
export interface StagePolicy {
  readonly policy: Policy;
  readonly replaceExisting: boolean;
}

/** The policy that a stage gives its tailnet; undefined for one that leaves it alone. */
export function stagePolicy(stage: Stage, nodes: readonly Node<Pool>[]): StagePolicy | undefined {
  const { cluster, tailscale, platform, access, networks } = stage;
  const wanted = tailscale?.policy;
  if (tailscale === undefined || wanted === undefined) return undefined;
  const operator = operatorOptions.safeParse(platform["tailscale-operator"]).data;
  const cidrs = [...new Set(nodes.map(({ network }) => networks[network]?.cidr))].filter(
    (range) => range !== undefined,
  );
  const ofCluster = tailscale.clusterTags || operator?.clusterTags === true ? clusterTags(cluster.name) : [];
  const policy = tailnetPolicy({
    clientTags: wanted.clientTags,
    admins: wanted.admins,
    nodeTags: tailscale.tags,
    clusterTags: ofCluster,
    routes: access.via === "tailnet" ? cidrs : [],
    ...(operator === undefined
      ? {}
      : { operator: { tags: operator.tags, proxyTags: operator.proxyTags, group: operator.adminGroup } }),
    own: ownOf(wanted.own),
  });
  return { policy, replaceExisting: wanted.replaceExisting };
}

function ownOf(own: NonNullable<NonNullable<Stage["tailscale"]>["policy"]>["own"]): OwnPolicy {
  const { grants, acls, ssh, groups, tagOwners, autoApprovers, ...rest } = own;
  return { grants, acls, ssh, groups, tagOwners, autoApprovers, rest };
}
