import { z } from "zod";

/** What was made in place of an old resource that is gone. */
export interface Adoption {
  readonly urn: string;
  readonly id: string;
  /** What the program gives it now, for when the state does not tell: the old value would have it replaced once more. */
  readonly replacementTrigger?: unknown;
}

// Source: pulumi/pulumi, sdk/go/common/apitype: DeploymentV3, ResourceV3, OperationV2. All else stays as it is.
const resource = z.looseObject({ urn: z.string(), pendingReplacement: z.boolean().optional() });
const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource })).nullish(),
  }),
});

/**
 * A deployment in which these resources are no longer the old ones but those that were made. What they are beside their
 * id is what the engine was making where it was interrupted, or else what the old ones were; a refresh reads the rest.
 * The engine itself imports nothing into a place that is taken.
 *
 * @param text as `pulumi stack export` prints it, secrets encrypted
 */
export function adopt(text: string, adoptions: readonly Adoption[]): string {
  if (adoptions.length === 0) return text;
  const { deployment, ...rest } = exported.parse(JSON.parse(text));
  const made = new Map(adoptions.map((adoption) => [adoption.urn, adoption]));
  const resources = (deployment.resources ?? []).map((old) => {
    const adoption = made.get(old.urn);
    if (adoption === undefined || old.pendingReplacement !== true) return old;
    const begun = (deployment.pending_operations ?? []).find(
      ({ type, resource: of }) => type === "creating" && of.urn === old.urn,
    )?.resource;
    const { pendingReplacement: _, ...itself } = begun ?? old;
    const { id, replacementTrigger } = adoption;
    const trigger = begun !== undefined || replacementTrigger === undefined ? {} : { replacementTrigger };
    return { ...itself, ...trigger, id, outputs: {} };
  });
  return JSON.stringify({ ...rest, deployment: { ...deployment, resources } });
}
