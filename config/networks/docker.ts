import { z } from "zod";
import { cidr } from "../../lib/primitives.ts";

export const dockerNetwork = z.strictObject({
  kind: z.literal("docker").meta({ description: "A network of the Docker daemon, made by the program." }),
  cidr: cidr.meta({ description: "The whole range. Its first address is Docker's own, on the machine." }),
});
