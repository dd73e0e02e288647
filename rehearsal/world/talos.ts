import { z } from "zod";
import type { Hosts } from "../command/hosts.ts";
import type { Clusters } from "../command/k3s/clusters.ts";
import { createTalosMachines, type TalosMachines } from "../talos/machines.ts";
import type { StackValues } from "./accounts.ts";

const pools = z.record(z.string(), z.looseObject({ machine: z.string() }));

/** Machines that run Talos. Those of pools that exist already wait in maintenance mode before the program comes. */
export function createTalos({
  stack,
  ...surroundings
}: {
  readonly stack: StackValues;
  readonly hosts: Hosts;
  readonly clusters: Clusters;
}): TalosMachines {
  const text = stack.config["groundwork:pools"];
  const { success, data } = pools.safeParse(text === undefined ? {} : JSON.parse(text));
  const exist = success && Object.values(data).some(({ machine }) => machine === "talos");
  return createTalosMachines({ ...surroundings, existing: () => exist });
}
