import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { tailnetTags } from "../../config/context.ts";
import type { LoadedStage } from "../../config/load.ts";
import { removeDevicesStep, tagDevicesStep, tailnetClient } from "../../lib/tailnet/device.ts";

/** The tailnet that machines join. */
export interface Tailnet {
  /** Tags that their devices are known by. */
  readonly tags: readonly string[];
  /** All tags that they join with. */
  readonly joining: readonly string[];
  /** Address of Tailscale's API. */
  readonly api: string;
  /** The OAuth client, as standard input of the step that removes devices. Secret. */
  readonly client: pulumi.Output<string>;
}

/** Made once for a stage; undefined for one without a tailnet. */
export function tailnetOf(
  stage: Pick<LoadedStage, "cluster" | "tailscale" | "endpoints" | "secret">,
): Tailnet | undefined {
  if (stage.tailscale === undefined) return undefined;
  const [id, secret] = ["id", "secret"].map((half) => stage.secret(`tailscale-oauth-client-${half}`));
  return {
    tags: stage.tailscale.tags,
    joining: tailnetTags(stage),
    api: stage.endpoints.tailscale ?? "https://api.tailscale.com",
    client: pulumi.all([id, secret]).apply(([id = "", secret = ""]) => tailnetClient({ id, secret })),
  };
}

export interface TailnetDeviceArgs {
  readonly hostname: string;
  readonly tailnet: Tailnet;
  /** Changes when the machine is another one. */
  readonly machine: pulumi.Input<string>;
}

/**
 * A machine's place in the tailnet: its deletion, before the machine's own, takes the device out, which would stay for
 * good, since a tagged device never expires. What runs over the tailnet has to depend on it, to end before.
 */
export function tailnetDevice(
  name: string,
  { hostname, tailnet, machine }: TailnetDeviceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      create: "true",
      // Another OAuth client or another script is for the deletion alone; a machine that joins has all tags by its key.
      update:
        tailnet.joining.length === tailnet.tags.length
          ? "true"
          : tagDevicesStep({ hostname, tags: tailnet.tags, api: tailnet.api, add: tailnet.joining }),
      delete: removeDevicesStep({ hostname, tags: tailnet.tags, api: tailnet.api }),
      stdin: tailnet.client,
      logging: "none",
      addPreviousOutputInEnv: false,
      triggers: [machine],
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
