import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";
import type { StagePolicy } from "../../config/tailnet-policy.ts";

/** A tailnet's whole policy. It stays as it is when the stack goes: without one, everybody would reach everything. */
export class TailnetPolicy extends pulumi.ComponentResource {
  constructor(name: string, { policy, replaceExisting }: StagePolicy, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:tailnet:Policy", name, {}, opts);
    new tailscale.Acl(
      name,
      {
        acl: JSON.stringify(policy, undefined, 2),
        // Once it is the stack's, it is what the stack says.
        overwriteExistingContent: replaceExisting,
        resetAclOnDestroy: false,
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
