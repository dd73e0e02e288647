import type * as pulumi from "@pulumi/pulumi";

/** Hetzner's ids are numbers; Pulumi's are text. */
export const asNumber = (id: pulumi.Output<string>): pulumi.Output<number> => id.apply(Number);
