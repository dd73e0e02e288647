import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { type ReachArgs, reachStep } from "../../../lib/metal/reach.ts";

/** Seconds that a host is waited for before it is set up, and before k3s is taken off it. */
const patience = 60;

type Checked = Omit<ReachArgs, "seconds" | "forget">;

/** Says what is wrong with a host that does not answer, or answers as another, before anything is sent to it. */
export function reachFirst(name: string, args: Checked, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      create: reachStep({ ...args, seconds: patience }),
      update: "true",
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    { ...opts, ignoreChanges: ["create"] },
  );
}

/** The same before k3s is taken off it: it depends on what set the host up, so that its own deletion comes first. */
export function reachLast(
  name: string,
  { setup, ...args }: Checked & { readonly setup: pulumi.CustomResource },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      create: "true",
      update: "true",
      delete: reachStep({
        ...args,
        seconds: patience,
        forget: `If it is gone for good: pulumi state delete --target-dependents '<URN of ${setupName(args.name)}>', which pulumi stack --show-urns shows, and run again`,
      }),
      logging: "none",
      addPreviousOutputInEnv: false,
      triggers: [setup.id],
    },
    { ...opts, deleteBeforeReplace: true },
  );
}

/** The resource that set a host up, by the name of the node on it. */
export const setupName = (node: string): string => `${node}-setup`;
