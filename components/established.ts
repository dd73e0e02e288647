import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../config/faults.ts";
import type { Stage } from "../config/stage.ts";
import { standingFaults } from "../config/standing.ts";
import { type Renewal, renewalOf } from "../lib/administrator.ts";

/** What the last run that succeeded left. */
export interface Established {
  /** Names of the nodes that stand; none before the first run. */
  readonly nodes: ReadonlySet<string>;
  readonly renewal: Renewal;
}

/**
 * The program reads its own stack's outputs: absent on the first run, kept when a run fails, gone after destroy. Nothing
 * but the order of work follows from the nodes, never a resource's inputs, so that creating and keeping a cluster agree.
 * @throws ConfigurationError when the stage asks of them what cannot be done to a cluster that stands.
 */
export async function readEstablished(stage: Stage): Promise<Established> {
  const self = new pulumi.StackReference("self", {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  const output = async (name: string): Promise<unknown> => {
    const { value, secretValue } = await self.getOutputDetails(name);
    return value ?? secretValue;
  };
  const [value, root, kubeconfig] = await Promise.all([
    output("established"),
    output("authority"),
    output("kubeconfig"),
  ]);
  const names = new Set(Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : []);
  const authority = typeof root === "string" ? root : "distribution";
  const faults = standingFaults(stage, { nodes: names, authority });
  if (faults.length > 0) throw new ConfigurationError(pulumi.getStack(), faults);
  return { nodes: names, renewal: renewalOf(typeof kubeconfig === "string" ? kubeconfig : undefined, new Date()) };
}
