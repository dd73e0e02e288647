import * as pulumi from "@pulumi/pulumi";

/**
 * Names of the nodes that stood at the end of the last run that succeeded; none before the first.
 *
 * The program reads its own stack's output: absent on the first run, kept when a run fails, gone after destroy. Nothing
 * but the order of work follows from it, never a resource's inputs, so that creating and keeping a cluster agree.
 */
export async function establishedNodes(): Promise<ReadonlySet<string>> {
  const self = new pulumi.StackReference("self", {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  const { value } = await self.getOutputDetails("established");
  return new Set(Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : []);
}
