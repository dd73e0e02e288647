import { z } from "zod";
import { commonPool, nodeOverrides } from "./common.ts";

export const dockerPool = z.strictObject({
  machine: z.literal("docker").meta({ description: "What the nodes run on: containers, made by k3d." }),
  ...commonPool,
  nodes: nodeOverrides({}),
});
