import type * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";

/** Seconds that a join key is good for: long enough for a machine that is slow to come, useless soon after. */
const keyExpiry = 24 * 60 * 60;

/** A key by which one machine joins the tailnet, once. */
export function tailnetKey(
  name: string,
  { hostname, tags }: { readonly hostname: string; readonly tags: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): tailscale.TailnetKey {
  return new tailscale.TailnetKey(
    name,
    // A spent key is invalid for good; making it anew at every refresh would change nothing but the state.
    {
      reusable: false,
      ephemeral: false,
      preauthorized: true,
      expiry: keyExpiry,
      recreateIfInvalid: "never",
      tags: [...tags],
      description: `groundwork ${hostname}`.slice(0, 50),
    },
    opts,
  );
}
