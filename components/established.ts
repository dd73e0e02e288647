import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../config/faults.ts";
import type { Stage } from "../config/stage.ts";
import { standingFaults } from "../config/standing.ts";

/**
 * Names of the nodes that stood at the end of the last run that succeeded; none before the first.
 *
 * The program reads its own stack's output: absent on the first run, kept when a run fails, gone after destroy. Nothing
 * but the order of work follows from it, never a resource's inputs, so that creating and keeping a cluster agree.
 * @throws ConfigurationError when the stage asks of them what cannot be done to a cluster that stands.
 */
export async function establishedNodes(stage: Stage): Promise<ReadonlySet<string>> {
  const self = new pulumi.StackReference("self", {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  const output = async (name: string): Promise<unknown> => (await self.getOutputDetails(name)).value;
  const [value, root] = await Promise.all([output("established"), output("authority")]);
  const names = new Set(Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : []);
  const authority = typeof root === "string" ? root : "distribution";
  const faults = standingFaults(stage, { nodes: names, authority });
  if (faults.length > 0) throw new ConfigurationError(pulumi.getStack(), faults);
  return names;
}
